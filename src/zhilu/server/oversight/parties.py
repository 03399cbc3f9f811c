"""Who is in a matter, and who has decided in it before: neither decides about it (spec/answers.md §3), nor
does anybody whose right to do so one of them handed on.

In a matter is whoever is asked; was, or was an officer of its act or task, when it was raised; has explained;
or took himself out since. Whoever was only put in and taken out again by others after that is in nothing:
else an officer could name everybody who may decide about him.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from zhilu.encoding import as_uuid
from zhilu.errors import DataError
from zhilu.server.evidence.models import ActOfficer, ActRevision, Recording, Statement
from zhilu.server.organisation.services.rights import Rights, rights_of
from zhilu.server.oversight.models import (
    DueTask,
    DueTaskVersion,
    Explanation,
    Finding,
    FindingPerson,
    MatchCorrection,
)

MOVED = ("missing", "drill-over-task", "wrong-officer")
"""Rules of what somebody may bring about who enters a task late, or says what it belongs to."""


def asked(finding: Finding) -> list[str]:
    """Who is asked, and then who was before."""
    return list(dict.fromkeys([*finding.persons, *finding.asked]))


def of_finding(finding: Finding) -> set[str]:
    first = FindingPerson.objects.filter(finding=finding.id, entry__lte=finding.entry)
    said = Explanation.objects.filter(finding=finding.id).values_list("by", flat=True)
    others = {str(one) for rows in (first.values_list("person", flat=True), said) for one in rows}
    return {*finding.persons, *others, *_of_subject(finding.subject_kind, finding.subject, finding.entry)}


def of_explanation(row: Explanation, finding: Finding | None) -> set[str]:
    if finding:
        return {str(row.by), *of_finding(finding)}
    kind, subject = ("task", row.task) if row.task else ("act", row.act)
    return {str(row.by), *_of_subject(kind, str(subject), row.entry)}


def _of_subject(kind: str, subject: str, entry: int) -> set[str]:
    """As of an entry, and of now."""
    id_ = as_uuid(subject)
    if id_ is None:
        return set()
    if kind == "task":
        before = DueTaskVersion.objects.filter(task=id_, entry__lte=entry)
        return _named(DueTask.objects.filter(id=id_)) | _named(before)
    if kind == "act":
        filed = Statement.objects.filter(act=id_).values_list("filed_by", flat=True)
        now = ActOfficer.objects.filter(act=id_).values_list("officer", flat=True)
        return _ever_named(id_, entry) | set(filed) | set(map(str, now))
    if kind == "recording":
        whose = Recording.objects.filter(id=id_).values_list("officer", "assigned")
        return {str(one) for pair in whose for one in pair if one}
    return set()


def _ever_named(act: UUID, entry: int) -> set[str]:
    """By the versions up to this entry; of those after it who has entered one himself."""
    versions = ActRevision.objects.filter(act=act)
    wrote = versions.filter(entry__gt=entry).values_list("by", flat=True)
    return _named(versions.filter(entry__lte=entry)) | (_named(versions) & set(wrote))


def _named(rows: Iterable[object]) -> set[str]:
    said = rows.values_list("officers", flat=True)  # type: ignore[attr-defined]
    return {str(one) for officers in said for one in officers}


def movers(finding: Finding) -> set[str]:
    """Who entered a version of its task by a file after it was to begin; who said what it belongs to."""
    return movers_of([finding]).get(finding.id, set())


def movers_of(findings: Iterable[Finding]) -> dict[str, set[str]]:
    """By the finding's id, of those that have any; in three questions."""
    about = {one.id: id_ for one in findings if one.rule in MOVED and (id_ := as_uuid(one.subject))}
    ids = set(about.values())
    found: dict[UUID | None, set[str]] = defaultdict(set)
    for rows, name in late() if ids else ():
        for id_, by in rows.filter(**{f"{name}__in": ids}).values_list(name, "entered_by"):
            found[id_].add(by)
    said = corrected().filter(Q(task__in=ids) | Q(act__in=ids))
    for task, act, by in said.values_list("task", "act", "by") if ids else ():
        found[task].add(by)
        found[act].add(by)
    return {key: found[id_] for key, id_ in about.items() if id_ in found}


def late() -> tuple[tuple[QuerySet[Any], str], ...]:
    """Versions that a file entered after their task was to begin, and what names the task in them. Those too
    that were replaced: else somebody else's next version would make whoever entered one nobody again.
    """
    rows = (DueTask.objects.all(), "id"), (DueTaskVersion.objects.all(), "task")
    return tuple((some.filter(source="file", late=True), name) for some, name in rows)


def corrected() -> QuerySet[MatchCorrection]:
    """What somebody said belongs together, as far as it counts."""
    return MatchCorrection.objects.filter(ended=None)


class Decider:
    """Who is about to decide, in whose departments, with one of these roles. DataError where he may not:
    `answer-rank`, `answer-own` for whoever is in the matter, `answer-twice` for who decided in it before;
    what one of these handed on to him is no right of his here.
    """

    def __init__(self, actor: str, departments: Collection[UUID | None], *roles: str) -> None:
        self._person = as_uuid(actor) or UUID(int=0)
        self._departments = set(departments)
        self._roles = roles
        self._givers: set[UUID] = set()
        if not self._covers(rights_of(self._person)):
            raise DataError(
                "answer-rank", "Only somebody with another role over this department decides this."
            )

    def _covers(self, rights: Rights) -> bool:
        return all(rights.covers(one, *self._roles) for one in self._departments)

    def is_other(self, parties: Collection[object]) -> None:
        if not self._may_against(parties):
            raise DataError("answer-own", "Nobody decides about himself, or about what he explained.")

    def is_first(self, before: Collection[object]) -> None:
        if not self._may_against(before):
            raise DataError(
                "answer-twice",
                "Somebody else decides this: you have decided in this matter before, entered its task after "
                "it was to begin, or said what that belongs to.",
            )

    def _may_against(self, others: Collection[object]) -> bool:
        them = {person for one in others if (person := as_uuid(str(one)))}
        self._givers |= them
        return self._person not in them and self._covers(rights_of(self._person, without=self._givers))
