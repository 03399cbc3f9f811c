"""The file from which anybody recomputes a draw (spec/review.md §2)."""

from __future__ import annotations

from typing import Any

from zhilu import strictjson
from zhilu.errors import DataError
from zhilu.server.ledger.services import proofs
from zhilu.server.oversight.models import Draw
from zhilu.server.oversight.services import drawing

TYPE = "zhilu-draw/1"


def of(draw: Draw) -> bytes:
    """DataError `draw-not-made`, or `not-covered` while no checkpoint covers it."""
    if draw.kind != "random" or draw.made_entry is None:
        raise DataError("draw-not-made", "This draw has not been made yet.")
    announced, made = proofs.proved_entries([draw.entry, draw.made_entry])
    said: dict[str, Any] = {
        "type": TYPE,
        "announced": announced.to_json(),
        "made": made.to_json(),
        "population": sorted(drawing.listed(draw)),
    }
    return strictjson.dumps(said)
