"""Acts and recordings as references: whatever a caller asked for, only what the token's departments cover;
each answer in the same number of queries, however many rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from zhilu.errors import DataError
from zhilu.server.api import schemas
from zhilu.server.catalogue.services import catalogue
from zhilu.server.equipment.models import Recorder
from zhilu.server.evidence import rules, rules_links
from zhilu.server.evidence.models import (
    Act,
    ActLink,
    ActOfficer,
    ActSpan,
    Import,
    Outcome,
    Recording,
    Statement,
    Wanted,
)
from zhilu.server.ledger.clock import midnight
from zhilu.server.organisation.models import Department, Person
from zhilu.server.organisation.rules_tokens import TEXT
from zhilu.server.organisation.services.api_tokens import Bearer

DAY = timedelta(days=1)


def visible_acts(bearer: Bearer) -> QuerySet[Act]:
    return Act.objects.filter(bearer.within())


def visible_recordings(bearer: Bearer) -> QuerySet[Recording]:
    """Drills are training and go to nobody."""
    return Recording.objects.filter(bearer.within(), drill=False)


def linked(acts: QuerySet[Act], numbers: dict[str, str | None]) -> QuerySet[Act]:
    """Those that have these live links."""
    for kind, said in numbers.items():
        if said is None:
            continue
        try:
            number = rules_links.number_of(kind, said)
        except DataError:
            return acts.none()
        live = ActLink.objects.filter(act=OuterRef("id"), kind=kind, number=number, gone_at=None)
        acts = acts.filter(Exists(live))
    return acts


def on_days(found: QuerySet[Any], first: date | None, last: date | None) -> QuerySet[Any]:
    """By `opened_at`, days of Beijing."""
    if first:
        found = found.filter(opened_at__gte=midnight(first))
    return found.filter(opened_at__lt=midnight(last + DAY)) if last else found


def of_officer(number: str) -> QuerySet[Any]:
    """Without a NUL: one of the two databases takes none."""
    return Person.objects.filter(number=number.replace("\0", "")).exclude(number="").values("id")


class ActRows:
    """`bearer` decides whether text goes out."""

    def __init__(self, bearer: Bearer) -> None:
        self._has_text = TEXT in bearer.scopes

    def __call__(self, acts: Sequence[Act]) -> list[schemas.Act]:
        ids = [act.id for act in acts]
        officers = _by_act(ActOfficer.objects.filter(act__in=ids).order_by("id"))
        spans = _by_act(ActSpan.objects.filter(act__in=ids).order_by("id"))
        links = _by_act(ActLink.objects.filter(act__in=ids, gone_at=None).order_by("at", "id"))
        outcomes = _by_act(Outcome.objects.filter(act__in=ids, gone_at=None).order_by("at", "id"))
        statements = Statement.objects.filter(act__in=ids).order_by("version")
        if not self._has_text:
            statements = statements.defer(*Statement.PERSONAL)
        newest = {one.act_id: one for one in statements}
        numbers = _numbers(row.officer for rows in officers.values() for row in rows)
        places = _places(act.department for act in acts)
        named = catalogue.listed_names((act.catalogue, act.procedure) for act in acts)
        return [
            schemas.Act(
                id=act.id,
                opened_at=act.opened_at,
                entry=act.entry,
                procedure=act.procedure,
                procedure_name=named.get((act.catalogue, act.procedure), ""),
                class_code=act.class_code,
                department=places.get(act.department),
                officers=[numbers.get(row.officer, "") for row in officers.get(act.id, [])],
                taxpayer=act.taxpayer if self._has_text else None,
                spans=[
                    schemas.Span(recording=row.recording, from_us=row.from_us, to_us=row.to_us)
                    for row in spans.get(act.id, [])
                ],
                statement=self._statement(newest.get(act.id), act.confirmed),
                links=[self._link(row) for row in links.get(act.id, [])],
                outcomes=[self._outcome(row) for row in outcomes.get(act.id, [])],
            )
            for act in acts
        ]

    def _statement(self, one: Statement | None, confirmed: bool) -> schemas.Statement | None:
        if one is None:
            return None
        text = {name: getattr(one, name) for name in rules.ELEMENTS} if self._has_text else None
        return schemas.Statement(
            version=one.version,
            complete=one.complete,
            confirmed=confirmed,
            filed_at=one.filed_at,
            began=one.began,
            ended=one.ended,
            text=text,  # type: ignore[arg-type]
        )

    def _link(self, row: ActLink) -> schemas.Link:
        return schemas.Link(
            id=row.id,
            kind=row.kind,  # type: ignore[arg-type]
            number=row.number,
            name=row.name if self._has_text else None,
            source=row.source,  # type: ignore[arg-type]
            at=row.at,
        )

    def _outcome(self, row: Outcome) -> schemas.Outcome:
        note = row.note if self._has_text else None
        return schemas.Outcome(id=row.id, kind=row.kind, amount_fen=row.amount_fen, at=row.at, note=note)


def recording_rows(recordings: Sequence[Recording]) -> list[schemas.Recording]:
    ids = [one.id for one in recordings]
    acts: dict[UUID, set[UUID]] = {}
    for recording, act in ActSpan.objects.filter(recording__in=ids).values_list("recording", "act"):
        acts.setdefault(recording, set()).add(act)
    missing = set(Wanted.objects.filter(recording__in=ids).values_list("recording", flat=True))
    numbers = _numbers(one.officer for one in recordings)
    places = _places(one.department for one in recordings)
    kids = {one.recorder for one in recordings}
    serials = dict(Recorder.objects.filter(kid__in=kids).values_list("kid", "serial"))
    serials |= {
        str(id_): serial for id_, serial in Import.objects.filter(id__in=ids).values_list("id", "serial")
    }
    return [
        schemas.Recording(
            id=one.id,
            opened_at=one.opened_at,
            closed_at=one.closed_at,
            duration_us=one.duration_us,
            stored_at=one.stored_at,
            entry=one.entry,
            origin=one.origin,
            recorder=serials.get(str(one.id)) or serials.get(one.recorder, ""),
            department=places.get(one.department),
            officer=numbers.get(one.officer),
            state="missing" if one.id in missing else "stored",
            set_aside=one.aside or None,
            acts=sorted(acts.get(one.id, ())),
        )
        for one in recordings
    ]


def _by_act(found: Iterable[Any]) -> dict[UUID, list[Any]]:
    rows: dict[UUID, list[Any]] = {}
    for row in found:
        rows.setdefault(row.act_id, []).append(row)
    return rows


def _numbers(people: Iterable[UUID | None]) -> dict[UUID | None, str]:
    ids = {one for one in people if one}
    return dict(Person.objects.filter(id__in=ids).values_list("id", "number"))


def _places(departments: Iterable[UUID | None]) -> dict[UUID | None, schemas.Department]:
    ids = {one for one in departments if one}
    found = Department.objects.filter(id__in=ids).values_list("id", "name")
    return {one: schemas.Department(id=one, name=name) for one, name in found}


def recordings_of(bearer: Bearer, act: UUID) -> QuerySet[Any]:
    """Of an act that the token covers."""
    return ActSpan.objects.filter(act__in=visible_acts(bearer).filter(id=act)).values("recording")
