"""Due tasks as lists and pages show them: who sees which, their match, what corrects it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhilu.encoding import as_uuid
from zhilu.errors import DataError
from zhilu.server.evidence.models import Act, ActOfficer
from zhilu.server.evidence.rules_links import number_of
from zhilu.server.federation.services import ledgers
from zhilu.server.organisation.models import Department
from zhilu.server.organisation.services.rights import READS_TEXT, Rights
from zhilu.server.oversight import rules_tasks
from zhilu.server.oversight.models import DueTask, DueTaskOfficer, DueTaskVersion, Match, MatchCorrection
from zhilu.server.oversight.services.judging import OVER, SHOWN
from zhilu.server.pages.services import acts, keyset, listing
from zhilu.server.pages.services.catalogue_options import classes, procedures
from zhilu.server.pages.services.listing import Asker, Column, Filter, Listing, Options, Rows
from zhilu.server.pages.templatetags.zhilu import beijing, said

STATES = ("recorded", "undescribed", "missing", "drill", "excused", "pending", "not-due", "unmatched")
NEAR = timedelta(days=7)
MOST_NEAR = 50


def visible(rights: Rights) -> QuerySet[DueTask]:
    """An officer's own, and what lies in the scope of who reads the text of others."""
    own = Q(id__in=DueTaskOfficer.objects.filter(officer=rights.person).values("task"))
    changed = Case(When(late_at__isnull=False, then=True), default=False)
    return DueTask.objects.annotate(is_changed=changed).filter(
        (own if "officer" in rights.roles else Q(pk__in=[])) | rights.within(*READS_TEXT)
    )


def found(task: UUID, rights: Rights) -> DueTask | None:
    """For its page."""
    name = Department.objects.filter(id=OuterRef("department")).values("name")[:1]
    return visible(rights).annotate(department_name=Subquery(name)).filter(id=task).first()


@dataclass(frozen=True)
class Row:
    """`state`: of its match, or `unmatched`."""

    task: DueTask
    procedure: str
    officers: list[str]
    department: str
    state: str
    act: UUID | None


def rows(tasks: Sequence[DueTask], asker: Asker) -> list[Row]:
    found = Match.objects.filter(bureau=ledgers.own(), task__in=[one.id for one in tasks])
    matches = {one.task: one for one in found}
    asker.names(*(UUID(one) for task in tasks for one in task.officers))  # of all of them at once
    return [_row(one, matches.get(one.id), asker.place(one.department), asker) for one in tasks]


def _row(task: DueTask, match: Match | None, place: str, asker: Asker) -> Row:
    named = asker.names(*map(UUID, task.officers))
    titles = dict(procedures(asker))
    return Row(
        task,
        titles.get(task.procedure, task.procedure),
        [named.get(one, one[:8]) for one in task.officers],
        place,
        match.state if match else "unmatched",
        match.act if match else None,
    )


def _planned(row: Row) -> str:
    url = reverse("due-task", args=[row.task.id])
    return format_html('<a href="{}">{}</a>', url, beijing(row.task.since))


def _state(row: Row) -> str:
    if row.task.withdrawn:
        return _("withdrawn")
    return said(row.state, "due-state")


def _badge(row: Row) -> str:
    tone = "withdrawn" if row.task.withdrawn else row.state
    return format_html('<span class="z-badge z-due-{}">{}</span>', tone, _state(row))


def _of_officer(query: Rows, officer: UUID, asker: Asker) -> Rows:
    return query.filter(id__in=DueTaskOfficer.objects.filter(officer=officer).values("task"))


def _of_state(query: Rows, state: str, asker: Asker) -> Rows:
    if state == "withdrawn":
        return query.filter(withdrawn=True)
    mine = Match.objects.filter(bureau=ledgers.own())
    if state == "unmatched":
        return query.filter(~Exists(mine.filter(task=OuterRef("id"))), withdrawn=False)
    return query.filter(_matched(mine.filter(state=state)), withdrawn=False)


def _of_class(query: Rows, code: str, asker: Asker) -> Rows:
    return query.filter(_matched(Match.objects.filter(bureau=ledgers.own(), class_code=code)))


def _matched(matches: QuerySet[Match]) -> Q:
    """Tasks with one of these."""
    return keyset.among(matches.values("task"), Exists(matches.filter(task=OuterRef("id"))))


def _counted(query: Rows, number: str, asker: Asker) -> Rows:
    """The tasks that are in a number of the statistics."""
    states = SHOWN if number == "due_recorded" else OVER
    counted = Match.objects.filter(bureau=ledgers.own(), due=True, state__in=states)
    return query.filter(_matched(counted), asker.rights.within(*READS_TEXT), withdrawn=False)


def _states(asker: Asker) -> Options:
    return [*((one, said(one, "due-state")) for one in STATES), ("withdrawn", _("withdrawn"))]


def _number(query: Rows, asked: str, asker: Asker) -> Rows:
    """A whole number of the task, its taxpayer or its document, or the name of the taxpayer."""
    found = Q(name=asked)
    for field, kind in (("taxpayer", "taxpayer"), ("document", "document")):
        try:
            found |= Q(**{field: number_of(kind, asked)})
        except DataError:
            continue
    try:
        found |= Q(id=rules_tasks.task_id(rules_tasks.number_of(asked)))
    except DataError:
        pass
    return query.filter(found)


