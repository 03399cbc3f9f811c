"""One handover, composed, shown and sent (spec/docking.md §4). How the officer confirms it: officer.py.

One ceremony at a time in the whole station, handover or word: a screen that shows two lets a person sign the
wrong one. A ceremony lives as long as the recorder's greeting, 120 seconds, and is used once, whatever comes
of it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from zhilu import strictjson
from zhilu.encoding import format_time, parse_time
from zhilu.errors import CallerError, DataError
from zhilu.protocols.docking_handover import (
    Duty,
    Handover,
    check_strength,
    handover_digest,
    listed,
    station_signature,
)
from zhilu.protocols.docking_messages import HandoverRequest, Hello
from zhilu.protocols.docking_recorder import GREETING_S
from zhilu.protocols.snapshot import Recorder, Snapshot
from zhilu.sealed.keys import Signer
from zhilu.sealed.policy import Policy


class Turn:
    """Whose ceremony it is: a bay's number, or a name. Time in seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._whose: Hashable = None
        self._until_s = 0.0

    def take(self, whose: Hashable, now_s: float) -> None:
        """CallerError `busy`."""
        if self._whose not in (None, whose) and now_s < self._until_s:
            raise CallerError("busy", "Somebody else is confirming something at this station: wait a moment.")
        self._whose, self._until_s = whose, now_s + GREETING_S

    def holds(self, whose: Hashable, now_s: float) -> bool:
        return self._whose == whose and now_s < self._until_s

    def release(self, whose: Hashable) -> None:
        if self._whose == whose:
            self._whose = None


@dataclass(frozen=True)
class Ceremony:
    """`handover` are the bytes that `digest` (D, the challenge) covers."""

    hello: Hello
    recorder: Recorder
    duty: Duty
    handover: bytes

    @property
    def digest(self) -> bytes:
        return handover_digest(self.handover)

    def to_json(self, officer: str) -> dict[str, Any]:
        """What the officer must see before he confirms."""
        recordings = [
            {"opened_at": held.opened_at, "length": held.length, "drill": held.drill}
            for held in self.hello.recordings[:100]
        ]
        return {
            "bay": self.duty.bay,
            "serial": self.recorder.serial,
            "officer": officer,
            "recordings": len(self.hello.recordings),
            "bytes": sum(held.length for held in self.hello.recordings),
            "list": recordings,
        }

    def request(self, check: str, assertion: dict[str, Any] | None, signer: Signer) -> HandoverRequest:
        """The body of `POST /handover`, with what the officer's check gave."""
        return HandoverRequest(
            handover=self.handover,
            station=station_signature(signer, self.digest, check),
            station_jwk=signer.jwk,
            check=check,
            assertion=assertion,
        )


def least_in_force(duty: Duty, policy: Policy | None) -> str:
    """The stronger of what the assignment demands and what the bureau's policy demands now."""
    if policy is None:
        return duty.officer_check_least
    try:
        check_strength(duty.officer_check_least, policy.officer_check_least)
    except DataError:
        return policy.officer_check_least
    return duty.officer_check_least


def compose(
    *,
    snapshot: Snapshot,
    station: str,
    recorder: Recorder,
    duty: Duty,
    hello: Hello,
    now: datetime,
    offline: bool,
) -> Ceremony:
    offset = (parse_time(hello.at) - now) // timedelta(microseconds=1)
    handover = Handover(
        bureau=snapshot.bureau,
        station=station,
        bay=duty.bay,
        recorder=recorder.kid,
        officer=duty.officer,
        deputy_reason=duty.deputy_reason,
        n=hello.n,
        head=hello.head,
        recordings=tuple(listed(held) for held in hello.recordings),
        station_nonce=hello.station_nonce,
        recorder_nonce=hello.recorder_nonce,
        station_at=format_time(now),
        clock_offset_us=offset,
        snapshot=snapshot.digest.hex(),
        offline=offline,
    )
    return Ceremony(hello, recorder, duty, handover.to_bytes())


def handed(request: HandoverRequest, docked: bytes) -> bytes:
    """What goes to the county: the request as sent and the recorder's `docked` line."""
    body = strictjson.loads_object(request.to_bytes(), 2**20)
    return strictjson.dumps(body | {"docked": docked.removesuffix(b"\n").decode("ascii")})
