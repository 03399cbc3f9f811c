"""Who was issued a recorder, and whether that still fits: whom it is assigned to, where the holder works,
whether the holder has a key for the dock.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from zhilu.server.equipment.models import Assignment, DockCredential, Issue, Recorder
from zhilu.server.ledger.clock import today
from zhilu.server.organisation import rules as organisation
from zhilu.server.organisation.models import Department, Person, Post


@dataclass(frozen=True)
class Holding:
    """`assigned`: whom it is assigned to, where that is neither the holder nor a deputy. `moved`: the holder
    works no more where it was issued to; `works_in` is empty for who works nowhere.
    """

    kid: str
    serial: str
    holder: str
    assigned: str
    issued_to: str
    moved: bool
    works_in: str
    has_key: bool

    @property
    def brief(self) -> list[str]:
        """What does not fit any more, in a few words each."""
        found = [_("assigned to %(name)s") % {"name": self.assigned}] if self.assigned else []
        if self.moved:
            found.append(_("now in %(place)s") % {"place": self.works_in} if self.works_in else _("no post"))
        return found

    @property
    def warnings(self) -> list[str]:
        told = {
            "holder": self.holder,
            "assigned": self.assigned,
            "then": self.issued_to,
            "now": self.works_in,
        }
        found = []
        if self.assigned:
            says = _(
                "It is issued to %(holder)s and assigned to %(assigned)s, whose security key alone opens the "
                "handover at the dock. Assign it to the holder, or record its return."
            )
            found.append(says % told)
        if self.moved and self.works_in:
            says = _(
                "It was issued to %(holder)s in %(then)s, who works in %(now)s now. Record its return, and "
                "issue it anew where it is needed."
            )
            found.append(says % told)
        elif self.moved:
            says = _("It was issued to %(holder)s in %(then)s, who has no post any more. Record its return.")
            found.append(says % told)
        if not self.has_key:
            says = _(
                "%(holder)s has no security key for the dock yet: until the system administrator has "
                "registered one, the recorder cannot be assigned to this officer."
            )
            found.append(says % told)
        return found


def warnings(kid: str) -> list[str]:
    """About the one who has this recorder now."""
    return [text for one in holdings(Q(recorder=kid)) for text in one.warnings]


def holdings(which: Q) -> list[Holding]:
    """Of the open issues to a person, in two queries."""
    rows = list(_open(which))
    parents = dict(Department.objects.values_list("id", "parent")) if rows else {}
    return [_holding(row, parents) for row in rows]


def _open(which: Q) -> QuerySet[Issue]:
    person = OuterRef("person")
    newest = Assignment.objects.filter(recorder=OuterRef("recorder")).order_by("-id")
    works = Post.objects.filter(Q(until=None) | Q(until__gt=today()), person=person, since__lte=today())
    place = Department.objects.values("name")
    name = Person.objects.values("name")
    rows = Issue.objects.filter(which, returned_at=None, person__isnull=False).order_by("at", "id")
    return rows.annotate(
        serial=Subquery(Recorder.objects.filter(kid=OuterRef("recorder")).values("serial")[:1]),
        holder_name=Subquery(name.filter(id=person)[:1]),
        issued_to=Subquery(place.filter(id=OuterRef("department"))[:1]),
        works_at=Subquery(works.values("department")[:1]),
        works_in=Subquery(place.filter(id=OuterRef("works_at"))[:1]),
        assigned=Subquery(newest.values("officer")[:1]),
        assigned_name=Subquery(name.filter(id=OuterRef("assigned"))[:1]),
        is_deputy=Subquery(newest.values("deputy")[:1]),
        has_key=Exists(DockCredential.objects.filter(person=person)),
    )


def _holding(row: Issue, parents: dict[UUID, UUID | None]) -> Holding:
    said = vars(row)  # with what the query added
    assigned = said["assigned"]
    is_other = assigned is not None and assigned != row.person and not said["is_deputy"]
    return Holding(
        kid=row.recorder,
        serial=said["serial"],
        holder=said["holder_name"] or "—",
        assigned=(said["assigned_name"] or "—") if is_other else "",
        issued_to=said["issued_to"],
        moved=said["works_at"] not in organisation.below([row.department], parents),
        works_in=said["works_in"] or "",
        has_key=said["has_key"],
    )
