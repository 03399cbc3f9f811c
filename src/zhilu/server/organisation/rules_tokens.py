"""Rules about tokens of the API (pure; spec/registers.md §1).

- A token has one scope at least, each once; lives at most a year; is for the whole bureau or for departments,
  with those below them.
- Its secret is 32 random bytes, shown once. The ledger has H("zhilu/api-token/v1", secret), and so has the
  table: who reads either cannot use it, and no guess comes near it.
- It counts from its entry until it expires or is withdrawn. What was withdrawn is not granted again.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from zhilu.encoding import b64u, h, unb64u
from zhilu.errors import DataError

REFERENCES, TEXT, STATISTICS, LINKS = "references:read", "text:read", "statistics:read", "links:write"
TASKS = "tasks:write"
SCOPES = (REFERENCES, TEXT, STATISTICS, LINKS, TASKS)
REASONS = ("unused", "replaced", "leaked", "other")
LONGEST_LIFE = timedelta(days=366)
LONGEST_NAME = 100
MOST_TASKS = 200_000
"""A day of a token that says nothing else."""
LABEL = "zhilu/api-token/v1"
PREFIX = "zhilu_"
SECRET_BYTES = 32


def check_grant(scopes: Collection[Any], departments: Collection[str] | None) -> None:
    if not scopes or not set(map(str, scopes)) <= set(SCOPES) or len(set(map(str, scopes))) != len(scopes):
        raise DataError("api-scope", "A token has one scope at least, each once, of those that there are.")
    if departments is not None and not departments:
        raise DataError("api-departments", "A token is for the whole bureau, or for one department at least.")


def check_tasks(tasks: int | None, scopes: Collection[Any]) -> None:
    if tasks is not None and (TASKS not in scopes or not 0 < tasks <= MOST_TASKS):
        raise DataError(
            "api-tasks",
            "A token that enters tasks enters 1 to {most} a day, and no other any.",
            most=MOST_TASKS,
        )


def check_life(expires: datetime, at: datetime) -> None:
    if not at < expires <= at + LONGEST_LIFE:
        raise DataError("api-expires", "A token expires in the future, and within a year.")


def check_reason(reason: str) -> None:
    if reason not in REASONS:
        raise DataError("api-reason", "There is no reason {reason} to withdraw a token.", reason=reason)


def spell(secret: bytes) -> str:
    """The token as its holder gets it."""
    return PREFIX + b64u(secret)


def hash_of(token: str) -> str | None:
    """Hex; None of a text that is no token."""
    if not token.startswith(PREFIX) or len(token) != len(PREFIX) + 43:
        return None
    try:
        return h(LABEL, unb64u(token.removeprefix(PREFIX))).hex()
    except DataError:
        return None
