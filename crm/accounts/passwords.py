"""Passwords by argon2, computed outside the event loop: one takes 50 ms that would hold up everybody."""

from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

hasher = PasswordHasher()
# What is verified when there is no such person, so that the time of the answer tells nothing.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$3xkLqkBsQLrlB9mOZ7eZ3Qb0rV9w9B1p9Jd0q2n0D2k"


def hash_password(password: str) -> str:
    return outside(hasher.hash, password)


def verify_password(hashed: str | None, password: str) -> bool:
    """False also when there is no hash; takes the same time either way."""
    return outside(verified, hashed or NOBODY, password) and hashed is not None


def verified(hashed: str, password: str) -> bool:
    try:
        return hasher.verify(hashed, password)
    except (Argon2Error, InvalidHashError):
        return False


def outside(work: Any, *args: Any) -> Any:
    """Run in gevent's thread pool when this process is a gevent worker."""
    import gevent.monkey

    if not gevent.monkey.is_module_patched("socket"):
        return work(*args)
    return gevent.get_hub().threadpool.apply(work, args)
