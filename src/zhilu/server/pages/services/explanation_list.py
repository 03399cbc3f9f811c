"""Lists of explanations and of findings that wait for somebody, and what is done with what was ticked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhilu.encoding import as_uuid
from zhilu.server.evidence.models import ActOfficer
from zhilu.server.ledger.clock import now
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.apply_answers import days_around
from zhilu.server.oversight.models import DueTaskOfficer, Explanation, Finding
from zhilu.server.oversight.services import answers
from zhilu.server.pages import words_answers
from zhilu.server.pages.services import batches, finding_list, findings, listing
from zhilu.server.pages.services.answer_forms import AcceptForm, ReasonForm
from zhilu.server.pages.services.findings import Wait
from zhilu.server.pages.services.listing import Action, Asker, Column, Listing, Rows
from zhilu.server.pages.templatetags.zhilu import beijing, said


@dataclass(frozen=True)
class Row:
    explanation: Explanation
    who: str
    department: str
    rule: str
    wait: Wait | None

    @property
    def subject(self) -> str:
        return "task" if self.explanation.task else "act" if self.explanation.act else ""


def visible(rights: Rights) -> Rows:
    return Explanation.objects.filter(Q(by=rights.person) | rights.within(*findings.DECIDE))


def to_accept(rights: Rights) -> Rows:
    """For the head of a unit: undecided, of findings that stand, and in advance."""
    standing = Finding.objects.filter(findings.standing()).values("id")
    rows = Explanation.objects.filter(rights.within("unit-head"), decision="", confirmation="")
    return rows.filter(Q(finding="") | Q(finding__in=standing)).exclude(concerns(rights.person))


def to_confirm(rights: Rights, days: Any = None) -> Rows:
    """For a supervisor: in advance, accepted, or not decided in time. `days`: the calendar, where known."""
    at = now()
    known = days_around(at) if days is None else days
    lapsed = Q(decision="", at__lt=rules.lapsed_before(at, "head", known))
    rows = Explanation.objects.filter(rights.within("supervisor"), finding="", confirmation="")
    rows = rows.filter(Q(decision=rules.ACCEPTED) | lapsed)
    return rows.exclude(concerns(rights.person)).exclude(decided_by=rights.person)


def concerns(person: UUID) -> Q:
    """His own, or of what he had a part in."""
    acts = ActOfficer.objects.filter(officer=person).values("act")
    tasks = DueTaskOfficer.objects.filter(officer=person).values("task")
    asked = Finding.objects.filter(findings.party(person)).values("id")
    mine = Q(by=person) | Q(finding__in=asked)
    return (
        mine
        | Q(finding="", act__isnull=False, act__in=acts)
        | Q(finding="", task__isnull=False, task__in=tasks)
    )


def rows(found: Sequence[Any], asker: Asker) -> list[Row]:
    people, at = asker.names(*(one.by for one in found)), now()
    ids = {one.finding for one in found if one.finding}
    rule = dict(Finding.objects.filter(id__in=ids).values_list("id", "rule")) if ids else {}
    days = findings.days_for(asker, at, *(one.at for one in found))
    return [
        Row(
            one,
            people.get(str(one.by), ""),
            asker.place(one.department),
            rule.get(one.finding, ""),
            wait_of(one, days),
        )
        for one in found
    ]


def wait_of(row: Explanation, days: Any) -> Wait | None:
    if not row.decision and not row.confirmation:
        return Wait("head", rules.deadline(row.at, "head", days))
    if row.decision == rules.ACCEPTED and not row.confirmation and not row.finding:
        return Wait("confirm", rules.deadline(row.decided_at or row.at, "supervisor", days))
    return None


def _at(row: Row) -> str:
    url = reverse("explanation", args=[row.explanation.id])
    return format_html('<a href="{}">{}</a>', url, beijing(row.explanation.at))


def _about(row: Row) -> str:
    return said(row.rule, "rule") if row.rule else said(row.subject, "finding-subject")


def _about_link(row: Row) -> str:
    one = row.explanation
    if row.rule:
        return format_html('<a href="{}">{}</a>', reverse("finding", args=[one.finding]), _about(row))
    url = findings.subject_url(row.subject, str(one.task or one.act))
    words = _("in advance: %(subject)s") % {"subject": _about(row)}
    return format_html('<a href="{}">{}</a>', url, words) if url else words


def _decision(row: Row) -> str:
    said_ = [one for one in (row.explanation.decision, row.explanation.confirmation) if one]
    return " · ".join(said(one, "explanation-answer") for one in said_)


def _waits(row: Row) -> str:
    return row.wait.told() if row.wait else ""


COLUMNS = (
    Column("at", gettext_lazy("Filed at"), lambda row: row.explanation.at, _at, css="z-slack"),
    Column("who", gettext_lazy("Who explains"), lambda row: row.who),
    Column("about", gettext_lazy("About"), _about, _about_link),
    Column("kind", gettext_lazy("What was so"), lambda row: said(row.explanation.kind, "explanation-kind")),
    Column("reason", gettext_lazy("Reason"), lambda row: said(row.explanation.reason, "explanation-reason")),
    Column("text", gettext_lazy("In words"), lambda row: row.explanation.text, css="z-break z-sentence"),
    Column("files", gettext_lazy("Files"), lambda row: len(row.explanation.attachments), css="z-num"),
    Column("department", gettext_lazy("Department"), lambda row: row.department),
    Column("decision", gettext_lazy("What is decided"), _decision),
    Column("waits", gettext_lazy("Waits for"), _waits, css="z-sentence"),
    Column(
        "entry", gettext_lazy("Entry"), lambda row: row.explanation.entry, usual=False, css="z-num z-mono"
    ),
)
FILTERS = (
    listing.choice("kind", gettext_lazy("What was so"), words_answers.KINDS, main=True),
    listing.choice("reason", gettext_lazy("Reason"), words_answers.REASONS, main=True),
    listing.department(gettext_lazy("Department")),
    listing.officer(gettext_lazy("Officer"), "by"),
    listing.since("first", gettext_lazy("Filed from"), "at", main=True),
    listing.until("last", gettext_lazy("Filed to"), "at", main=True),
)
EXPLANATIONS = Listing(
    code="explanations",
    title=gettext_lazy("Explanations"),
    is_own_only=True,
    base=lambda asker: visible(asker.rights),
    rows=rows,
    columns=COLUMNS,
    filters=FILTERS,
    empty=gettext_lazy("Nobody has explained anything. A finding is explained on its page."),
    none_fits=gettext_lazy("No explanation fits these filters."),
    order="at",
    about=lambda model: model.act or model.task,
)


def _for_me(asker: Asker) -> Rows:
    days = findings.days_for(asker, now())
    accept, confirm = to_accept(asker.rights), to_confirm(asker.rights, days)
    return Explanation.objects.filter(Q(id__in=accept.values("id")) | Q(id__in=confirm.values("id")))


def _is(role: str) -> Callable[[Rights], bool]:
    return lambda rights: role in rights.roles


TO_DECIDE = Listing(
    code="work-explanations",
    title=gettext_lazy("Explanations to decide"),
    is_own_only=True,
    base=_for_me,
    rows=rows,
    columns=COLUMNS,
    filters=FILTERS,
    empty=gettext_lazy("Nothing waits: every explanation of your departments is decided."),
    none_fits=gettext_lazy("No explanation fits these filters."),
    order="at",
    about=lambda model: model.act or model.task,
    actions=(
        Action("accept", gettext_lazy("Accept these"), AcceptForm, _is("unit-head")),
        Action("confirm", gettext_lazy("Confirm these"), AcceptForm, _is("supervisor")),
    ),
    ticket=lambda row: str(row.explanation.id),
)


def _to_conclude(asker: Asker) -> Rows:
    at = now()
    return findings.concludable(asker.rights, at, findings.days_for(asker, at))


TO_CONCLUDE = Listing(
    code="work-findings",
    title=gettext_lazy("Findings to conclude"),
    is_own_only=True,
    base=_to_conclude,
    rows=findings.rows,
    columns=finding_list.COLUMNS,
    filters=tuple(
        one for one in finding_list.FILTERS if one.code not in ("waiting", "conclusion", "mine", "state")
    ),
    empty=gettext_lazy("Nothing waits: what was found is concluded, or others have time left."),
    none_fits=gettext_lazy("No finding fits these filters."),
    order="found_at",
    about=lambda model: as_uuid(model.subject),
    actions=(
        Action("excuse", gettext_lazy("Excuse these: the explanation stands"), ReasonForm),
        Action("no-fault", gettext_lazy("Conclude these as no fault"), ReasonForm),
    ),
    ticket=lambda row: row.finding.id,
)


def doing(shape: Listing, action: str, said_: dict[str, Any], rights: Rights) -> Callable[[str], None]:
    """What is to be done with each ticket. What he may not see is not there; the rules say the rest."""
    me, text = rights.person, said_["text"]

    def explanation(ticket: str) -> UUID:
        found = as_uuid(ticket)
        if found is None or not visible(rights).filter(id=found).exists():
            raise batches.gone()
        return found

    def finding(ticket: str) -> str:
        found = findings.visible(rights).filter(id=ticket[:64].replace("\0", "")).first()
        if found is None:
            raise batches.gone()
        return str(found.id)

    if action == "accept":
        return lambda ticket: answers.decide(me, explanation(ticket), rules.ACCEPTED, text)
    if action == "confirm":
        return lambda ticket: answers.confirm(me, explanation(ticket), rules.CONFIRMED, text)
    if action == "excuse":
        return lambda ticket: answers.conclude(
            me, finding(ticket), rules.EXCUSED, text, rules.APPROVED_REASON
        )
    return lambda ticket: answers.conclude(me, finding(ticket), rules.NO_FAULT, text)


def told(shape: Listing, tickets: list[str], asker: Asker) -> dict[str, str]:
    """ticket → how a report names it."""
    if shape is TO_CONCLUDE:
        known = findings.visible(asker.rights).filter(id__in=[one[:64].replace("\0", "") for one in tickets])
        return {one.finding.id: _of_finding(one) for one in findings.rows(list(known), asker)}
    ids = {ticket: found for ticket in tickets if (found := as_uuid(ticket))}
    seen = rows(list(visible(asker.rights).filter(id__in=ids.values())), asker)
    names = {one.explanation.id: f"{one.who} · {_about(one)}" for one in seen}
    return {ticket: names.get(found, ticket) for ticket, found in ids.items()}


def _of_finding(row: findings.Row) -> str:
    words = [row.finding.day.isoformat(), said(row.finding.rule, "rule"), *row.persons]
    return " · ".join(filter(None, words))
