"""Secrets that the server must be able to read again, such as a mailbox's password: encrypted where they are stored.

AES-GCM under a key made of SECRET_KEY. What a secret belongs to (tenant, table, column, row) is part of the seal, so
one that was copied into another row, or another workspace, opens no longer.
"""

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

NONCE = 12


class Unreadable(Exception):
    """Sealed with another SECRET_KEY, or for something else."""


def seal(secret: str, *belongs_to: object) -> str:
    nonce = os.urandom(NONCE)
    return base64.b64encode(nonce + key().encrypt(nonce, secret.encode(), place(belongs_to))).decode()


def unseal(sealed: str, *belongs_to: object) -> str:
    """Raises Unreadable."""
    try:
        written = base64.b64decode(sealed, validate=True)
        return key().decrypt(written[:NONCE], written[NONCE:], place(belongs_to)).decode()
    except (InvalidTag, ValueError):
        raise Unreadable from None


def derived(*belongs_to: object) -> bytes:
    """48 bytes that are the same whenever they are asked for, and tell nothing of SECRET_KEY: for a key that is stored nowhere."""
    secret = current_app.config["CRM"].secret_key.encode()
    return HKDF(SHA256(), 48, salt=None, info=b"derived\0" + place(belongs_to)).derive(secret)


def key() -> AESGCM:
    return AESGCM(hashlib.sha256(b"sealed\0" + current_app.config["CRM"].secret_key.encode()).digest())


def place(belongs_to: tuple[object, ...]) -> bytes:
    return "\0".join(str(part) for part in belongs_to).encode()
