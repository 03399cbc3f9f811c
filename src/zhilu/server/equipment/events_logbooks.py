"""Events about what came of recorders: lines of their logbooks, handovers (spec/absence.md §1)."""

from __future__ import annotations

from zhilu.server.equipment.rules_logbooks import LONGEST
from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Code, Hex, Id, JsonList, Kid, Natural, Time


@event("logbook-held/1", subject="recorder", longest=LONGEST)
class LogbookHeld:
    """Lines `first` to `last` are held; `line` is the last of them, `told` what the others say that is
    counted."""

    recorder: Kid
    first: Natural
    last: Natural
    line: str
    told: JsonList


@event("handover-held/1", subject="recorder")
class HandoverHeld:
    """`n`: the logbook's last line at the handover; `offset_us`: the recorder's clock less the station's;
    `recordings`: what it lists, in parts from 0 on."""

    handover: Hex
    recorder: Kid
    station: Kid
    bay: Natural
    officer: Id
    officer_check: Code
    at: Time
    n: Natural
    offset_us: int
    recordings: JsonList
    part: Natural = 0
