"""Who is ready for the rollout: trained officers, issued recorders, stations, what is demanded; and what is
lacking. Of each bureau that is here, and of the departments of one of them, each with those below it.

It names nobody. As of the end of the day that is asked.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.catalogue.models import Rollout
from zhilu.server.catalogue.services import rollouts
from zhilu.server.equipment.models import Issue, Recorder, Station
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import midnight
from zhilu.server.organisation import rules as organisation
from zhilu.server.organisation.models import Department, Post, Role
from zhilu.server.pages.services.rights import may
from zhilu.server.training.services.gate import fitness

STAGES = ("none", "pilot", "all")


@dataclass(frozen=True)
class Reach:
    """The stations of a bureau: they belong to no department."""

    stations: int
    bays: int
    bound: int


@dataclass(frozen=True)
class Ready:
    """A bureau, or a department with those below it. `lacks`: what is missing in words, and where that is
    mended, "" where this person may not. `reach`: of a bureau only. `stage`: of a bureau, one of STAGES;
    `bare`: in how many of the departments of a pilot nothing is demanded.
    """

    bureau: str
    department: UUID | None
    name: str
    depth: int
    line: Rollout | None
    is_inherited: bool
    officers: int
    trained: int
    issued: int
    reach: Reach | None = None
    stage: str = ""
    bare: int = 0
    lacks: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_ready(self) -> bool:
        return self.line is not None and not self.lacks

    @property
    def is_without(self) -> bool:
        """An office in which no officer works: nothing is lacking there."""
        return self.department is not None and not self.officers and not self.lacks


def plan_of(on: date) -> rollouts.Plan:
    """Inside a ledger: the plan, each department with `issued`, how many recorders were out at the end of the
    day; in two questions.
    """
    end = midnight(on + timedelta(days=1))
    out = Issue.objects.filter(
        Q(returned_at=None) | Q(returned_at__gte=end), department=OuterRef("id"), at__lt=end
    )
    issued = Subquery(out.order_by().values("department").annotate(n=Count("id")).values("n"))
    rows = Department.objects.annotate(issued=Coalesce(issued, 0)).order_by("order", "name")
    return rollouts.Plan(on, list(Rollout.objects.order_by("since", "id")), list(rows))


def of_bureau(bureau: str, name: str, plan: rollouts.Plan, roles: Collection[str]) -> list[Ready]:
    """Inside its ledger: the bureau first, then its departments as the tree has them."""
    places = plan.everywhere(bureau)
    issued = {one.id: one.issued for one in plan.departments if one.bureau == bureau}  # type: ignore[attr-defined]
    parents = {one.id: one.parent for one in plan.departments if one.bureau == bureau}
    posts = _officers(parents, plan.on)
    fit = {one for one, told in fitness(list(posts), plan.on).items() if told.is_fit}
    reach = _reach()
    demanded = [one.line is not None for one in places if one.department]
    stage = "all" if places[0].line or (demanded and all(demanded)) else "pilot" if any(demanded) else "none"
    found = []
    for place in places:
        at = place.department.id if place.department else None
        here = set(parents) if at is None else organisation.below([at], parents)
        mine = {person for person, department in posts.items() if department in here}
        one = Ready(
            bureau,
            at,
            place.department.name if place.department else name,
            place.depth,
            place.line,
            place.is_inherited,
            len(mine),
            len(mine & fit),
            sum(issued[department] for department in here),
            reach if at is None else None,
            stage if at is None else "",
            demanded.count(False) if at is None and stage == "pilot" else 0,
        )
        found.append(_with_lacks(one, bureau == ledgers.own(), frozenset(roles)))
    return found


def _officers(parents: Collection[UUID], on: date) -> dict[UUID, UUID]:
    """Officer → the department where he works on that day."""
    held = Post.objects.filter(Q(until=None) | Q(until__gt=on), since__lte=on, department__in=parents)
    officers = Role.objects.filter(role="officer", ended_at=None).values("person")
    rows = held.filter(person__in=officers).order_by("since", "entry")
    return dict(rows.values_list("person", "department"))


def _reach() -> Reach:
    own = Recorder.objects.filter(station=OuterRef("kid")).order_by().values("station")
    bound = Coalesce(Subquery(own.annotate(n=Count("kid")).values("n")), 0)
    rows = list(Station.objects.annotate(bound=bound).values_list("bays", "bound"))
    return Reach(len(rows), sum(bays for bays, _bound in rows), sum(bound for _bays, bound in rows))


def _with_lacks(one: Ready, is_own: bool, roles: frozenset[str]) -> Ready:
    def to(name: str, what: str, asked: str = "") -> str:
        return reverse(name) + asked if is_own and may(roles, what) else ""

    place = f"department={one.department}" if one.department else ""
    lacks = one.lacks
    if one.line is None and one.stage != "pilot":
        lacks.append((_("nothing is demanded yet"), to("rollout-new", "catalogue-write")))
    if one.bare:
        words = _("departments in which nothing is demanded: %(n)s")
        lacks.append((words % {"n": one.bare}, to("rollout-new", "catalogue-write")))
    if not one.officers and one.department is None:
        lacks.append((_("no officer works there"), to("grants", "grants")))
    if one.trained < one.officers:
        words = _("officers not trained: %(n)s") % {"n": one.officers - one.trained}
        lacks.append((words, to("training", "training", f"?state=unfit&{place}".rstrip("&"))))
    if one.issued < one.officers:
        words = _("recorders too few: %(n)s") % {"n": one.officers - one.issued}
        lacks.append((words, to("recorders", "recorders", f"?{place}".rstrip("?"))))
    if one.reach is not None and not one.reach.stations:
        lacks.append((_("no station"), to("stations", "equipment")))
    elif one.reach is not None and one.reach.bound < one.issued:
        words = _("recorders without a bay: %(n)s") % {"n": one.issued - one.reach.bound}
        lacks.append((words, to("recorders", "recorders")))
    return one
