"""What the journal of a stored recording tells beside sound and picture: minutes, gaps, dark and silent
stretches, marks, positions (`fixes.py`).

Read from the stored journal for whoever may see the recording, and kept nowhere else: marks and positions are
personal, and are opened with the county's text key each time they are asked for. Lines were verified when
they came; sound and picture stay sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from django.conf import settings

from zhilu.encoding import unb64u
from zhilu.errors import DataError, WorldError
from zhilu.sealed.envelopes import open_text_key
from zhilu.sealed.keys import load_private_key, thumbprint
from zhilu.sealed.segments import open_private
from zhilu.server.equipment.models import LogbookLine
from zhilu.server.equipment.services import logbooks
from zhilu.server.evidence.models import Recording
from zhilu.server.evidence.services import fixes
from zhilu.server.evidence.services.agreement import payloads
from zhilu.server.evidence.services.media_store import journal_key, store

LONGEST_MARK = 500


@dataclass(frozen=True)
class Stretch:
    """From and to: microseconds from the beginning."""

    kind: str
    from_us: int
    to_us: int


@dataclass(frozen=True)
class Mark:
    """`text` None where it cannot be opened; "" where a key was pressed."""

    pts_us: int
    text: str | None


@dataclass
class Told:
    minutes: int = 0
    sealed: int = 0
    """Marks that this county cannot open."""
    track: fixes.Track = field(default_factory=fixes.Track)
    marks: list[Mark] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    is_closed: bool = False


@dataclass(frozen=True)
class Neighbour:
    """A recording that goes on from another after a fault or a power cut; between the two times nothing is
    recorded."""

    recording: UUID
    since: str
    until: str


def tell(row: Recording) -> Told | None:
    """None where the store cannot be read now, or has lost the journal or a part of it (`wanted.py`)."""
    told, key = Told(), None
    sealed: list[fixes.Sealed] = []
    try:
        with store().open(journal_key(row.id)) as file:
            for payload in payloads(file):
                match payload["type"]:
                    case "open":
                        key = text_key(row.id, payload["text"])
                    case "segment":
                        if "private" in payload:
                            sealed.append(fixes.Sealed.of(payload))
                    case _:
                        _take(told, row.id, payload, key)
    except (DataError, WorldError, OSError):
        return None
    told.track = fixes.track(row.id, sealed, key)
    return told


def before(lines: Sequence[LogbookLine]) -> Neighbour | None:
    """The recording that one follows; `lines`: those about it."""
    opened = next((line for line in lines if line.type == "recording-opened"), None)
    return _follows(opened) if opened else None


def after(recording: UUID, opened: LogbookLine | None) -> Neighbour | None:
    """The recording that follows one: the next that the recorder opened, or none."""
    found = _follows(opened) if opened else None
    if opened is None or opened.recording is None or found is None or found.recording != recording:
        return None
    return Neighbour(opened.recording, found.since, found.until)


def _follows(opened: LogbookLine) -> Neighbour | None:
    payload = logbooks.payload_of(opened)
    try:
        said = payload["follows"]
        return Neighbour(UUID(said["id"]), str(said["until"]), payload["at"])
    except (KeyError, TypeError, ValueError):
        return None


def _take(told: Told, recording: UUID, payload: dict[str, Any], key: bytes | None) -> None:
    match payload["type"]:
        case "minute":
            told.minutes += 1
        case "mark":
            text = _opened(told, recording, payload, key).get("text")
            told.marks.append(Mark(payload["pts_us"], text[:LONGEST_MARK] if isinstance(text, str) else None))
        case "gap":
            told.stretches.append(Stretch("gap", payload["from_us"], payload["to_us"]))
        case "quality":
            told.stretches.append(Stretch(payload["reason"], payload["from_us"], payload["to_us"]))
        case "close":
            told.is_closed = True


def _opened(told: Told, recording: UUID, payload: dict[str, Any], key: bytes | None) -> dict[str, Any]:
    try:
        if key is not None:
            return open_private(key, recording, payload["n"], payload["private"])
    except DataError:
        pass
    told.sealed += 1
    return {}


def text_key(recording: UUID, text: dict[str, str]) -> bytes | None:
    """The recording's own; None where it was sealed to another key than the county has."""
    own = county_key()
    if own is None or thumbprint(own.public_key()) != text["to"]:
        return None
    try:
        return open_text_key(unb64u(text["sealed"]), recording, own)
    except DataError:
        return None


def county_key() -> EllipticCurvePrivateKey | None:
    path = settings.ZHILU.text_key
    return load_private_key(path.read_bytes()) if path.exists() else None
