"""What findings are about, as somebody knows it again: when it was, which procedure, its number.

One query for all of a page, whatever they are about; the names of procedures, and of people who stand there,
come with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateTimeField, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat

from zhilu.encoding import as_uuid
from zhilu.server.catalogue.models import Catalogue, Procedure
from zhilu.server.evidence.models import Act, Recording, Statement, Viewing
from zhilu.server.ledger.clock import today
from zhilu.server.organisation.models import Person
from zhilu.server.oversight.models import DueTask
from zhilu.server.pages.services.listing import Asker
from zhilu.server.pages.templatetags.zhilu import beijing, said

PERSON = "person"
NOTHING = Value("", output_field=CharField())
_BEGAN = Statement.objects.filter(act=OuterRef("pk")).order_by("-version").values("began")[:1]
KINDS: Mapping[str, tuple[type[Any], Any, Any, Any]] = {
    "task": (DueTask, F("since"), F("procedure"), F("number")),
    "act": (Act, Coalesce(Subquery(_BEGAN), F("opened_at")), F("procedure"), NOTHING),
    "recording": (Recording, F("opened_at"), NOTHING, NOTHING),
    "viewing": (Viewing, F("asked_at"), NOTHING, NOTHING),
    PERSON: (Person, Value(None, output_field=DateTimeField()), F("name"), NOTHING),
}
"""Of each kind its table, when it was, and words. An act: as its newest statement says, or else when it was
opened. People come last.
"""


def named(
    asked: Iterable[tuple[str, str]], asker: Asker, people: Iterable[UUID | None] = ()
) -> dict[str, str]:
    """`asked`: kinds and subjects, as findings name them. subject → what it is, and which one, where that is
    known. The asker knows the names of `people` afterwards.
    """
    wanted = list(asked)
    found = {subject: said(kind, "finding-subject") for kind, subject in wanted}
    ids: dict[str, dict[UUID, str]] = {}
    for kind, subject in wanted:
        if kind in KINDS and (id_ := as_uuid(subject)):
            ids.setdefault(kind, {})[id_] = subject
    asks = {kind: list(some) for kind, some in ids.items()} | {PERSON: asker.unknown(people)}
    for kind, id_, at, *words in _rows(asks):
        if kind == PERSON:
            asker.learn(id_, words[0] or str(id_)[:8])
        else:
            subject = ids[kind][id_]
            found[subject] = " · ".join(
                [found[subject], beijing(at)[:16], *filter(None, map(str.strip, words))]
            )
    return found


def _rows(asks: Mapping[str, Sequence[UUID]]) -> Iterable[tuple[Any, ...]]:
    parts = [_part(kind, asks[kind]) for kind in KINDS if asks.get(kind)]
    if not parts:
        return []
    return parts[0].union(*parts[1:], all=True) if parts[1:] else parts[0]


def _part(kind: str, ids: Sequence[UUID]) -> QuerySet[Any, Any]:
    model, at, one, other = KINDS[kind]
    one = _title() if one == F("procedure") else one
    rows = model._default_manager.filter(id__in=ids).order_by()
    told = rows.annotate(z_kind=Value(kind, output_field=CharField()), z_at=at, z_one=one, z_other=other)
    found: QuerySet[Any, Any] = told.values_list("z_kind", "id", "z_at", "z_one", "z_other")
    return found


def _title() -> Any:
    """Of a row's procedure: its code, and its name in the catalogue in force, where that has it."""
    begun = Catalogue.objects.filter(since__lte=today()).order_by("-version").values("version")[:1]
    name = Procedure.objects.filter(version=Subquery(begun), code=OuterRef("procedure")).values("name")[:1]
    return Concat("procedure", Value(" "), Subquery(name), output_field=CharField())
