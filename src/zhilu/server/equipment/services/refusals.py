"""Dockings that a station refused (spec/intake.md §2): entries of the ledger, which are for ever, so few of
each station; what comes again within the hour, the station's own alarm counts.
"""

from __future__ import annotations

from typing import Any

from zhilu.errors import DataError
from zhilu.server.equipment import rules
from zhilu.server.equipment.events import DockingRefused
from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.ledger.services.commit import commit
from zhilu.strictjson import fields


def take(station: str, body: dict[str, Any]) -> None:
    """DataError `refusals-many`, with an alarm about the station."""
    got = fields(body, {"bay": int, "code": str, "presented": str, "at": str})
    got["code"] = rules.refused_code(got["code"])
    try:
        commit(DockingRefused(station=station, **got), station)
    except DataError as error:
        if error.code == "refusals-many":
            raise_alarm(error.code, station)
        if error.code != "refusal-known":
            raise
