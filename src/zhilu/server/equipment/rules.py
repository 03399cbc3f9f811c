"""Rules about equipment (pure).

- A kid is the thumbprint of the enrolled key; a device is enrolled once.
- A recorder has one bay of one station, and a bay one recorder.
- A finding is about a recording or about a line of the logbook, and stands once.
- A fork suspends a recorder for good: its key has told two lives. It is not bound or assigned any more, and
  no new line of it is taken. The bureau revokes it and enrols the device with a new key.
- An assignment names the recorder's own bay, an officer with at least one dock credential, and exactly the
  credentials that are registered for that officer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from zhilu.errors import DataError
from zhilu.sealed.keys import load_jwk, thumbprint
from zhilu.sealed.logbook import COUNTER_KINDS
from zhilu.sealed.policy import OFFICER_CHECKS
from zhilu.strictjson import fields

SUSPENDING = frozenset({"fork"})
NOTES = frozenset({"boot-unexplained"})
"""Findings that accuse nobody: kept, and no alarm."""


def about(recording: str | None, line: int | None) -> str:
    """What a finding is about: of each code one about each."""
    return recording if recording is not None else "" if line is None else str(line)


def check_key(kid: str, jwk: Mapping[str, Any]) -> None:
    if thumbprint(load_jwk(jwk)) != kid:
        raise DataError("kid", "The kid is not the thumbprint of the key.")


def check_counter_kind(kind: str) -> None:
    if kind not in COUNTER_KINDS:
        raise DataError("counter-kind", "There is no counter of the kind {kind}.", kind=kind)


def check_bay(bay: int, bays: int) -> None:
    if not 1 <= bay <= bays:
        raise DataError("bay", "The station has no bay {bay}.", bay=bay)


def check_officer_check(least: str) -> None:
    if least not in OFFICER_CHECKS:
        raise DataError("officer-check", "There is no officer check {check}.", check=least)


def check_credentials(named: Collection[Any], registered: Mapping[str, str]) -> None:
    """`registered`: credential id → public key, of the officer."""
    got = {fields(one, {"id": str, "public_key": str})["id"]: one["public_key"] for one in named}
    if not got or got != dict(registered):
        raise DataError(
            "credential", "The assignment names other security keys than are registered for the officer."
        )
