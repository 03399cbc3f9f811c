"""How far recordings and acts have come, as columns that lists filter by: counted anew from the rows beside
them, for every `apply` that changes one of those, and for many of them together (ledger/waiting.py).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast

from zhilu.encoding import as_uuid
from zhilu.server.catalogue.models import Procedure
from zhilu.server.evidence.models import (
    Act,
    ActLink,
    ActOfficer,
    ActRevision,
    ActSpan,
    Confirmation,
    Recording,
    Statement,
)
from zhilu.server.ledger import waiting

DESK = ("acts", "aside", "assigned")
STANDING = ("version", "present", "confirmed", "linked_taxpayer", "linked_document", "linked_case")


def class_of(catalogue: int, procedure: str) -> tuple[str, str]:
    """Class and tier of an act, as the catalogue that it names has them when it is entered."""

    def find() -> tuple[str, str]:
        listed = Procedure.objects.filter(version=catalogue, code=procedure)
        return listed.values_list("class_code", "tier").first() or ("", "")

    return waiting.remembered(Procedure, (catalogue, procedure), find)


def of_act(act: UUID | str) -> None:
    """After a statement, a confirmation or a link of it has changed, or who and what it is about."""
    waiting.later((Act,), _count_acts, [UUID(str(act))], STANDING)


def _count_acts(acts: Sequence[UUID]) -> None:
    # The newest of each act comes last and stays.
    filed = (
        Statement.objects.filter(act__in=acts).order_by("version").values_list("act", "version", "complete")
    )
    newest = {act: (version, len(complete)) for act, version, complete in filed}
    links = ActLink.objects.filter(act__in=acts, gone_at=None).values_list("act", "kind")
    linked, moved = set(links), _moved(acts)
    said = Confirmation.objects.filter(act__in=acts).values_list("act", "version", "entry")
    confirmed = {(act, version) for act, version, entry in said if entry > moved.get(act, -1)}
    changed: dict[tuple[Any, ...], list[UUID]] = {}
    for act, *was in Act.objects.filter(id__in=acts).values_list("id", *STANDING):
        version, present = newest.get(act, (0, 0))
        kinds = ((act, kind) in linked for kind in ("taxpayer", "document", "case"))
        stands = (version, present, (act, version) in confirmed, *kinds)
        if stands != tuple(was):
            changed.setdefault(stands, []).append(act)
    for stands, same in changed.items():
        Act.objects.filter(id__in=same).update(**dict(zip(STANDING, stands, strict=True)))


def _moved(acts: Sequence[UUID]) -> dict[UUID, int]:
    """The newest entry that gave an act other officers or spans: what was confirmed before it was about
    others.
    """
    said = ActRevision.objects.filter(act__in=acts).order_by("act", "version")
    versions = said.values_list("act", "officers", "spans", "entry")
    pairs = itertools.pairwise(versions)
    return {new[0]: new[3] for old, new in pairs if old[0] == new[0] and old[1:3] != new[1:3]}


def parts(person: UUID | str, entry: Any = None) -> tuple[Exists, ...]:
    """Conditions on an act: this person is an officer of it, ever was one, or filed its statement. `entry`:
    he was one by then, or has entered a version himself since; who was only put in and taken out by others
    after it was none.
    """
    act, me = OuterRef("id"), str(person)
    said = ActRevision.objects.annotate(said=Cast("officers", TextField())).filter(act=act, said__contains=me)
    if entry is not None:
        wrote = ActRevision.objects.filter(act=OuterRef("act"), by=me, entry__gt=_outer(entry))
        said = said.filter(Q(entry__lte=entry) | Exists(wrote))
    return (
        Exists(ActOfficer.objects.filter(act=act, officer=person)),
        Exists(said),
        Exists(Statement.objects.filter(act=act, filed_by=me)),
    )


def _outer(entry: Any) -> Any:
    """The same from one query further in."""
    return OuterRef(entry) if isinstance(entry, OuterRef) else entry


def had_part(act: Act, person: UUID) -> bool:
    officer, was, filed = parts(person)
    return Act.objects.filter(officer | was | filed, id=act.id).exists()


def parties(act: Act) -> set[UUID]:
    """Everybody of whom `had_part` says so."""
    said = ActRevision.objects.filter(act=act.id).values_list("officers", flat=True)
    filed = Statement.objects.filter(act=act.id).values_list("filed_by", flat=True)
    were = {as_uuid(one) for one in (*itertools.chain.from_iterable(said), *filed)}
    now = ActOfficer.objects.filter(act=act.id).values_list("officer", flat=True)
    return {one for one in (*were, *now) if one}


@dataclass(frozen=True)
class _Step:
    """What entry `entry` makes of a recording; None where it leaves it."""

    recording: UUID
    entry: int
    aside: str | None = None
    assigned: UUID | None = None


def counted(recordings: Iterable[UUID | str], entry: int) -> None:
    """After one of them is stored, or an act names it no more."""
    _note(_Step(UUID(str(one)), entry) for one in recordings)


def named(recordings: Iterable[UUID | str], entry: int) -> None:
    """After an act names them. What is described is set aside no longer."""
    _note(_Step(UUID(str(one)), entry, "") for one in recordings)


def set_aside(recording: UUID | str, reason: str, entry: int) -> None:
    _note([_Step(UUID(str(recording)), entry, reason)])


def assigned(recording: UUID | str, officer: UUID | str, entry: int) -> None:
    _note([_Step(UUID(str(recording)), entry, "", UUID(str(officer)))])


def _note(steps: Iterable[_Step]) -> None:
    waiting.later((Recording,), _take_steps, steps, DESK)


def _take_steps(steps: Sequence[_Step]) -> None:
    wanted = {one.recording for one in steps}
    spans = ActSpan.objects.filter(recording__in=wanted).values("recording")
    acts = dict(spans.annotate(acts=Count("act", distinct=True)).values_list("recording", "acts"))
    found = Recording.objects.filter(id__in=wanted).values_list("id", "entry", *DESK)
    were = {one: (made, tuple(was)) for one, made, *was in found}
    stands = {one: (acts.get(one, 0), *was[1:]) for one, (_, was) in were.items()}
    for step in steps:
        # What was said of it before it was stored was said of nothing.
        if step.recording in were and step.entry >= were[step.recording][0]:
            count, aside, officer = stands[step.recording]
            aside = aside if step.aside is None else step.aside
            stands[step.recording] = (count, aside, step.assigned or officer)
    changed: dict[tuple[Any, ...], list[UUID]] = {}
    for one, now in stands.items():
        if now != were[one][1]:
            changed.setdefault(now, []).append(one)
    for now, same in changed.items():
        Recording.objects.filter(id__in=same).update(**dict(zip(DESK, now, strict=True)))
