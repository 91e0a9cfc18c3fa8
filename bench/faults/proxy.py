"""TCP proxies between the parts, in one asyncio thread: they delay, slow down, cut, swallow and reset."""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from crm.ops.folder import free_port

CHUNK = 16_384


@dataclass
class Weather:
    """What a proxy does now. Seconds of delay (more or less by half), bytes a second, bytes until a cut, silence."""

    delay: float = 0.0
    rate: float = 0.0
    cut_after: int = 0
    silent: bool = False


@dataclass(eq=False)
class Proxy:
    port: int
    target: int
    weather: Weather = field(default_factory=Weather)
    pairs: set["Pair"] = field(default_factory=set)

    async def serve(self) -> None:
        await asyncio.start_server(self.accept, "127.0.0.1", self.port, limit=CHUNK)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pair = Pair(self, [writer])
        self.pairs.add(pair)
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.target, limit=CHUNK)
            pair.writers.append(there_writer)
            await asyncio.gather(pair.pump(reader, there_writer), pair.pump(there_reader, writer))
        except OSError:
            pass  # one side is gone, and so is the other below: this is what a proxy is for
        finally:
            self.pairs.discard(pair)
            pair.end()


class Pair:
    """One connection through the proxy: both its ends."""

    def __init__(self, proxy: Proxy, writers: list[asyncio.StreamWriter]):
        self.proxy, self.writers = proxy, writers
        self.left = random.randint(proxy.weather.cut_after // 2, proxy.weather.cut_after or 1)

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while content := await reader.read(CHUNK):
            weather = self.proxy.weather
            while weather.silent:
                await asyncio.sleep(0.05)
            if weather.delay:
                await asyncio.sleep(weather.delay * random.uniform(0.5, 1.5))
            if weather.rate:
                await asyncio.sleep(len(content) / weather.rate)
            content = self.cut(content)
            writer.write(content)
            await writer.drain()
            if self.proxy.weather.cut_after and self.left <= 0:
                return self.end(reset=True)
        self.end()

    def cut(self, content: bytes) -> bytes:
        """In the middle of whatever it is, frame or statement."""
        if not self.proxy.weather.cut_after:
            return content
        kept = content[: max(0, self.left)]
        self.left -= len(content)
        return kept

    def end(self, reset: bool = False) -> None:
        for writer in self.writers:
            with suppress(OSError):
                if reset and (sock := writer.get_extra_info("socket")):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.close()


class Proxies:
    def __init__(self) -> None:
        self.loop, self.by_name = asyncio.new_event_loop(), dict[str, Proxy]()

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["Proxies"]:
        proxies = cls()
        thread = threading.Thread(target=proxies.loop.run_forever, daemon=True)
        thread.start()
        try:
            yield proxies
        finally:
            proxies.loop.call_soon_threadsafe(proxies.loop.stop)
            thread.join(5)

    def add(self, name: str, target: int) -> int:
        """A new proxy to `target`; returns its port."""
        proxy = self.by_name[name] = Proxy(free_port(), target)
        asyncio.run_coroutine_threadsafe(proxy.serve(), self.loop).result(5)
        return proxy.port

    def set(self, name: str, weather: Weather) -> None:
        self.by_name[name].weather = weather
        for pair in list(self.by_name[name].pairs):
            pair.left = random.randint(weather.cut_after // 2, weather.cut_after or 1)

    def reset(self, name: str) -> None:
        """Every connection gets an RST."""
        for pair in list(self.by_name[name].pairs):
            self.loop.call_soon_threadsafe(pair.end, True)
