"""Who may join whom (spec/federation.md §1).

- A county joins one city, a city joins counties; nobody joins himself.
- What has joined keeps its keys: under another key it would be another ledger, and what was stored of it
  would prove nothing about the new one.
- No key stands for two.
- A neighbourhood ends by two: a system administrator asks, a security administrator says so within a week.
  Who parted may come again with the ledger that it had, and a county has one city for good: what it took over
  is that city's word.
- Between machines by TLS only: on plain http anybody on the way could change entries, and the neighbour
  would be accused of it for good. Plain http goes to this machine itself, where a TLS proxy may be.
- A bureau's code has the form of every bureau's own: it names a file and a schema (ADR 0019).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from zhilu.encoding import is_bureau
from zhilu.errors import CallerError, DataError

JOINS = {"county": "city", "city": "county"}
"""Tier → the tier of those that it joins."""
PARTINGS = ("reorganised", "mistaken", "keys-stolen", "other")
LONGEST_PARTING = 500
"""Characters of what is said about it."""
ASKED_FOR = timedelta(days=7)
_URL = re.compile(
    r"https://[a-z0-9.:\[\]-]{1,150}|http://(127\.0\.0\.1|\[::1\]|localhost)(:[0-9]{1,5})?", re.ASCII
)
_AUTHORITY = re.compile(r"[a-z0-9.-]{1,150}(:[0-9]{1,5})?", re.ASCII)


class Keys(Protocol):
    """What of a neighbour may not change."""

    @property
    def bureau(self) -> str: ...
    @property
    def tier(self) -> str: ...
    @property
    def ledger(self) -> str: ...
    @property
    def jwk(self) -> Mapping[str, object]: ...
    @property
    def cosigner(self) -> str: ...


def check_tier(own_bureau: str, own_tier: str, bureau: str, tier: str, cities: Collection[str]) -> None:
    """`cities`: those that have joined."""
    if bureau == own_bureau or JOINS.get(own_tier) != tier:
        raise DataError("join-tier", "A county joins its city, a city joins its counties, and nobody else.")
    if tier == "city" and set(cities) - {bureau}:
        raise DataError("city-known", "This county has joined a city already, and joins no second one.")


def check_bureau(bureau: str) -> None:
    if not is_bureau(bureau):
        raise DataError(
            "join-bureau", "A bureau's code begins with a-z and has at most 31 of a-z, 0-9 and -."
        )


def check_origin(bureau: str, origin: str) -> None:
    if not origin.startswith(f"{bureau}.") or not origin.endswith("/ledger"):
        raise DataError("join-keys", "The ledger's key does not bear this bureau's name.")


def check_same(known: Keys, event: Keys) -> None:
    if (known.tier, known.ledger, dict(known.jwk), known.cosigner) != (
        event.tier,
        event.ledger,
        dict(event.jwk),
        event.cosigner,
    ):
        raise DataError("join-key", "{bureau} has joined with other keys.", bureau=event.bureau)


def check_ledger(known: str, ledger: str, bureau: str) -> None:
    """Of one that has parted."""
    if known != ledger:
        raise DataError("join-key", "{bureau} has joined with other keys.", bureau=bureau)


def check_parting(reason: str) -> None:
    if reason not in PARTINGS:
        raise DataError("parting-reason", "There is no reason {reason}.", reason=reason)


def check_words(text: str) -> None:
    if not text.strip() or len(text) > LONGEST_PARTING:
        raise CallerError(
            "parting-words", "Some words are needed, of at most {most} characters.", most=LONGEST_PARTING
        )


def check_asked(asked: datetime | None, at: datetime) -> None:
    """`asked`: when somebody else did, if anybody."""
    if asked is None or at - asked > ASKED_FOR:
        raise DataError("parting-unasked", "Nobody has asked for this within seven days.")


def check_own_keys(keys: Collection[str], others: Collection[str]) -> None:
    """`keys`: public keys and kids of the one who joins; `others`: of everybody else."""
    if len(set(keys)) != len(keys) or set(keys) & set(others):
        raise DataError("join-keys", "A key stands for one only; one of these is known as another's.")


def check_address(url: str, authority: str) -> None:
    if not _URL.fullmatch(url) or not _AUTHORITY.fullmatch(authority):
        raise DataError(
            "join-address",
            "An address is https://, a host and a port, without path; http:// only to this machine itself.",
        )
