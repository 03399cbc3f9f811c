"""Traces of an audit in words: when, who, what, where, and by which entry of the ledger it can be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhilu.encoding import as_uuid
from zhilu.server.evidence.models import Viewing
from zhilu.server.ledger.models import Entry
from zhilu.server.organisation.models import AccessListed, AccessRow
from zhilu.server.pages.services import steps
from zhilu.server.pages.services.audits import Asked, Trace
from zhilu.server.pages.templatetags.zhilu import said
from zhilu.tlog.merkle import leaf_hash

IN_THE_ROOM = (
    "viewing-requested/1", "viewing-decided/1", "key-released/1", "viewing-reported/1", "screenshot-taken/1",
    "copy-made/1",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """`index` and `proof`: of the entry that shows it, and the hash of its leaf; None while none covers it.
    `is_own`: the entry is about this very trace, and does not cover a row of the access log.
    """

    at: datetime
    who: str
    what: str
    more: str
    place: str
    index: int | None
    proof: str
    is_own: bool
    refused: bool = False


def lines(traces: Sequence[Trace], asked: Asked, recording: UUID | None = None) -> list[Line]:
    """`recording`: the one that it is about, if any: of viewings then only what concerns it."""
    entries = [one for one in traces if isinstance(one, Entry)]
    rows = [one for one in traces if isinstance(one, AccessRow)]
    teller = _teller(entries, rows, recording)
    shown = _shown(rows, asked)
    found = []
    for one in traces:
        line = _of_row(one, teller, shown) if isinstance(one, AccessRow) else _of_entry(one, teller)
        if line is not None:
            found.append(line)
    return found


def _teller(entries: list[Entry], rows: list[AccessRow], recording: UUID | None) -> steps.Teller:
    ids = {as_uuid(one.subject) for one in entries if one.kind in IN_THE_ROOM}
    teller = steps.Teller(recording, Viewing.objects.in_bulk([one for one in ids if one]))
    named = [one for entry in entries for one in (entry.actor, entry.subject)]
    teller.name_all(entries, [*(row.person for row in rows), *map(as_uuid, named)])
    return teller


def _of_entry(entry: Entry, teller: steps.Teller) -> Line | None:
    place = _("viewing room") if entry.kind in IN_THE_ROOM else ""
    proof = leaf_hash(bytes(entry.leaf)).hex()
    if entry.kind in steps.KINDS:
        step = teller.step(entry)
        if step is None:
            return None
        return Line(entry.at, step.who, said(step.code, "step"), step.more, place, entry.index, proof, True)
    who = teller.name(entry.actor)
    about = teller.name(entry.subject) or entry.subject
    return Line(entry.at, who, said(entry.kind, "kind"), about, place, entry.index, proof, True)


def _shown(rows: list[AccessRow], asked: Asked) -> dict[int, int]:
    """Row → how many of what it is about a list showed."""
    found = AccessListed.objects.filter(asked.listed, row__in=[row.pk for row in rows])
    counts: dict[int, int] = {}
    for row in found.values_list("row", flat=True):
        counts[row] = counts.get(row, 0) + 1
    return counts


def _of_row(row: Any, teller: steps.Teller, shown: dict[int, int]) -> Line:
    """Of what `audits.page` found: `covered` by an entry, with its `leaf`."""
    count = shown.get(row.pk, 0)
    what = said(row.action, "action")
    if row.action == "GET" and count:
        what = _("searched") if "=*" in row.target else _("listed")
    more = row.target
    if count > 1:
        more = _("%(count)s records · %(target)s") % {"count": count, "target": row.target}
    proof = leaf_hash(bytes(row.leaf)).hex() if row.leaf is not None else ""
    who = teller.name(row.person) or "—"
    return Line(row.at, who, what, more, row.address, row.covered, proof, False, not row.success)
