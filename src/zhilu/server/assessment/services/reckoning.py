"""The points of a month, counted from the tables of the ledger at hand: for a preview, for what is published,
and by the ledger itself when it is (apply.py). No clock, no setting: the same entries give the same points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from zhilu.server.assessment import rules
from zhilu.server.assessment import scheme as schemes
from zhilu.server.assessment.models import Publication, SchemeSet
from zhilu.server.assessment.rules import Result, Stay
from zhilu.server.assessment.scheme import Scheme
from zhilu.server.assessment.services.grounds import Asked, Decided, first_published, of_month
from zhilu.server.ledger.clock import midnight
from zhilu.server.organisation.models import Bureau, Department, Post, Role
from zhilu.server.oversight.findings.every import RULES
from zhilu.server.oversight.findings.rule import REFER

SCORED = frozenset(one.code for one in RULES) - {one.code for one in RULES if one.severity == REFER}
"""Rules that may have a price."""


def read(row: SchemeSet) -> Scheme:
    return schemes.read(row.version, row.since, row.said)


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
    """Of one month as of a time. `version`: the one that would be published, or is. What somebody has read
    already may be given: another scheme, kinds of the own departments, when months were first published.
    """

    month: date
    version: int
    as_of: datetime
    other_scheme: Scheme | None = None
    known_kinds: Mapping[UUID, str] | None = None
    known_published: Mapping[date, datetime] | None = None

    @cached_property
    def scheme(self) -> Scheme:
        return self.other_scheme or scheme_of(self.month)

    @cached_property
    def published(self) -> Mapping[date, datetime]:
        return (
            first_published(self.month, self.version)
            if self.known_published is None
            else self.known_published
        )

    @cached_property
    def decided(self) -> list[Decided]:
        return of_month(Asked(self.month, self.as_of, self.published), self.scheme)

    @cached_property
    def kinds(self) -> Mapping[UUID, str]:
        """Of the bureau's own departments."""
        if self.known_kinds is not None:
            return self.known_kinds
        own = Department.objects.filter(bureau__in=Bureau.objects.values("code"))
        return dict(own.values_list("id", "kind"))

    @cached_property
    def result(self) -> Result:
        grounds = [one.ground for one in self.decided]
        named = {one.person for one in grounds}
        stays = [one for is_officer, one in self.stays if is_officer or one.person in named]
        return rules.assess(self.scheme, stays, grounds, self.kinds)

    @cached_property
    def stays(self) -> list[tuple[bool, Stay]]:
        """Of everybody, and whether he was an officer in the month."""
        end = midnight(rules.after(self.month))
        held = Role.objects.filter(
            Q(ended_at=None) | Q(ended_at__gte=midnight(self.month)),
            person=OuterRef("person"),
            role="officer",
            at__lt=end,
        )
        posts = Post.objects.filter(
            Q(until=None) | Q(until__gt=self.month), since__lt=rules.after(self.month)
        ).annotate(is_officer=Exists(held))
        named = posts.order_by("since", "entry").values_list(
            "is_officer", "person", "department", "rank", "since", "until"
        )
        found = [
            (is_officer, rules.stay_in(self.month, person, department, rank, since, until))
            for is_officer, person, department, rank, since, until in named
            if department in self.kinds
        ]
        return [(is_officer, one) for is_officer, one in found if one.days]

    def department_of(self, person: UUID) -> UUID | None:
        """The last one in which the person was this month."""
        return next((one.department for _is, one in reversed(self.stays) if one.person == person), None)
