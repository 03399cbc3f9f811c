"""What a stored recording says of itself to the station that brought it, for the beginning of a statement
(spec/intake.md §2). The keys stay here: a station is told places and marks, and keeps none.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from zhilu.encoding import format_time
from zhilu.errors import DataError
from zhilu.protocols.intake_words import MOST_MARKS
from zhilu.sealed.segments import open_private
from zhilu.server.evidence.models import Intake, Recording
from zhilu.server.evidence.services.agreement import payloads
from zhilu.server.evidence.services.media_store import journal_key, store
from zhilu.server.evidence.services.telling import text_key


def told(recording: UUID, station: str) -> dict[str, Any]:
    """DataError `recording-unstored` while it is on its way, `recording-unknown` for one of others."""
    row = Recording.objects.filter(id=recording, station=station).first()
    if row is None:
        if Intake.objects.filter(id=recording, station=station).exists():
            raise DataError("recording-unstored", "This recording has not been stored yet.")
        raise DataError("recording-unknown", "No such recording is stored.")
    positions, marks = _journal(recording)
    return {
        "from": format_time(row.opened_at),
        "to": format_time(row.closed_at),
        "positions": positions[:1] + positions[1:][-1:],
        "marks": marks[:MOST_MARKS],
    }


def _journal(recording: UUID) -> tuple[list[dict[str, int]], list[int]]:
    positions, marks, key = [], [], None
    with store().open(journal_key(recording)) as file:
        for payload in payloads(file):
            match payload["type"]:
                case "open":
                    key = text_key(recording, payload["text"])
                case "mark":
                    marks.append(payload["pts_us"])
                case "segment" if key is not None and "private" in payload:
                    positions += _position(recording, payload, key)
    return positions, marks


def _position(recording: UUID, payload: dict[str, Any], key: bytes) -> list[dict[str, int]]:
    try:
        said = open_private(key, recording, payload["n"], payload["private"])["position"]
        return [{"at_us": payload["pts_us"], "lat": int(said["lat"]), "lon": int(said["lon"])}]
    except (DataError, KeyError, TypeError, ValueError):
        return []