TASKS = Listing(
    "due-tasks",
    gettext_lazy("Due tasks"),
    lambda asker: visible(asker.rights),
    rows,
    (
        Column("since", gettext_lazy("Planned from"), lambda row: row.task.since, _planned, css="z-when"),
        Column("until", gettext_lazy("Planned to"), lambda row: row.task.until, usual=False, css="z-when"),
        Column("number", gettext_lazy("Task number"), lambda row: row.task.number, css="z-mono z-when"),
        Column("procedure", gettext_lazy("Procedure"), lambda row: row.procedure),
        Column("name", gettext_lazy("Taxpayer"), lambda row: row.task.name or row.task.taxpayer),
        Column(
            "taxpayer",
            gettext_lazy("Taxpayer's number"),
            lambda row: row.task.taxpayer,
            usual=False,
            css="z-mono",
        ),
        Column("document", gettext_lazy("Document number"), lambda row: row.task.document, usual=False),
        Column("officers", gettext_lazy("Officers"), lambda row: _(", ").join(row.officers), css="z-names"),
        Column("department", gettext_lazy("Department"), lambda row: row.department),
        Column("place", gettext_lazy("Place of the visit"), lambda row: row.task.place, usual=False),
        Column("state", gettext_lazy("What was recorded"), _state, _badge),
        Column(
            "changed",
            gettext_lazy("Entered or changed after it was to begin"),
            lambda row: row.task.is_changed,
            usual=False,
        ),
        Column("version", gettext_lazy("Version"), lambda row: row.task.version, usual=False, css="z-num"),
    ),
    (
        Filter("words", gettext_lazy("Number or name"), _number, kind="text", main=True),
        listing.officer(gettext_lazy("Officer"), _of_officer),
        listing.department(gettext_lazy("Department")),
        listing.since("first", gettext_lazy("Planned on or after"), "since", main=True),
        listing.until("last", gettext_lazy("Planned on or before"), "since", main=True),
        Filter(
            "state",
            gettext_lazy("What was recorded"),
            _of_state,
            listing.one_of(*STATES, "withdrawn"),
            options=_states,
            main=True,
        ),
        listing.yes_no("changed", gettext_lazy("Entered or changed after it was to begin"), "is_changed"),
        listing.same("procedure", gettext_lazy("Procedure"), "procedure", procedures),
        Filter("class", gettext_lazy("Class"), _of_class, options=classes),
        Filter(
            "counts",
            gettext_lazy("Counted as"),
            _counted,
            listing.one_of("due", "due_recorded"),
            options=lambda asker: [(one, said(one, "number")) for one in ("due", "due_recorded")],
            others=True,
        ),
    ),
    gettext_lazy("No due task has been entered yet. A supervisor imports them, or the tax administration "
                 "system sends them."),
    gettext_lazy("No due task fits these filters. A number has to be whole."),
    order="since",
    is_own_only=True,
)  # fmt: skip


@dataclass(frozen=True)
class There:
    """An act as the page names it."""

    act: Act
    procedure: str
    url: str


class Page:
    """One task as its page shows it. `is_choosing`: with the acts among which a person may choose, in place
    of those that the match names.
    """

    def __init__(self, task: DueTask, asker: Asker, is_choosing: bool = False) -> None:
        self.task, self._asker = task, asker
        self.match = Match.objects.filter(bureau=ledgers.own(), task=task.id).first()
        versions = DueTaskVersion.objects.filter(task=task.id).order_by("-version")
        self.versions: list[Any] = [task, *versions]
        self.corrections = list(MatchCorrection.objects.filter(task=task.id).order_by("-id"))
        why: dict[str, Any] = self.match.told if self.match else {}
        self.spoke, self.against = why.get("spoke", []), why.get("against", "")
        self.act = self.match.act if self.match else None
        self.second = as_uuid(why.get("second") or "")
        self.further = [one for one in map(as_uuid, why.get("further", [])) if one]
        found = self._near() if is_choosing else self._named()
        titles = dict(procedures(asker))
        self.acts = {
            one.id: There(one, titles.get(one.procedure, one.procedure), asker.url("act", one.id))
            for one in found
        }
        """In their order, those that this person sees."""
        people = {UUID(one) for version in self.versions for one in version.officers}
        people |= {one for row in [*self.corrections, *self.versions] if (one := as_uuid(_by(row)))}
        self._names = asker.names(*people)

    def row(self) -> Row:
        return _row(self.task, self.match, getattr(self.task, "department_name", "") or "", self._asker)

    def names(self, version: Any) -> list[str]:
        return [self._names.get(one, one[:8]) for one in version.officers]

    def who(self, row: Any) -> str:
        return self._names.get(_by(row), "") or _("the tax administration system")

    @property
    def live(self) -> MatchCorrection | None:
        return next((one for one in self.corrections if one.ended is None), None)

    def may_correct(self) -> bool:
        """As the ledger's rule: within his scope, and nowhere his own."""
        mine = self._asker.rights
        is_own = any(str(mine.person) in one.officers for one in self.versions)
        return not is_own and mine.covers(self.task.department, "supervisor")

    def may_explain(self) -> bool:
        """One of its officers, in advance."""
        mine = self._asker.rights
        return "officer" in mine.roles and str(mine.person) in self.task.officers

    def _named(self) -> QuerySet[Act]:
        ids = {self.act, self.second, *self.further, *(one.act for one in self.corrections)}
        return acts.visible(self._asker.rights).filter(id__in=[one for one in ids if one])

    def _near(self) -> QuerySet[Act]:
        """Acts of its officers about that time, from which a person may choose."""
        theirs = ActOfficer.objects.filter(officer__in=self.task.officers).values("act")
        found = acts.visible(self._asker.rights).filter(
            id__in=theirs, opened_at__gte=self.task.since - NEAR, opened_at__lt=self.task.until + NEAR
        )
        return found.order_by("opened_at", "id")[:MOST_NEAR]


def _by(row: Any) -> str:
    return str(row.by if isinstance(row, MatchCorrection) else row.entered_by)
