"""Announcing and making draws, setting checklists, filing reviews (spec/review.md)."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.db.models import QuerySet

from zhilu.encoding import format_time, parse_time
from zhilu.errors import DataError, ZhiluError
from zhilu.server.evidence.models import KeyRelease, Recording, Viewing
from zhilu.server.ledger.clock import new_id, now, today
from zhilu.server.ledger.services.alone import alone
from zhilu.server.ledger.services.commit import Committed, commit, size
from zhilu.server.oversight import events_reviews as events
from zhilu.server.oversight import rules_reviews as rules
from zhilu.server.oversight.apply_reviews import checklist_for
from zhilu.server.oversight.models import Checklist, Draw, Drawn
from zhilu.server.oversight.services import drawing, judging_draws

log = logging.getLogger("zhilu.oversight")
EVERY_S, JUDGED_EVERY_S = 5.0, 60.0
LOCK = "draws"
SOON = timedelta(minutes=1)
"""Between announcing and the time after which a cosignature counts: the entry must be published first."""


# Checklists


def proposed() -> dict[str, tuple[rules.Item, ...]]:
    """The product's own lists, by class; they count only when somebody sets them."""
    said = json.loads((files("zhilu.server.oversight") / "checklists.json").read_text("utf-8"))
    return {code: (*rules.COMMON_ITEMS, *rules.items_of(own)) for code, own in said.items()}


def set_checklist(by: UUID, class_code: str, since: date, items: Sequence[rules.Item]) -> Committed:
    newest = Checklist.objects.filter(class_code=class_code).order_by("-version").first()
    event = events.ChecklistSet(
        class_=class_code,
        version=newest.version + 1 if newest else 1,
        since=since.isoformat(),
        items=[vars(one) for one in items],
    )
    return commit(event, str(by))


def adopt_proposed(by: UUID, since: date | None = None) -> list[str]:
    """Sets the product's list of each class that has none; returns which."""
    there = set(Checklist.objects.values_list("class_code", flat=True))
    missing = [code for code in proposed() if code not in there]
    for code in missing:
        set_checklist(by, code, since or today(), proposed()[code])
    return missing


# Draws


def announce(
    by: UUID,
    departments: Collection[UUID] | None,
    period: tuple[datetime, datetime],
    sample: tuple[int | None, int | None],
    second: int,
    wait: timedelta = SOON,
) -> UUID:
    """`sample`: how many, or how many percent. Recordings that come between reading and entering: once more
    by whoever asked.
    """
    known = drawing.cosigners()
    if not known:
        raise DataError("draw-cosigner", "This ledger has no cosigner whose word could make a draw.")
    places = None if departments is None else sorted(map(str, departments))
    since, until = map(format_time, period)
    found = drawing.read(places, parse_time(since), parse_time(until), size())
    draw = new_id()
    event = events.DrawAnnounced(
        draw=str(draw),
        departments=places,
        since=since,
        until=until,
        list_=found.hash,
        population=found.count,
        count=sample[0],
        percent=sample[1],
        second=second,
        after=format_time(now() + wait),
        cosigner=known[0],
    )
    with drawing.known_list(found):
        commit(event, str(by))
    return draw


def target(
    by: UUID,
    criterion: str,
    value: str,
    period: tuple[datetime, datetime],
    recordings: Sequence[UUID],
    second: int,
) -> UUID:
    draw = new_id()
    event = events.DrawTargeted(
        draw=str(draw),
        criterion=criterion,
        value=value,
        since=format_time(period[0]),
        until=format_time(period[1]),
        second=second,
        recordings=[str(one) for one in recordings],
    )
    commit(event, str(by))
    return draw


_looked: dict[UUID, tuple[Any, ...]] = {}
"""Draw → what was there when none of it made the draw: a cosigner may be away for long."""


def make(draw: Draw) -> bool:
    """Where the cosignature is there."""
    kept = drawing.kept_of(draw)
    note = None if _looked.get(draw.id) == kept else drawing.first_note(draw)
    if note is None:
        _looked[draw.id] = kept
        return False
    found = drawing.result(draw, note)
    event = events.DrawMade(
        draw=str(draw.id), note=note.decode(), seed=found.seed.hex(), chosen=list(found.chosen)
    )
    with drawing.known_result(draw, note, found):
        commit(event, settings.ZHILU.bureau)
    return True


def make_all() -> int:
    """How many announced draws were made."""
    with alone(LOCK):
        waiting = Draw.objects.filter(kind="random", made_at=None, after__lt=now())
        return sum(_made(one) for one in waiting.order_by("entry"))


def _made(draw: Draw) -> bool:
    try:
        return make(draw)
    except ZhiluError as error:
        log.warning("draw %s is not made: %s", draw.id, error)
        return False


def run(stop: threading.Event) -> None:
    """Until `stop`."""
    judged = -JUDGED_EVERY_S
    while not stop.wait(EVERY_S):
        _try(make_all)
        if time.monotonic() - judged > JUDGED_EVERY_S:
            _try(judging_draws.judge_all)
            judged = time.monotonic()
        connections.close_all()  # none is held while it waits


def _try(work: Callable[[], object]) -> None:
    """What fails keeps nothing else from being done."""
    try:
        work()
    except Exception:
        log.exception("the draws were not made, or not judged")


# Reviews


def released(person: UUID, recording: Recording, drawn: Drawn) -> UUID | None:
    """The viewing under which it was released to him for this review."""
    mine = Viewing.objects.filter(viewer=person, purpose=rules.PURPOSE).values("id")
    found = whole(recording, drawn.entry).filter(viewing__in=mine).order_by("-id").first()
    return found.viewing if found else None


def whole(recording: Recording, after: int) -> QuerySet[KeyRelease]:
    """Releases of all of it, by entries after this one."""
    return KeyRelease.objects.filter(
        recording=recording.id, first__lte=1, last__gte=recording.segments - 1, id__gt=after
    )


def checklist(recording: UUID) -> Checklist | None:
    """What is asked of this recording today."""
    return checklist_for(recording, today())


def file(
    by: UUID, drawn: Drawn, asked: Checklist, viewing: UUID, answers: Mapping[str, str], comment: str
) -> UUID:
    """The level follows from how far the recording is."""
    comment = comment.strip().replace("\r\n", "\n")
    rules.check_comment(comment)
    items = rules.items_of(asked.items)
    rules.check_answers(items, answers)
    review = new_id()
    event = events.FootageReviewed(
        review=str(review),
        draw=str(drawn.draw_id),
        recording=str(drawn.recording),
        level=2 if drawn.state == "second" else 1,
        class_=asked.class_code,
        version=asked.version,
        viewing=str(viewing),
        answers=dict(answers),
        passed=rules.is_passed(items, answers),
    )
    personal: dict[str, Any] | None = {"comment": comment} if comment else None
    commit(event, str(by), personal)
    return review
