"""Who is told of the assessment: whoever is in it, is to decide about it, or ought to publish it. No message
names points: they are read on the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhilu.server.assessment import rules
from zhilu.server.assessment.models import Objection, Publication, PublishedLine
from zhilu.server.assessment.services import objecting
from zhilu.server.ledger.clock import day_of
from zhilu.server.organisation.models import Bureau, Post, Role
from zhilu.server.organisation.services.rights import Rights, rights_of
from zhilu.server.oversight.rules_messages import Told
from zhilu.server.oversight.services import messages
from zhilu.server.oversight.services.telling_days import holders

BACK = timedelta(days=30)
"""Of publications and decisions so far back is told."""
LATE_DAYS = 10
"""Of the next month, after which leaders are reminded that nothing has been published."""

messages.kind("assessment-told", _("Your points are published"),
              _("%(month)s, version %(version)s. You may object to the newest version until %(until)s."),
              month="month", version="count", until="day")  # fmt: skip
messages.kind("assessment-due", _("A month to publish"), _("The assessment of %(month)s is not published."),
              month="month")  # fmt: skip
messages.kind("assessment-again", _("A month to publish anew"),
              _("%(month)s: an objection was upheld, or a fault lifted."), month="month")  # fmt: skip
messages.kind("objection-waits", _("Objections to decide"), _("An objection to %(month)s, filed on %(day)s."),
              month="month", day="day")  # fmt: skip
messages.kind("objection-told", _("Your objection is decided"), _("%(month)s: %(decision)s."),
              month="month", decision="objection")  # fmt: skip


@messages.producer("assessment-told")
def published(at: datetime) -> Iterator[Told]:
    """Everybody who is in it; of a new version only whose line is another. One may object until the newest
    version of the month is old enough."""
    rows = list(Publication.objects.filter(at__gte=at - BACK).order_by("entry"))
    newest = {row.month: row for row in rows}
    for row in rows:
        said: dict[str, str | int] = {"month": rules.said(row.month), "version": row.version}
        until = str(objecting.until(newest[row.month]))
        for person in _concerned(row):
            path = reverse("assessment-person", args=[rules.said(row.month), person])
            yield Told(person, "assessment-told", row.id, said | {"until": until}, path)


def _concerned(row: Publication) -> list[UUID]:
    if row.version == 1:
        return list(row.lines.values_list("person", flat=True))
    before = _lines(row.month, row.version - 1)
    return [person for person, line in _lines(row.month, row.version).items() if line != before.get(person)]


def _lines(month: date, version: int) -> dict[UUID, tuple[int, object]]:
    rows = PublishedLine.objects.filter(publication__month=month, publication__version=version)
    return {
        person: (tenths, items) for person, tenths, items in rows.values_list("person", "tenths", "items")
    }


@messages.producer("assessment-due", "assessment-again", settles=True)
def to_publish(at: datetime) -> Iterator[Told]:
    """Leaders of the whole bureau: some days after a month is over, and when a correction is due."""
    today = day_of(at)
    month = rules.begin(date.fromordinal(rules.begin(today).toordinal() - 1))
    newest = {one.month: one for one in Publication.objects.filter(at__gte=at - BACK).order_by("version")}
    leaders = [one.person for one in _leaders() if one.scope_of("leader") is None]
    due = [("assessment-due", one) for one in overdue([month], today)]
    due += [("assessment-again", one.month) for one in newest.values() if objecting.causes(one)]
    for code, which in due:
        told = rules.said(which)
        for person in leaders:
            key = f"{told}/{newest[which].version}" if which in newest else told
            yield Told(person, code, key, {"month": told}, reverse("assessment-month", args=[told]))


def _leaders() -> list[Rights]:
    """By grant: what is decided here, nobody decides by delegation."""
    found = map(rights_of, holders("leader"))
    return [one for one in found if "leader" in one.roles - one.delegated]


def unpublished(month: date) -> QuerySet[Bureau]:
    """The bureau, where somebody who is or was an officer had a post in that month and nothing is
    published: a city without officers of its own has nobody to assess.
    """
    there = Q(until=None) | Q(until__gt=month)
    officers = Role.objects.filter(person=OuterRef("person"), role="officer")
    posts = Post.objects.filter(there, Exists(officers), since__lt=rules.after(month))
    return Bureau.objects.filter(Exists(posts), ~Exists(Publication.objects.filter(month=month)))


def overdue(months: Sequence[date], today: date) -> list[date]:
    """Of these months, which nobody has published in time."""
    late = [one for one in months if today >= late_from(one)]
    asked = [Exists(unpublished(one)) for one in late]
    found = Bureau.objects.values_list(*asked).first() if late else None
    return [one for one, is_open in zip(late, found, strict=True) if is_open] if found else []


def late_from(month: date) -> date:
    return rules.after(month).replace(day=LATE_DAYS + 1)


@messages.producer("objection-waits", settles=True)
def to_decide(at: datetime) -> Iterator[Told]:
    """Leaders over the person's department, but not the person himself."""
    waiting = list(Objection.objects.filter(decision="").order_by("at")[:200])
    if not waiting:
        return
    rights = _leaders()
    for one in waiting:
        said: dict[str, str | int] = {"month": rules.said(one.month), "day": str(day_of(one.at))}
        path = reverse("objection", args=[one.id])
        for each in rights:
            if each.person != one.person and each.covers(one.department, "leader"):
                yield Told(each.person, "objection-waits", str(one.id), said, path)


@messages.producer("objection-told")
def decided(at: datetime) -> Iterator[Told]:
    for one in Objection.objects.filter(decided_at__gte=at - BACK).order_by("decided_at"):
        month = rules.said(one.month)
        path = reverse("assessment-person", args=[month, one.person])
        yield Told(
            one.person, "objection-told", str(one.id), {"month": month, "decision": one.decision}, path
        )
