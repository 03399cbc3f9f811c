"""The officer's part: one handover, composed, shown, signed by his security key (spec/docking.md §4).

One ceremony at a time in the whole station: a screen that shows two handovers lets an officer sign the
wrong one. A ceremony lives as long as the recorder's greeting, 120 seconds, and is used once, whatever
comes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from zhilu import strictjson
from zhilu.encoding import b64u, format_time, parse_time, unb64u
from zhilu.errors import CallerError, DataError
from zhilu.protocols.assertions import check_assertion
from zhilu.protocols.docking_handover import Duty, Handover, handover_digest, listed, station_signature
from zhilu.protocols.docking_messages import HandoverRequest, Hello
from zhilu.protocols.docking_recorder import GREETING_S
from zhilu.protocols.snapshot import Recorder, Snapshot
from zhilu.sealed.keys import Signer

CHECK = "key"


class Turn:
    """Whose ceremony it is. Time in seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._bay: int | None = None
        self._until_s = 0.0

    def take(self, bay: int, now_s: float) -> None:
        if self._bay not in (None, bay) and now_s < self._until_s:
            raise CallerError("busy", "Another bay's handover is being confirmed: bay {bay}.", bay=self._bay)
        self._bay, self._until_s = bay, now_s + GREETING_S

    def release(self, bay: int) -> None:
        if self._bay == bay:
            self._bay = None


@dataclass(frozen=True)
class Ceremony:
    """`handover` are the bytes that `digest` (D, the challenge) covers."""

    hello: Hello
    recorder: Recorder
    duty: Duty
    handover: bytes
    until_s: float

    @property
    def digest(self) -> bytes:
        return handover_digest(self.handover)

    def to_json(self, officer: str) -> dict[str, Any]:
        """What the page needs to ask, and what the officer must see before he signs."""
        recordings = [
            {"opened_at": held.opened_at, "length": held.length, "drill": held.drill}
            for held in self.hello.recordings[:100]
        ]
        return {
            "challenge": b64u(self.digest),
            "rp_id": self.duty.rp_id,
            "allow": [b64u(credential) for credential in self.duty.credentials],
            "handover": {
                "bay": self.duty.bay,
                "serial": self.recorder.serial,
                "officer": officer,
                "recordings": len(self.hello.recordings),
                "bytes": sum(held.length for held in self.hello.recordings),
                "list": recordings,
            },
        }

    def request(self, assertion: Mapping[str, Any], signer: Signer, origin: str) -> HandoverRequest:
        """The body of `POST /handover`. Checked here first: the recorder's no would cost the greeting."""
        try:
            public_key = self.duty.credentials[unb64u(strictjson.fields(assertion, {"id": str})["id"])]
        except (DataError, KeyError):
            raise DataError("credential", "This security key is not one of the assigned officer's.") from None
        check_assertion(
            assertion,
            challenge=self.digest,
            public_key=public_key,
            rp_id=self.duty.rp_id,
            origin=origin,
            last_count=0,
        )
        names = ("id", "authenticator_data", "client_data_json", "signature")
        return HandoverRequest(
            handover=self.handover,
            station=station_signature(signer, self.digest),
            station_jwk=signer.jwk,
            check=CHECK,
            assertion={name: assertion[name] for name in names},
        )


def compose(
    *,
    snapshot: Snapshot,
    station: str,
    recorder: Recorder,
    duty: Duty,
    hello: Hello,
    now: datetime,
    now_s: float,
    offline: bool,
) -> Ceremony:
    offset = (parse_time(hello.at) - now) // timedelta(microseconds=1)
    handover = Handover(
        bureau=snapshot.bureau,
        station=station,
        bay=duty.bay,
        recorder=recorder.kid,
        officer=duty.officer,
        deputy_reason=None,
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
    return Ceremony(hello, recorder, duty, handover.to_bytes(), now_s + GREETING_S)


def handed(request: HandoverRequest, docked: bytes) -> bytes:
    """What goes to the county: the request as sent and the recorder's `docked` line."""
    body = strictjson.loads_object(request.to_bytes(), 2**20)
    return strictjson.dumps(body | {"docked": docked.removesuffix(b"\n").decode("ascii")})
