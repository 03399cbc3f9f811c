"""What the keyholder knows, as `rules` reads and writes it: plain frozen data, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from zhilu.encoding import b64u
from zhilu.protocols.viewing import DECIDE, Decision, Request, Span


@dataclass(frozen=True)
class Room:
    """This viewing room. `pinned`: credential id → registration bytes of the first administrators."""

    bureau: str
    rp_id: str
    origin: str
    pinned: Mapping[bytes, bytes]


@dataclass(frozen=True)
class Credential:
    """A registered security key. `public_key` is COSE, `viewer_key` 65 bytes."""

    id: bytes
    person: str
    public_key: bytes
    viewer_key: bytes
    roles: tuple[str, ...]
    revoked: bool = False
    aaguid: str = ""
    """The make of the key as its page said it; nobody attests it."""


@dataclass(frozen=True)
class Taken:
    """A decision that counts."""

    raw: bytes
    decision: Decision
    credential: bytes


@dataclass(frozen=True)
class Viewing:
    """A request that counts, with the decisions that count. `report`: the bytes of the one on it."""

    raw: bytes
    request: Request
    credential: bytes
    decisions: tuple[Taken, ...] = ()
    report: bytes | None = None

    @property
    def approvers(self) -> frozenset[str]:
        return frozenset(taken.decision.approver for taken in self.decisions)

    @property
    def refused(self) -> bool:
        return not all(taken.decision.approved for taken in self.decisions)

    @property
    def approved(self) -> bool:
        return not self.refused and len(self.decisions) >= DECIDE[self.request.kind]

    @property
    def decided(self) -> bool:
        return self.refused or self.approved

    @property
    def until(self) -> datetime:
        return min([self.request.expires, *(taken.decision.expires for taken in self.decisions)])

    @property
    def owes_report(self) -> bool:
        return self.request.kind == "urgent" and self.approved and self.report is None


@dataclass(frozen=True)
class Recording:
    """A stored recording; `segments` counts segment 0 too. `sealer`: kid of the recorder, or of the station
    where it was `imported`."""

    id: str
    sealer: str
    segments: int
    imported: bool = False


@dataclass(frozen=True)
class Evidence:
    """One assertion that was verified: its counter, and a digest that tells it from any other."""

    credential: bytes
    count: int
    digest: bytes


@dataclass(frozen=True)
class Wanted:
    """A release that was posted: what its entry must say, field for field. `city_nonce`: b64u, of a recording
    of two shares."""

    viewing: str
    span: Span
    viewer_key: str
    nonce: bytes
    expires: str
    city_nonce: str | None = None

    def core(self) -> dict[str, Any]:
        """Core of `key-released/1`."""
        return {
            "viewing": self.viewing,
            "recording": self.span.recording,
            "from": self.span.first,
            "to": self.span.last,
            "viewer_key": self.viewer_key,
            "nonce": b64u(self.nonce),
            "expires": self.expires,
            "city_nonce": self.city_nonce,
        }


class Known(Protocol):
    """What was believed before. A lookup of what is not known gives None."""

    def credential(self, id_: bytes) -> Credential | None: ...

    def viewing(self, id_: str) -> Viewing | None: ...

    def owed(self, viewer: str) -> Sequence[Viewing]:
        """Urgent viewings that were approved and on which no report is there."""
        ...

    def recording(self, id_: str) -> Recording | None: ...

    def recorder(self, kid: str) -> dict[str, Any] | None:
        """JWK."""
        ...

    def station(self, kid: str) -> dict[str, Any] | None:
        """JWK."""
        ...
