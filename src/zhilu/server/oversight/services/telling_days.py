"""What a day and a week tell: the officer in the morning what is planned, and later what is not described;
the head of a department at five what is missing; leaders and supervisors each week what was due. Figures, and
a page that says more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import day_of, midnight
from zhilu.server.organisation.models import Delegation, Role
from zhilu.server.organisation.services import calendar
from zhilu.server.organisation.services.rights import rights_of
from zhilu.server.oversight.models import DueTask, Match
from zhilu.server.oversight.rules_messages import Told
from zhilu.server.oversight.services import messages
from zhilu.server.oversight.services.judging import DONE, OVER, SHOWN, UNDESCRIBED

MORNING, EVENING, MONDAY = timedelta(hours=7), timedelta(hours=17), timedelta(hours=8)
BACK = timedelta(days=14)
"""So long somebody is told that a task's recording is not described."""
WATCHING = ("leader", "supervisor")

messages.kind("day-missing", _("What is missing today"), _("%(day)s: %(count)s tasks have no recording yet."),
              day="day", count="count")  # fmt: skip
messages.kind("day-planned", _("What is to be recorded today"), _("%(day)s: %(count)s tasks are planned."),
              day="day", count="count")  # fmt: skip
messages.kind("day-undescribed", _("Recordings to describe"),
              _("%(day)s: of %(count)s tasks there is a recording, and no act describes it."),
              day="day", count="count")  # fmt: skip
messages.kind("week", _("What was due last week"),
              _("From %(first)s to %(last)s: %(due)s tasks were due, of which %(recorded)s are recorded."),
              first="day", last="day", due="count", recorded="count")  # fmt: skip


@messages.producer("day-missing")
def at_five(at: datetime) -> Iterator[Told]:
    """On days of work, and on the next morning to whom the evening's worker did not tell it."""
    for day in (day_of(at) - timedelta(days=1), day_of(at)):
        if at < midnight(day) + EVENING or not calendar.is_workday(day):
            continue
        tasks = planned(day)
        if not tasks.exists():
            continue
        for person in holders("unit-head"):
            mine = tasks.filter(rights_of(person).within("unit-head"))
            if count := _missing(mine):
                params: dict[str, str | int] = {"day": str(day), "count": count}
                yield Told(person, "day-missing", f"{day}", params, f"{reverse('today')}?day={day}")


@messages.producer("day-planned")
def in_the_morning(at: datetime) -> Iterator[Told]:
    day = day_of(at)
    if at < midnight(day) + MORNING:
        return
    counts = Counter(UUID(one) for officers in _officers(planned(day)) for one in officers)
    for person, count in counts.items():
        yield Told(person, "day-planned", f"{day}", {"day": str(day), "count": count}, reverse("home"))


@messages.producer("day-undescribed", settles=True)
def undescribed(at: datetime) -> Iterator[Told]:
    """To whoever leads the task, from the next day on."""
    until = day_of(at)
    rows = Match.objects.filter(
        bureau=ledgers.own(), state=UNDESCRIBED, due=True, day__gte=until - BACK, day__lt=until
    )
    counts = Counter[tuple[UUID, date]]()
    for day, officers in rows.values_list("day", "officers").iterator(2000):
        if officers:
            counts[UUID(officers[0]), day] += 1
    for (person, day), count in counts.items():
        params: dict[str, str | int] = {"day": str(day), "count": count}
        yield Told(person, "day-undescribed", f"{day}", params, reverse("work-recordings"))


@messages.producer("week")
def weekly(at: datetime) -> Iterator[Told]:
    """From Monday at eight on, of the week before; as the statistics count."""
    today = day_of(at)
    first = today - timedelta(days=today.weekday() + 7)
    last = first + timedelta(days=6)
    if at < midnight(last + timedelta(days=1)) + MONDAY:
        return
    due = Match.objects.filter(bureau=ledgers.own(), day__gte=first, day__lte=last, due=True, state__in=OVER)
    if not due.exists():
        return
    for person in holders(*WATCHING):
        mine = due.filter(rights_of(person).within(*WATCHING))
        counted = mine.order_by().values_list("state").annotate(count=Count("id"))
        states = Counter[str](dict(counted))
        params: dict[str, str | int] = {"first": str(first), "last": str(last)}
        params |= {"due": states.total(), "recorded": sum(states[one] for one in SHOWN)}
        if states.total():
            yield Told(person, "week", f"{first}", params, reverse("units"))


def planned(day: date) -> QuerySet[DueTask]:
    """Tasks that begin on this day and stand."""
    begin, end = midnight(day), midnight(day + timedelta(days=1))
    return DueTask.objects.filter(since__gte=begin, since__lt=end, withdrawn=False)


def _missing(tasks: QuerySet[DueTask]) -> int:
    """Those of which nothing is known, or that they have no recording; what is not due does not count."""
    ids = list(tasks.values_list("id", flat=True))
    matched: dict[Any, Any] = {}
    for start in range(0, len(ids), 500):
        some = Match.objects.filter(bureau=ledgers.own(), task__in=ids[start : start + 500])
        matched |= {
            task: due and state not in DONE for task, due, state in some.values_list("task", "due", "state")
        }
    return sum(matched.get(one, True) for one in ids)


def _officers(tasks: QuerySet[DueTask]) -> Iterable[list[str]]:
    """Of tasks that are due, as far as is known."""
    off = Match.objects.filter(bureau=ledgers.own(), due=False, task__in=tasks.values("id"))
    return tasks.exclude(id__in=off.values("task")).values_list("officers", flat=True).iterator(2000)


def holders(*roles: str) -> list[UUID]:
    """Whoever holds one of these, granted or handed on; whether it counts, `rights_of` says."""
    granted = Role.objects.filter(Q(ended_at=None), role__in=roles).values_list("person", flat=True)
    handed = Delegation.objects.filter(ended_at=None, role__in=roles).values_list("receiver", flat=True)
    return sorted({*granted, *handed})
