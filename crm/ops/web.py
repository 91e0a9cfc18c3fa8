"""gunicorn's gevent worker, made to leave in good order: nobody who is talking to it may notice."""

import time
from functools import partial
from typing import Any

import gevent
from gevent.event import Event
from gevent.pool import Pool
from gevent.server import StreamServer
from gunicorn.workers.ggevent import GeventWorker

from crm.realtime import hub

from .shares import Shares, Turn

LEAVING_SECONDS = 2.0  # before graceful_timeout, when the master kills what is left
GIVE_WAY_SECONDS = 0.002
shares = Shares()


class Server(StreamServer):
    """Leaves a connection that waits to the process that has the fewest."""

    def __init__(self, worker: "Worker", *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.worker, self.turn = worker, Turn(shares, worker.place)

    def do_read(self) -> Any:
        if self.turn.is_mine():
            return super().do_read()
        self.stop_accepting()
        gevent.spawn_later(GIVE_WAY_SECONDS, self.look_again)
        return None

    def look_again(self) -> None:
        if self.started and self.worker.alive:
            self.start_accepting()


class Worker(GeventWorker):
    """On SIGTERM it takes no more connections at once, has its sockets move to other processes, a few at a time,
    ends the requests in hand, and answers what still comes over kept-alive connections, telling that it is the last.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.place = shares.take()  # in the master, before it forks
        self.held: set[Any] = set()  # connections of pages; those that became sockets rest

    def run(self) -> None:
        self.called_off = Event()
        servers = [self.serve(one) for one in self.sockets]
        while self.alive:
            self.notify()
            self.called_off.wait(1.0)
        shares.leave(self.place)
        for server in servers:
            server.stop_accepting()
        gevent.spawn(hub.move_away)
        gevent.sleep(0.1)  # whoever was let in last reads the listening socket's name once
        for server in servers:
            server.close()
        self.see_out(servers)

    def serve(self, sock: Any) -> Server:
        sock.setblocking(1)
        server = Server(self, sock, handle=partial(self.handle, sock), spawn=Pool(self.worker_connections))
        server.max_accept = 1  # one at a time, so that the processes share what comes
        server.start()
        return server

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        self.held.add(client)
        shares.add(self.place, 1)
        try:
            super().handle(listener, client, addr)
        finally:
            self.let_go(client)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        if any(name == "UPGRADE" and value.lower() == "websocket" for name, value in req.headers):
            self.let_go(sock)
        super().handle_request(listener_name, req, sock, addr)
        gevent.sleep(0)  # whoever asks again at once waits for those who asked meanwhile; else they would wait for him

    def let_go(self, client: Any) -> None:
        if client in self.held:
            self.held.remove(client)
            shares.add(self.place, -1)

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        gevent.spawn(self.called_off.set)  # a signal may arrive in any greenlet

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """A connection that idles when the process leaves just ends: an answer written to it would be taken for the next one's."""
        if not isinstance(exc, gevent.GreenletExit):
            super().handle_error(req, client, addr, exc)

    def see_out(self, servers: list[StreamServer]) -> None:
        until = time.monotonic() + self.cfg.graceful_timeout - LEAVING_SECONDS
        while any(server.pool for server in servers) and time.monotonic() < until:
            self.notify()
            gevent.sleep(0.1)
        for server in servers:
            server.stop(timeout=1)
