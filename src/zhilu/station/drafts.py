"""What the statement form starts with, and whom the page offers to choose from.

From the handover that the bay keeps for an hour, from the snapshot's catalogue and people, and, where the
county answers soon, from what it tells of stored recordings and of the officer's own texts. Whatever does
not come is left out: the form works without the county. What a word says is made ready in words_compose.py.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from datetime import date, datetime, timedelta, timezone
from typing import Any, TypeVar
from uuid import UUID

from zhilu.errors import CallerError, ZhiluError
from zhilu.protocols import intake_words
from zhilu.protocols.intake_words import Told
from zhilu.protocols.snapshot import Snapshot
from zhilu.protocols.snapshot_people import Catalogue, Person
from zhilu.station.parts import Parts
from zhilu.station.spool import STORED
from zhilu.station.words_after import Collected, Taken

log = logging.getLogger(__name__)

T = TypeVar("T")

BEIJING = timezone(timedelta(hours=8))
PATIENCE_S = 3.0
"""A form that opens without the county's part is better than one that makes an officer wait."""
AT_ONCE = 4


def day_of(at: datetime) -> date:
    """The day in Beijing."""
    return at.astimezone(BEIJING).date()


def collected_in(parts: Parts, bay: int) -> Collected:
    """CallerError `nothing-to-say` where the hour is over or nothing was collected."""
    found = parts.statements.of(bay)
    if found is None:
        raise CallerError("nothing-to-say", "No handover of the last hour is known in this bay.")
    return found


def roster(parts: Parts) -> list[dict[str, Any]]:
    """People to choose from. `fit`: may be given a recorder today, `key`: has a security key for the docks,
    both as far as the snapshot knows."""
    today, snapshot = day_of(parts.clock()), parts.snapshots.current()
    return [
        _person(person)
        | {"fit": person.fit(today), "keeper": person.keeper, "officer": person.officer}
        | {"key": bool(snapshot.credentials_of(person.id))}
        for person in snapshot.roster
    ]


def _person(person: Person) -> dict[str, Any]:
    return {"id": person.id, "name": person.name, "number": person.number, "department": person.department}


async def draft(parts: Parts, bay: int) -> dict[str, Any]:
    """`GET /api/bays/N/draft`."""
    collected, snapshot = collected_in(parts, bay), parts.snapshots.current()
    told, templates = await asyncio.gather(
        told_of(parts, collected), _soon(_templates(parts, collected.officer), [])
    )
    return {
        "handover": collected.handover,
        "officer": {"id": collected.officer, "name": snapshot.name_of(collected.officer)},
        "recorder": {"serial": collected.serial},
        "recordings": [_recording(parts, taken, told.get(taken.id)) for taken in collected.recordings],
        **_catalogue(catalogue_on(parts, snapshot, day_of(collected.begun or parts.clock()))),
        "officers": [_person(person) for person in snapshot.roster if person.officer],
        "templates": templates,
        "bay": bay,
        "station": parts.home.settings.name,
        "late_after": collected.late_after,
    }


def catalogue_on(parts: Parts, snapshot: Snapshot, on: date) -> Catalogue | None:
    """In force on that day. The snapshot holds no version that has been replaced: then today's is offered,
    and the county judges by that day's."""
    return snapshot.catalogue(on) or snapshot.catalogue(day_of(parts.clock()))


def _catalogue(catalogue: Catalogue | None) -> dict[str, Any]:
    if catalogue is None:
        return {"classes": [], "procedures": []}
    procedures = [
        {
            "code": procedure.code,
            "class": procedure.class_code,
            "name": procedure.name,
            "min_officers": procedure.min_officers,
            "start": procedure.start,
            "content": procedure.content,
            "end": procedure.end,
            "script": catalogue.scripts.get(procedure.script, "") if procedure.script else "",
        }
        for procedure in catalogue.procedures
    ]
    classes = [{"code": code, "name": name} for code, name in catalogue.classes.items()]
    return {"classes": classes, "procedures": procedures}


def _recording(parts: Parts, taken: Taken, told: Told | None) -> dict[str, Any]:
    duration = taken.duration_us if taken.duration_us is not None or told is None else told.duration_us
    return {
        "id": taken.id,
        "opened_at": taken.opened_at,
        "duration_us": duration,
        "drill": taken.drill,
        "stored": told is not None or _is_stored(parts, taken),
        "marks": list(taken.marks or (told.marks if told else ())),
        "positions": list(told.positions) if told else [],
    }


def _is_stored(parts: Parts, taken: Taken) -> bool:
    """A folder goes away only after the recording was stored and cleared."""
    recording = parts.spool.recording(UUID(taken.id))
    return not recording.folder.exists() or recording.state.stage == STORED


async def told_of(parts: Parts, collected: Collected) -> dict[str, Told]:
    """What the county tells of the recordings, by id; of those that it does not, nothing."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(taken: Taken) -> Told | None:
        async with gate:
            return intake_words.parse_told(await parts.county.ask(intake_words.get_told(UUID(taken.id))))

    found = await asyncio.gather(*(_soon(one(taken), None) for taken in collected.recordings))
    pairs = zip(collected.recordings, found, strict=True)
    return {taken.id: told for taken, told in pairs if told is not None}


async def _templates(parts: Parts, person: str) -> list[dict[str, Any]]:
    body = await parts.county.ask(intake_words.get_templates(UUID(person)))
    return intake_words.parse_templates(body)


async def _soon(asked: Awaitable[T], otherwise: T) -> T:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await asked
    except (ZhiluError, TimeoutError) as error:
        log.info("the form opens without something of the county's: %s", error)
        return otherwise
