"""Events about copies (spec/ledger.md §6, spec/copies.md §1)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Hex, Id, JsonObject, Kid, Natural


@event("copy-made/1", subject="viewing")
class CopyMade:
    """Segments `from` to `to`, sealed to the key of this thumbprint; `sha256`, `length` of the package."""

    viewing: Id
    recording: Id
    from_: Natural
    to: Natural
    recipient: Kid
    sha256: Hex
    length: Natural
    at_ms: Natural
    assertion: JsonObject
