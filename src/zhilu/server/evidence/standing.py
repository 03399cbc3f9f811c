"""How far recordings and acts have come, as columns that lists filter by: counted anew from the rows beside
them, by every `apply` that changes one of those.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, TextField
from django.db.models.functions import Cast

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


def of_act(act: UUID | str) -> None:
    """After its procedure, its spans, a statement, a confirmation or a link of it has changed."""
    row = Act.objects.get(id=act)
    listed = Procedure.objects.filter(version=row.catalogue, code=row.procedure).first()
    newest = Statement.objects.filter(act=row).order_by("-version").values_list("version", "complete").first()
    version, complete = newest or (0, [])
    linked = set(ActLink.objects.filter(act=row, gone_at=None).values_list("kind", flat=True))
    class_code = listed.class_code if listed else ""
    ActSpan.objects.filter(act=row).update(procedure=row.procedure, class_code=class_code)
    Act.objects.filter(id=act).update(
        class_code=class_code,
        tier=listed.tier if listed else "",
        version=version,
        present=len(complete),
        confirmed=Confirmation.objects.filter(act=row, version=version, entry__gt=_moved(row)).exists(),
        linked_taxpayer="taxpayer" in linked,
        linked_document="document" in linked,
        linked_case="case" in linked,
    )


def parts(person: UUID | str) -> tuple[Exists, ...]:
    """Conditions on an act: this person is an officer of it, ever was one, or filed its statement."""
    act, me = OuterRef("id"), str(person)
    said = ActRevision.objects.annotate(said=Cast("officers", TextField()))
    return (
        Exists(ActOfficer.objects.filter(act=act, officer=person)),
        Exists(said.filter(act=act, said__contains=me)),
        Exists(Statement.objects.filter(act=act, filed_by=me)),
    )


def had_part(act: Act, person: UUID) -> bool:
    officer, was, filed = parts(person)
    return Act.objects.filter(officer | was | filed, id=act.id).exists()


def _moved(act: Act) -> int:
    """The newest entry that gave the act other officers or spans: what was confirmed before it was about
    others. -1 where none did.
    """
    said = ActRevision.objects.filter(act=act).order_by("version").values_list("officers", "spans", "entry")
    versions = list(said)
    changes = itertools.pairwise(versions)
    return max((new[2] for old, new in changes if old[:2] != new[:2]), default=-1)


def of_recordings(recordings: Iterable[UUID | str]) -> None:
    """After an act names these, or names them no more. What is described is set aside no longer."""
    wanted = {str(one) for one in recordings}
    spans = ActSpan.objects.filter(recording__in=wanted).values("recording")
    named = {str(row["recording"]): row["acts"] for row in spans.annotate(acts=Count("act", distinct=True))}
    for one in wanted:
        acts = named.get(one, 0)
        found = Recording.objects.filter(id=one)
        found.update(acts=acts, aside="") if acts else found.update(acts=0)
