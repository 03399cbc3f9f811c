"""When neighbours are compared: a county at its city once a day, anyone when a person asks. What came of it
is written down for the page; what differs is an alarm. Where it could not be done, or not of every table, the
city asks again within the hour. A thread of its own: a neighbour that takes an hour to answer keeps up no
following. Whose time has come has a turn, again and again until it is done: nor does it keep up the others
for an hour.

Who edited his rows could refuse, fail, say another size, be behind for ever, or be away in just the moments
in which he is compared. So from a day after a county was last wholly compared, or first seen, each hour
within which its server was reached counts, whatever its state at the hour's end and whether or not it was
asked; a day of them is an alarm. Hours in which the city itself was off, or the county was, do not count.
"""

from __future__ import annotations

import logging
import threading
from contextlib import closing
from datetime import timedelta
from math import inf
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connections
from django.db.models import Q, QuerySet

from zhilu.errors import WorldError, ZhiluError
from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.federation import own_keys
from zhilu.server.federation.models import Comparison, Joined, Watch
from zhilu.server.federation.services.comparing import Compared, Going, Told, Wait
from zhilu.server.federation.services.source import HttpSource
from zhilu.server.ledger.clock import now

log = logging.getLogger("zhilu.federation")
LOOK_S, TURN_S = 2.0, 60.0
AGAIN, RETRY = timedelta(days=1), timedelta(hours=1)
HOURS = 24
ALARM, UNCOMPARED = "neighbour-differs", "neighbour-uncompared"


def run(stop: threading.Event) -> None:
    """Until `stop`."""
    going: dict[str, Going] = {}
    while not stop.is_set():
        close_old_connections()
        try:
            count()
            due()
            if turns(going, stop):
                connections.close_all()  # those of the mirrors too: none is held while nothing is done
        except Exception:
            log.exception("the comparison failed")
        stop.wait(LOOK_S)
    connections.close_all()


def count() -> None:
    """Of each county the hour that is over, if it was reached within it; a day of them is an alarm. What a
    clock wrote that was ahead counts as not written.
    """
    if not _is_daily():
        return
    known = {row.bureau: row for row in Comparison.objects.all()}
    for watch in _joined(Watch.objects.filter(reached_at__lte=now())):
        row = known.get(watch.bureau)
        if row is None or row.hour is None or row.hour > now() + AGAIN:
            Comparison.objects.update_or_create(bureau=watch.bureau, defaults={"hour": now() + AGAIN})
        elif now() - row.hour >= RETRY and watch.reached_at > row.hour:
            _hour(row)


def _hour(row: Comparison) -> None:
    """Not of one that was compared meanwhile."""
    rows = Comparison.objects.filter(bureau=row.bureau, hour=row.hour)
    is_full = row.hours + 1 >= HOURS
    if rows.update(hours=row.hours + 1, hour=now()) and is_full:
        log.error("%s was not compared since %s", row.bureau, row.at)
        raise_alarm(UNCOMPARED, row.bureau)


def turns(going: dict[str, Going], stop: threading.Event) -> bool:
    """One of each whose time has come; whether there was one. `going`: what was begun and is not done."""

    def wait() -> None:
        if stop.wait(1.0):
            raise WorldError("compare-stopped", "The worker was told to stop.")

    before = dict(going)
    going.clear()
    wanted = asked()
    for bureau in wanted:
        if not stop.is_set() and (begun := _goes_on(bureau, before.get(bureau), wait)):
            going[bureau] = begun
    return bool(wanted)


def _goes_on(bureau: str, begun: Going | None, wait: Wait) -> Going | None:
    """None when it is done; so is what failed, until it is asked again."""
    try:
        begun = begun or Going(bureau, wait)
        with closing(source_of(bureau)) as source:
            return begun if _turn(bureau, begun, source, TURN_S) is None else None
    except ZhiluError as error:
        log.warning("%s was not compared: %s", bureau, error)
        _write(bureau, code=error.code)
    except Exception:  # nobody thought of it; it is not asked for for ever
        log.exception("%s was not compared", bureau)
        _write(bureau, code="failed")
    return None


def source_of(bureau: str) -> HttpSource:
    joined = Joined.objects.get(bureau=bureau)
    return HttpSource(joined.url, joined.authority, own_keys.requests(settings.ZHILU))


def ask(bureau: str) -> None:
    """It is done soon, by the worker."""
    Comparison.objects.update_or_create(bureau=bureau, defaults={"asked_at": now()})


def asked() -> list[str]:
    """Whose time has come."""
    rows = _joined(Comparison.objects.filter(asked_at__lte=now())).order_by("bureau")
    return list(rows.values_list("bureau", flat=True))


def _joined(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Who has parted answers no more."""
    return rows.filter(bureau__in=Joined.objects.values("bureau"))


def due() -> None:
    """Asks for each county that is followed and was not compared for a day."""
    if not _is_daily():
        return
    at = now()
    done, waits = Q(at__gt=at - AGAIN, at__lte=at), Q(asked_at__lte=at + RETRY)
    fresh = Comparison.objects.filter(done | waits).values("bureau")
    followed = _joined(Watch.objects.filter(state="following"))
    for bureau in followed.exclude(bureau__in=fresh).values_list("bureau", flat=True):
        ask(bureau)


def once(bureau: str, source: Told, wait: Wait | None = None) -> Compared:
    """Also where it could not be done it is written down, and why."""
    try:
        done = _turn(bureau, Going(bureau, wait), source)
    except ZhiluError as error:
        _write(bureau, code=error.code)
        raise
    assert done is not None
    return done


def _turn(bureau: str, begun: Going, source: Told, seconds: float = inf) -> Compared | None:
    done = begun.go_on(source, seconds)
    if done is None:
        return None
    found = [[one.place, one.code] for one in done.findings]
    said = {"size": done.size, "rows": done.rows, "findings": found}
    _write(bureau, code="compare-behind" if done.behind else "", **said)
    if found:
        log.error("%s: %d of its rows are not what its ledger says", bureau, len(found))
        raise_alarm(ALARM, bureau)
    return done


def _write(bureau: str, *, code: str, **values: object) -> None:
    """What was found before stays where it could not be done now."""
    if not code:
        at = now()
        when: dict[str, object] = {"asked_at": None, "at": at, "hours": 0, "hour": at + AGAIN}
    else:
        when = {"asked_at": now() + RETRY if _is_daily() else None}
    Comparison.objects.update_or_create(bureau=bureau, defaults={"code": code, **when, **values})


def _is_daily() -> bool:
    return settings.ZHILU.tier == "city"
