"""A real SMTP server that keeps what it gets: python sink.py PORT FOLDER writes each message as an .eml file.

Stands alone, so that it holds little memory.
"""

import asyncio
import signal
import sys
import time
from pathlib import Path
from secrets import token_hex

from aiosmtpd.smtp import SMTP, Envelope, Session

KEPT = 1_000


class Keep:
    def __init__(self, folder: Path):
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        name = f"{time.time_ns()}-{token_hex(4)}"
        draft = self.folder / f"{name}.new"
        draft.write_bytes(headers(envelope) + (envelope.original_content or b""))
        draft.rename(self.folder / f"{name}.eml")
        self.forget_old()
        return "250 Kept"

    def forget_old(self) -> None:
        for path in sorted(self.folder.glob("*.eml"))[:-KEPT]:
            path.unlink(missing_ok=True)


def headers(envelope: Envelope) -> bytes:
    """Who it was really sent to, as mail servers note it on delivery."""
    lines = [f"Return-Path: <{envelope.mail_from}>", *(f"Delivered-To: {address}" for address in envelope.rcpt_tos)]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape")


async def serve(port: int, folder: Path) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    server = await loop.create_server(lambda: SMTP(Keep(folder), enable_SMTPUTF8=True), "127.0.0.1", port)
    await ended.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
