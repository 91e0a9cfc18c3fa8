"""Web push: a few words for one browser, encrypted so that only it can read them, handed to its maker's push service.

RFC 8030 (the request), 8291 (the encryption) and 8292 (who sends: a key of the workspace, derived and stored nowhere).
"""

import base64
import binascii
import logging
import re
import ssl
import time
from dataclasses import dataclass
from email.utils import parseaddr
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import current_app

from ..outward import Private, look_up, reach
from ..sealed import derived
from ..tenancy import current_tenant

log = logging.getLogger(__name__)

CURVE = ec.SECP256R1()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # how many points the curve has
SIGNED_SECONDS = 12 * 3600  # services take no signature that lasts more than a day
KEPT_SECONDS = 3600  # by the service for a browser that is not there
SECONDS = 8
LONGEST_PAUSE = 3600
NAMED = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d+)?\Z")  # nobody's password, and no address in brackets


class Unfit(ValueError):
    """What a browser sent is no subscription."""


@dataclass(frozen=True)
class Answer:
    """The service's, 0 for none: `pause` are the seconds that it asks to be left in peace, `why` it did not take it."""

    status: int
    pause: int = 0
    why: str = ""

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """There is no such subscription any more."""
        return self.status in (404, 410)

    @property
    def is_final(self) -> bool:
        """Whether it would say the same again."""
        return 0 < self.status < 500 and self.status != 429


def private_key() -> ec.EllipticCurvePrivateKey:
    secret = derived(current_tenant.id, "push")
    return ec.derive_private_key(int.from_bytes(secret, "big") % (ORDER - 1) + 1, CURVE)


def public_key() -> str:
    """As browsers want it when they subscribe."""
    point = private_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def check(endpoint: str, p256dh: str, auth: str) -> None:
    """Raises Unfit. A name that nobody knows at the moment is looked up again when something is delivered."""
    url, private = place_of(endpoint), current_app.config["CRM"].push_private_hosts
    try:
        look_up(url.hostname or "", url.port or 443, private)
    except Private:
        raise Unfit("The browser named a push service in a private network.") from None
    except OSError:
        log.info("A push service's name could not be looked up.")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, unpacked(p256dh))
        fits = len(unpacked(auth)) == 16
    except (ValueError, binascii.Error):
        fits = False
    if not fits:
        raise Unfit("The browser sent keys that are none.")


def place_of(endpoint: str) -> SplitResult:
    """Over TLS at its usual port and nowhere else, unless who runs the server allows services of their own. Raises Unfit."""
    private = current_app.config["CRM"].push_private_hosts
    try:
        url = urlsplit(endpoint)
        fits = url.scheme == "https" and (private or url.port in (None, 443))
        fits = fits or (private and url.scheme == "http" and url.hostname == "127.0.0.1")
    except ValueError:
        fits = False
    named = fits and NAMED.match(url.netloc) and endpoint.isascii() and endpoint.isprintable()
    if not named:
        raise Unfit("The browser named a push service that is none.")
    return url


def unpacked(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True)


def deliver(endpoint: str, p256dh: str, auth: str, topic: str, words: bytes) -> Answer:
    """Hand `words` to the push service, which keeps the last of each `topic` for a browser that is away.

    Raises OSError when the service cannot be reached or does not answer as one, Unfit.
    """
    url = place_of(endpoint)
    headers = {"Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream", "TTL": str(KEPT_SECONDS)}
    headers |= {"Urgency": "high", "Topic": topic, **signature(url)}
    line = line_to(url)
    try:
        line.request("POST", path_of(url), encrypted(words, p256dh, auth), headers)
        said = line.getresponse()  # no redirect is followed, and nothing but the head is read
        return Answer(said.status, pause(said.getheader("Retry-After", "")), f"HTTP {said.status}")
    except HTTPException as problem:
        raise OSError(f"It does not speak HTTP: {type(problem).__name__}") from None
    finally:
        line.close()


def path_of(url: SplitResult) -> str:
    return (url.path or "/") + (f"?{url.query}" if url.query else "")


def line_to(url: SplitResult) -> HTTPConnection:
    """To an address that was looked at, with time limits."""
    host, secure = str(url.hostname), url.scheme == "https"
    line = (HTTPSConnection if secure else HTTPConnection)(host, url.port, timeout=SECONDS)
    plain = reach(host, line.port, SECONDS, current_app.config["CRM"].push_private_hosts)
    line.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if secure else plain
    return line


def encrypted(words: bytes, p256dh: str, auth: str) -> bytes:
    import http_ece  # by the few processes that need it

    once = ec.generate_private_key(CURVE)
    return bytes(http_ece.encrypt(words, private_key=once, dh=unpacked(p256dh), auth_secret=unpacked(auth)))


def signature(url: SplitResult) -> dict[str, str]:
    """The header by which the service knows that it is us to whom the browser gave its word."""
    from py_vapid import Vapid02

    about = {"aud": f"{url.scheme}://{url.netloc}", "exp": int(time.time()) + SIGNED_SECONDS, "sub": contact()}
    return dict(Vapid02(private_key()).sign(about))


def contact() -> str:
    """Whom the service may tell that we do something wrong."""
    crm = current_app.config["CRM"]
    return crm.public_url if crm.secure else f"mailto:{parseaddr(crm.mail_from)[1]}"


def pause(asked: str) -> int:
    return min(int(asked), LONGEST_PAUSE) if asked.isascii() and asked.isdecimal() else 0
