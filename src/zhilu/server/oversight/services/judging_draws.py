"""Whether draws are what was announced, of every ledger that is here (spec/review.md §2).

The audit repeats each from the entries alone. Whoever gave the cosignature knows besides which was the first,
when it was given, and whether it was acknowledged: he sees who waits for another one, and who does not draw.
What was found of a draw once is kept, and alarmed once; the facts of a made one change no more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Max

from zhilu.sealed import draws
from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.federation import own_keys
from zhilu.server.federation.models import Given, Joined, Watch
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services import audit
from zhilu.server.ledger.services.reader import Finding
from zhilu.server.oversight import rules_reviews as rules
from zhilu.server.oversight.models import Draw, Drawn, JudgedDraw
from zhilu.server.oversight.services import drawing
from zhilu.tlog.cosign import CosignatureVerifier
from zhilu.tlog.note import Note, NoteError, parse_signature

log = logging.getLogger("zhilu.oversight")
PATIENCE, PATIENCE_UNSAID = timedelta(hours=24), timedelta(days=7)
"""How long a draw may wait after its cosignature was acknowledged, and after it was given though nobody ever
said that it arrived: whoever does not like it could let the connection break, each time.
"""
ALARM = "draw-wrong"


@dataclass(frozen=True)
class Own:
    """What this server gave that ledger, oldest first; `vkey`: of its key now; `only`:
    nobody else makes that ledger's draws, which is so at a city.
    """

    vkey: str
    given: Sequence[Given]
    only: bool = True

    def is_own(self, draw: Draw) -> bool:
        keys = {parse_signature(one.line).key for one in self.given}
        return draw.cosigner == self.vkey or _key(draw) in keys

    def first(self, draw: Draw) -> Given | None:
        """Of those that count for this draw."""
        assert draw.after is not None
        after = int(draw.after.timestamp())
        found = [one for one in self.given if one.size > draw.entry and one.time > after]
        found = [one for one in found if parse_signature(one.line).key == _key(draw)]
        return min(found, key=lambda one: (one.time, one.size), default=None)


def _key(draw: Draw) -> tuple[str, bytes] | None:
    try:
        verifier = CosignatureVerifier.from_vkey(draw.cosigner)
    except NoteError:
        return None
    return verifier.name, verifier.key_id


@audit.also
def check() -> Iterator[Finding]:
    """Of the ledger at hand, from its entries."""
    for draw in Draw.objects.filter(kind="random").order_by("entry").iterator(100):
        code = by_entries(draw)
        if code:
            yield Finding(f"draw {draw.id}", code)


def by_entries(draw: Draw) -> str:
    """What the ledger at hand says against this draw; "" where it is what was announced."""
    try:
        ids = drawing.listed(draw)
        if draws.list_hash(ids).hex() != draw.list_hash:
            return "draw-list"
        if _was_open(draw):
            return "draw-open"
        if draw.made_at is None:
            return ""
        chosen = Drawn.objects.filter(draw=draw).order_by("place").values_list("recording", flat=True)
        return drawing.defect(draw, draw.note, draw.seed, list(map(str, chosen)), ids)
    except (NoteError, OverflowError, ValueError):  # of what no honest server enters
        return "draw-form"


def _was_open(draw: Draw) -> bool:
    """Whether another draw over its recordings waited when it was announced."""
    before = Draw.objects.filter(
        kind="random",
        entry__lt=draw.entry,
        since__lt=draw.until,
        until__gt=draw.since,
        cosigner=draw.cosigner,
    )
    waited = [one for one in before if one.made_entry is None or one.made_entry > draw.entry]
    return any(rules.overlap(one.departments, draw.departments) for one in waited)


def judge_all() -> None:
    """Of every ledger that is here but the own one: a city its counties', a county its city's."""
    seen = Watch.objects.exclude(stored=0).values("bureau")
    for bureau, tier in list(Joined.objects.filter(bureau__in=seen).values_list("bureau", "tier")):
        try:
            judge(bureau, only=tier == ledgers.COUNTY)
        except Exception:
            log.exception("the draws of %s were not judged", bureau)


def judge(bureau: str, only: bool) -> None:
    """Each draw when it was announced and when it was made, from its whole list; between, whether it is late.
    Of one in which something is wrong already nothing is added meanwhile."""
    known = {one.draw: one for one in JudgedDraw.objects.filter(bureau=bureau)}
    with ledgers.of(bureau):
        rows = list(Draw.objects.filter(kind="random").order_by("entry"))
    rows = [one for one in rows if _is_open(one, known.get(one.id))]
    if not rows:
        return
    own = Own(own_keys.cosigner(settings.ZHILU).vkey, _given(bureau, rows[0].entry), only)
    with ledgers.of(bureau):
        found = [(one, _code(one, own, now(), is_known=_is_known(one, known))) for one in rows]
    for draw, code in found:
        _keep(bureau, draw, code)


def _given(bureau: str, entry: int) -> list[Given]:
    """All that may count for a draw of this entry or a later one: over trees that have it; and the one
    before, which says whose key was asked for."""
    mine = Given.objects.filter(bureau=bureau)
    before = mine.filter(size__lte=entry).aggregate(newest=Max("size"))["newest"]
    return list(mine.filter(size__gte=entry if before is None else before).order_by("time", "size"))


def _is_open(draw: Draw, known: JudgedDraw | None) -> bool:
    return known is None or (not known.made and (draw.made_at is not None or known.code == ""))


def _is_known(draw: Draw, known: Mapping[UUID, JudgedDraw]) -> bool:
    """Whether its announcement was judged, and it was not made since."""
    return draw.id in known and draw.made_at is None


def _code(draw: Draw, own: Own, at: datetime, is_known: bool) -> str:
    code = "" if is_known else by_entries(draw)
    if code:
        return code
    if not own.is_own(draw):
        return "draw-cosigner" if own.only else ""
    first = own.first(draw)
    if draw.made_at is None:
        return "draw-overdue" if first is not None and _is_overdue(first, at) else ""
    said = Note.parse(draw.note.encode()).signatures[0].line()
    return "" if first is not None and first.line == said else "draw-first"


def _is_overdue(first: Given, at: datetime) -> bool:
    said = first.acknowledged_at
    return at - first.at > PATIENCE_UNSAID or (said is not None and at - said > PATIENCE)


def _keep(bureau: str, draw: Draw, code: str) -> None:
    values = {"made": draw.made_at is not None, "code": code, "at": now()}
    row, is_new = JudgedDraw.objects.get_or_create(bureau=bureau, draw=draw.id, defaults=values)
    was = "" if is_new else row.code
    if not is_new and (row.code, row.made) != (code, values["made"]):
        JudgedDraw.objects.filter(id=row.id).update(**values)
    if code and code != was:
        log.warning("draw %s of %s: %s", draw.id, bureau, code)
        raise_alarm(ALARM, f"{bureau} {draw.id}")


def judged(bureau: str) -> dict[UUID, str]:
    """Draw → what is wrong with it, as last found; "" where nothing is."""
    return dict(JudgedDraw.objects.filter(bureau=bureau).values_list("draw", "code"))
