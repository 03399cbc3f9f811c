"""Alarms: what a person must look at (spec/intake.md §2). The same trouble again is counted.

raised → confirmed → handled → closed, one step at a time and never back: each is a compare-and-set, so of two
who press at once one moves it. Confirming is also done at the station's page. Of the county's own, one that
was handled and happens again is a new alarm; of a station's, the station says so by a new id.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber

from zhilu.encoding import parse_time, uuid_bytes
from zhilu.errors import DataError
from zhilu.server.equipment import rules
from zhilu.server.equipment.models import Alarm, AlarmStep
from zhilu.server.equipment.rules import CONFIRMED
from zhilu.server.ledger.clock import now
from zhilu.strictjson import fields

TOLD_FOR = timedelta(days=30)
MOST_TOLD = 500
_SHAPE: dict[str, type | tuple[type, ...]] = {
    "id": str,
    "code": str,
    "bay": (int, type(None)),
    "detail": str,
    "at": str,
    "count": int,
    "state": str,
}


def raise_alarm(code: str, about: str) -> None:
    """The county's own. `about`: a kid or an id."""
    at = now()
    if _again(code, about, at):
        return
    try:
        with transaction.atomic():
            Alarm.objects.create(code=code, about=about, first_at=at, last_at=at)
    except IntegrityError:
        _again(code, about, at)


def _again(code: str, about: str, at: datetime) -> int:
    mine = Alarm.objects.filter(code=code, about=about, said=None, state__in=rules.OPEN_ALARM)
    return mine.update(last_at=at, count=F("count") + 1)


def take(station: str, body: dict[str, Any]) -> None:
    """One of a station's, new or further on in its life; told again it changes nothing."""
    got = fields(body, _SHAPE)
    rules.check_station_alarm(got["code"], got["bay"], got["detail"], got["count"], got["state"])
    said, at = UUID(bytes=uuid_bytes(got["id"])), now()
    told = {"code": got["code"], "about": station, "bay": got["bay"], "detail": got["detail"]}
    _check_room(station, said)
    row, _ = Alarm.objects.get_or_create(
        station=station,
        said=said,
        defaults=told | {"first_at": min(parse_time(got["at"]), at), "last_at": at, "count": got["count"]},
    )
    mine = Alarm.objects.filter(id=row.id)
    mine.filter(count__lt=got["count"]).update(count=got["count"], last_at=at)
    # Raised or confirmed after it had ended: the trouble has come again.
    mine.update(ended=got["state"] == rules.ENDED)
    if got["state"] == CONFIRMED:
        _step(row.id, CONFIRMED, station)


def _check_room(station: str, said: UUID) -> None:
    """A new one of a station that has too many counts on one of the county's own."""
    mine = Alarm.objects.filter(station=station)
    if mine.filter(said=said).exists():
        return
    try:
        rules.check_alarms_of_station(mine.exclude(state=rules.CLOSED).count())
    except DataError as error:
        raise_alarm(error.code, station)
        raise


def moved(station: str) -> dict[str, str]:
    """id → state of those of this station that are not as they were raised, the newest."""
    rows = Alarm.objects.filter(station=station, moved_at__gt=now() - TOLD_FOR).order_by("-moved_at")
    return {str(said): state for said, state in rows.values_list("said", "state")[:MOST_TOLD]}


def move(alarm: int, state: str, by: UUID, text: str = "") -> None:
    """The next step, by a person; DataError where it is not the next any more."""
    rules.check_handled(state, text)
    if not _step(alarm, state, str(by), text):
        raise moved_meanwhile()


def moved_meanwhile() -> DataError:
    return DataError("alarm-moved", "Somebody else has moved this alarm meanwhile.")


def _step(alarm: int, state: str, by: str, text: str = "") -> bool:
    at = now()
    with transaction.atomic():
        before = rules.ALARM_BEFORE[state]
        if not Alarm.objects.filter(id=alarm, state=before).update(state=state, moved_at=at):
            return False
        AlarmStep.objects.create(alarm_id=alarm, state=state, by=by, at=at, text=text)
    return True


def open_first() -> list[Alarm]:
    """What nobody has closed: the raised before the confirmed before the handled, the newest first. The
    county's own, and beside them a few of each station, so that none pushes out another's."""
    rows = Alarm.objects.exclude(state=rules.CLOSED)
    place = Window(RowNumber(), partition_by="station", order_by=("-last_at", "-id"))
    told = rows.exclude(said=None).annotate(place=place).filter(place__lte=rules.SHOWN_OF_STATION)
    own = rows.filter(said=None).order_by("-last_at", "-id")
    most = rules.MOST_ALARMS
    shown = [*own[:most], *told.order_by("place", "-last_at")[:most]]
    shown.sort(key=lambda one: (one.last_at, one.id), reverse=True)
    return sorted(shown, key=lambda one: rules.ALARM_STATES.index(one.state))
