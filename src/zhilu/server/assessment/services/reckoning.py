"""The points of a month, counted from the tables of the ledger at hand: for a preview, for what is published,
and by the ledger itself when it is (apply.py). No clock, no setting: the same entries give the same points.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from django.db.models import Q

from zhilu.server.assessment import rules
from zhilu.server.assessment import scheme as schemes
from zhilu.server.assessment.models import Publication, SchemeSet
from zhilu.server.assessment.rules import Result, Stay
from zhilu.server.assessment.scheme import Scheme
from zhilu.server.assessment.services.grounds import Asked, Decided, of_month
from zhilu.server.ledger.clock import midnight
from zhilu.server.organisation.models import Bureau, Department, Post, Role
from zhilu.server.oversight.findings.every import RULES
from zhilu.server.oversight.findings.rule import REFER

SCORED = frozenset(one.code for one in RULES) - {one.code for one in RULES if one.severity == REFER}
"""Rules that may have a price."""


def read(row: SchemeSet) -> Scheme:
    return schemes.read(row.version, row.since, row.said, SCORED)


def scheme_of(month: date) -> Scheme:
    """In force in that month."""
    row = SchemeSet.objects.filter(since__lte=month).order_by("-version").first()
    return read(row) if row else schemes.BUILT_IN


def newest_scheme() -> Scheme:
    row = SchemeSet.objects.order_by("-version").first()
    return read(row) if row else schemes.BUILT_IN


def newest(month: date, below: int = 0) -> Publication | None:
    """The newest version of a month; of those before `below`, where one is named."""
    rows = Publication.objects.filter(month=month)
    return (rows.filter(version__lt=below) if below else rows).order_by("-version").first()


@dataclass(frozen=True)
class Reckoning:
    """Of one month as of a time. `version`: the one that would be published, or is."""

    month: date
    version: int
    as_of: datetime
    asked_scheme: Scheme | None = None

    @cached_property
    def scheme(self) -> Scheme:
        return self.asked_scheme or scheme_of(self.month)

    @cached_property
    def decided(self) -> list[Decided]:
        return of_month(Asked(self.month, self.version, self.as_of), self.scheme)

    @cached_property
    def kinds(self) -> dict[UUID, str]:
        """Of the bureau's own departments."""
        own = Department.objects.filter(bureau__in=Bureau.objects.values("code"))
        return dict(own.values_list("id", "kind"))

    @cached_property
    def result(self) -> Result:
        grounds = [one.ground for one in self.decided]
        return rules.assess(self.scheme, self._stays({one.person for one in grounds}), grounds, self.kinds)

    def _stays(self, named: Iterable[UUID]) -> list[Stay]:
        """Of officers, and of whoever a ground names."""
        end = midnight(rules.after(self.month))
        held = Role.objects.filter(
            Q(ended_at=None) | Q(ended_at__gte=midnight(self.month)), role="officer", at__lt=end
        )
        people = {*held.values_list("person", flat=True), *named}
        posts = Post.objects.filter(
            Q(until=None) | Q(until__gt=self.month), since__lt=rules.after(self.month)
        ).order_by("since", "entry")
        found = [
            rules.stay_in(self.month, *row)
            for row in posts.values_list("person", "department", "rank", "since", "until")
            if row[0] in people and row[1] in self.kinds
        ]
        return [one for one in found if one.days]
