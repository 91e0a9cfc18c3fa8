"""A browser and its maker's push service on loopback, written from the standards and not from what we send with."""

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()


def packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: Any) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def derived(length: int, salt: bytes, info: bytes, secret: bytes) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


@dataclass
class Browser:
    """Its subscription's keys; it alone can read what is sent for it."""

    key: Any = field(default_factory=lambda: ec.generate_private_key(CURVE))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    def subscription(self, endpoint: str) -> dict[str, str]:
        return {"endpoint": endpoint, "p256dh": packed(point(self.key)), "auth": packed(self.auth)}

    def read(self, body: bytes) -> dict[str, Any]:
        """RFC 8291 and 8188: salt, size of a record, the sender's key of this one message, one record."""
        salt, theirs, record = body[:16], body[21 : 21 + body[20]], body[21 + body[20] :]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs))
        secret = derived(32, self.auth, b"WebPush: info\0" + point(self.key) + theirs, shared)
        key = derived(16, salt, b"Content-Encoding: aes128gcm\0", secret)
        nonce = derived(12, salt, b"Content-Encoding: nonce\0", secret)
        words = AESGCM(key).decrypt(nonce, record, None)
        assert words.rstrip(b"\0")[-1] == 2
        return dict(json.loads(words.rstrip(b"\0")[:-1]))


def signed_by(header: str) -> tuple[str, dict[str, Any]]:
    """RFC 8292: the public key of who has signed, and what was signed. Raises InvalidSignature."""
    token, key = (part.split("=", 1)[1] for part in header.removeprefix("vapid ").split(","))
    signed, _, signature = token.rpartition(".")
    r, s = (int.from_bytes(half, "big") for half in (unpacked(signature)[:32], unpacked(signature)[32:]))
    public = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, unpacked(key))
    public.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(SHA256()))
    return key, dict(json.loads(unpacked(signed.split(".")[1])))


@dataclass
class PushService:
    """`heard`: (path, headers, body) of each request; `answers` with a status and headers, in turn, the last for ever."""

    port: int = 0
    heard: list[tuple[str, Any, bytes]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=lambda: [(201, {})])

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def push_service() -> Iterator[PushService]:
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.heard.append((self.path, self.headers, body))
            status, headers = service.answers.pop(0) if len(service.answers) > 1 else service.answers[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.port = server.server_port
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
