"""A server of ours that is away, full or read-only for a moment is no defect: it is told in a line, without a traceback."""

import errno

import redis
from psycopg import errors as postgres
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

REFUSALS = (postgres.ReadOnlySqlTransaction,)
OURS = (postgres.DeadlockDetected, postgres.SerializationFailure)  # these say something about our statements
REDIS = (redis.ConnectionError, redis.TimeoutError, redis.ReadOnlyError, redis.OutOfMemoryError)
FORGOTTEN = (
    InvalidJobOperation,
    NoSuchJobError,
)  # a Redis that was emptied knows no job any more; ours stand in a table
REDIS_SAYS = ("MISCONF", "LOADING", "EXECABORT", "Transaction discarded")  # its disk is full, or it is starting


def database_is_away(problem: BaseException | None) -> bool:
    """Whether PostgreSQL could not do what it was asked, whoever had asked."""
    if isinstance(problem, DBAPIError):
        away = isinstance(problem, OperationalError) or problem.connection_invalidated
        return (away or isinstance(problem.orig, REFUSALS)) and not isinstance(problem.orig, OURS)
    return isinstance(problem, PoolTimeout)


def disk_is_full(problem: BaseException | None) -> bool:
    """Whether a file could not be written for want of room, or of room for us."""
    return isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def redis_is_away(problem: BaseException | None) -> bool:
    refused = isinstance(problem, redis.ResponseError) and any(word in str(problem) for word in REDIS_SAYS)
    return refused or isinstance(problem, REDIS + FORGOTTEN)


def why(problem: BaseException | None) -> str | None:
    """The outage in one line; None for anything else."""
    if not (database_is_away(problem) or redis_is_away(problem)):
        return None
    said = str(getattr(problem, "orig", None) or problem).strip().splitlines()
    return f"{type(problem).__name__}: {said[0] if said else 'no reason given'}"
