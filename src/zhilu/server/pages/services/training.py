"""Who is fit to carry a recorder, whose training ends soon, what somebody was given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from zhilu.server.evidence.models import Recording
from zhilu.server.organisation import rules as organisation
from zhilu.server.organisation.models import Bureau, Department, Person, Post
from zhilu.server.organisation.services.people import names, officers, paths
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages.services.organisation import own_places
from zhilu.server.pages.templatetags.zhilu import beijing
from zhilu.server.training.models import Course, Result
from zhilu.server.training.services.gate import Fitness, fitness

READERS = ("trainer", "unit-head", "equipment-keeper")
SOON = timedelta(days=30)
FIT, ENDING, UNFIT = "fit", "ending", "unfit"
STATES = (UNFIT, ENDING, FIT)
FEW_DRILLS = 50


@dataclass(frozen=True)
class Row:
    """One officer of the list."""

    person: Person
    department: UUID | None
    path: str
    fitness: Fitness
    state: str


def rows(rights: Rights, today: date, department: UUID | None = None) -> list[Row]:
    """The officers in the reader's scope, in one department and those below it where one is given."""
    places = paths()
    found = seen_officers(rights, department)
    told = fitness([person.id for person, _at in found], today)
    return [
        Row(person, at, places.get(at, "") if at else "", told[person.id], _state(told[person.id], today))
        for person, at in found
    ]


def seen_officers(rights: Rights, department: UUID | None) -> list[tuple[Person, UUID | None]]:
    scope = rights.scope_of(*READERS)
    within = None if department is None else organisation.below([department], _parents())
    posts = _posts()
    found = [(person, *posts.get(person.id, (None, True))) for person in officers()]
    return [
        (person, at)
        for person, at, is_own in found
        if (is_own if scope is None else at in scope) and (within is None or at in within)
    ]


def _posts() -> dict[UUID, tuple[UUID | None, bool]]:
    """Person → department, and whether that is one of the founded bureau."""
    own = Department.objects.filter(id=OuterRef("department"), bureau__in=Bureau.objects.values("code"))
    rows = Post.objects.filter(until=None).annotate(is_own=Exists(own))
    return {person: (at, is_own) for person, at, is_own in rows.values_list("person", "department", "is_own")}


def _parents() -> dict[UUID, UUID | None]:
    return dict(Department.objects.values_list("id", "parent"))


def sees_person(rights: Rights, person: UUID) -> bool:
    """Himself, or somebody whose post lies in the reader's scope."""
    if rights.person == person:
        return True
    post = Post.objects.filter(person=person, until=None).first()
    return rights.covers(post.department if post else None, *READERS)


def departments(rights: Rights) -> list[tuple[UUID, str]]:
    """To choose from."""
    scope = rights.scope_of(*READERS)
    return [(one, path) for one, path in own_places().items() if scope is None or one in scope]


def _state(one: Fitness, today: date) -> str:
    if one.until is None:
        return UNFIT
    return ENDING if one.until <= today + SOON else FIT


@dataclass(frozen=True)
class Given:
    """A result as a person's page shows it."""

    result: Result
    course: str
    kind: str
    by: str
    drill: str
    counts: bool

    @property
    def last_day(self) -> date:
        return self.result.until - timedelta(days=1)


def given(person: UUID, today: date) -> list[Given]:
    """Newest first, those that were withdrawn too."""
    found = list(Result.objects.filter(person=person).order_by("-held_on", "-entry")[:200])
    courses = Course.objects.in_bulk({one.course for one in found})
    told = names({one.by for one in found})
    drills = {
        one.id: beijing(one.opened_at)
        for one in Recording.objects.filter(id__in=[one.recording for one in found if one.recording])
    }
    return [
        Given(
            one,
            courses[one.course].name,
            courses[one.course].kind,
            told.get(one.by) or _("a command on the server"),
            drills.get(one.recording, "") if one.recording else "",
            one.passed and one.withdrawn_at is None and one.held_on <= today < one.until,
        )
        for one in found
    ]


def drills() -> list[tuple[str, str]]:
    """Stored recordings of drills, the newest, to choose from: id and what it is known by."""
    found = list(Recording.objects.filter(drill=True).order_by("-opened_at", "-id")[:FEW_DRILLS])
    told = names({one.officer for one in found})
    return [
        (str(one.id), f"{beijing(one.opened_at)} {told.get(str(one.officer), '')}".strip()) for one in found
    ]


def counts(found: Iterable[Row]) -> dict[str, int]:
    states = [row.state for row in found]
    return {state: states.count(state) for state in STATES}
