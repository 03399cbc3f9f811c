"""How checklists, draws and reviews follow from the ledger (spec/review.md)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, Subquery

from zhilu.encoding import as_uuid, parse_time, unb64u
from zhilu.errors import DataError
from zhilu.protocols.viewing import parse_request
from zhilu.sealed import draws
from zhilu.server.catalogue.models import Catalogue
from zhilu.server.evidence import standing
from zhilu.server.evidence.events_viewings import ViewingRequested
from zhilu.server.evidence.models import Act, ActSpan, KeyRelease, Recording, Viewing
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger import waiting
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.events import Stamp, applies, checks, guards
from zhilu.server.organisation.services.rights import Rights, rights_of
from zhilu.server.oversight import events_reviews as events
from zhilu.server.oversight import rules_reviews as rules
from zhilu.server.oversight.models import Checklist, Draw, Drawn, FootageReview, ReviewedRecording
from zhilu.server.oversight.services import drawing

ROLE = "supervisor"

# Checklists


@checks(events.ChecklistSet)
def check_checklist(event: events.ChecklistSet, stamp: Stamp) -> None:
    newest = Catalogue.objects.order_by("-version").first()
    if event.class_ != rules.GENERAL and (newest is None or event.class_ not in newest.classes):
        raise DataError("checklist-class", "The catalogue has no such class.")
    mine = Checklist.objects.filter(class_code=event.class_).order_by("-version").first()
    since = parse_time(f"{event.since}T00:00:00.000Z").date()
    rules.check_version(event.version, mine.version if mine else 0, since, day_of(stamp.at))
    rules.check_items(rules.items_of(event.items))


@applies(events.ChecklistSet)
def apply_checklist(event: events.ChecklistSet, stamp: Stamp) -> None:
    Checklist.objects.create(
        id=f"{event.class_}/{event.version}",
        class_code=event.class_,
        version=event.version,
        since=event.since,
        items=event.items,
        by=stamp.actor,
        at=stamp.at,
        entry=stamp.index,
    )


# Draws


@checks(events.DrawAnnounced)
def check_announced(event: events.DrawAnnounced, stamp: Stamp) -> None:
    _check_new(event.draw)
    _check_covers(stamp.actor, event.departments)
    since, until, after = map(parse_time, (event.since, event.until, event.after))
    rules.check_period(since, until)
    rules.check_after(after, stamp.at)
    rules.check_sample(event.population, event.count, event.percent, event.second)
    known = drawing.cosigners()
    waits = Draw.objects.filter(kind="random", made_at=None, since__lt=until, until__gt=since)
    waits = waits.filter(cosigner__in=known)  # of a key that is gone none is made any more
    if any(rules.overlap(one.departments, event.departments) for one in waits):
        raise DataError("draw-open", "Another draw over these recordings was announced and waits to be made.")
    if event.cosigner not in known:
        raise DataError("draw-cosigner", "The draw names a cosigner that this ledger does not have.")
    found = drawing.as_of(event.departments, since, until, stamp.index)
    if (found.count, found.hash) != (event.population, event.list_):
        raise DataError("draw-list", "Recordings were stored or drawn meanwhile: announce the draw again.")


@applies(events.DrawAnnounced)
def apply_announced(event: events.DrawAnnounced, stamp: Stamp) -> None:
    Draw.objects.create(
        id=event.draw,
        kind="random",
        departments=event.departments,
        since=parse_time(event.since),
        until=parse_time(event.until),
        list_hash=event.list_,
        population=event.population,
        count=event.count,
        percent=event.percent,
        second=event.second,
        after=parse_time(event.after),
        cosigner=event.cosigner,
        by=stamp.actor,
        at=stamp.at,
        entry=stamp.index,
    )


@checks(events.DrawMade)
def check_made(event: events.DrawMade, stamp: Stamp) -> None:
    """The server makes a draw, nobody else; from the first cosignature that it was given."""
    if stamp.actor != ledgers.own():
        raise DataError("actor", "The bureau's server alone enters this.")
    draw = Draw.objects.filter(id=event.draw, kind="random").first()
    if draw is None or draw.made_at is not None:
        raise DataError("draw-known", "No such draw waits to be made.")
    code = drawing.defect(draw, event.note, event.seed, event.chosen)
    if code:
        raise DataError(code, "This is not what the announced draw gives.")
    if event.note.encode() != drawing.first_note(draw):
        raise DataError("draw-first", "The seed is made from the first cosignature after the announced time.")


@applies(events.DrawMade)
def apply_made(event: events.DrawMade, stamp: Stamp) -> None:
    draw = Draw.objects.get(id=event.draw)
    seconds = draws.share(len(event.chosen), draw.second)
    Draw.objects.filter(id=event.draw).update(
        note=event.note,
        seed=event.seed,
        made_at=stamp.at,
        made_entry=stamp.index,
        size=len(event.chosen),
    )
    _write_drawn(draw, event.chosen, set(event.chosen[:seconds]), stamp)


@checks(events.DrawTargeted)
def check_targeted(event: events.DrawTargeted, stamp: Stamp) -> None:
    _check_new(event.draw)
    rules.check_period(parse_time(event.since), parse_time(event.until))
    rules.check_criterion(event.criterion, event.recordings, event.second)
    rights = _rights(stamp.actor)
    found = Recording.objects.filter(id__in=event.recordings)
    places = set(found.values_list("department", flat=True))
    if found.count() != len(event.recordings):
        raise DataError("recording-unknown", "No such recording is stored.")
    if not all(rights.covers(place, ROLE) for place in places):
        raise DataError("draw-scope", "You are not the supervisor of all these departments.")
    since, until = parse_time(event.since), parse_time(event.until)
    if drawing.meeting(event.criterion, event.value, since, until, found).count() != len(event.recordings):
        raise DataError("draw-criterion", "Not every recording is what this draw looks for.")


@applies(events.DrawTargeted)
def apply_targeted(event: events.DrawTargeted, stamp: Stamp) -> None:
    order = rules.targeted_order(event.draw, event.recordings)
    draw = Draw.objects.create(
        id=event.draw,
        kind="targeted",
        departments=None,
        since=parse_time(event.since),
        until=parse_time(event.until),
        criterion=event.criterion,
        value=event.value,
        population=len(order),
        count=len(order),
        second=event.second,
        by=stamp.actor,
        at=stamp.at,
        made_at=stamp.at,
        made_entry=stamp.index,
        size=len(order),
        entry=stamp.index,
    )
    seconds = draws.share(len(order), event.second)
    _write_drawn(draw, order, set(order[:seconds]), stamp)


def _write_drawn(draw: Draw, chosen: Sequence[str], twice: set[str], stamp: Stamp) -> None:
    rows = {str(one.id): one for one in Recording.objects.filter(id__in=chosen)}
    if set(chosen) - rows.keys():
        raise DataError("reference", "An entry says something of what no entry before it made.")
    for place, recording in enumerate(dict.fromkeys(chosen)):
        found = rows[recording]
        Drawn.objects.create(
            id=rules.drawn_id(str(draw.id), recording),
            draw_id=draw.id,
            recording=recording,
            place=place,
            twice=recording in twice,
            officer=found.officer,
            department=found.department,
            day=day_of(found.opened_at),
            at=stamp.at,
            entry=stamp.index,
        )


# Reviews


@guards(ViewingRequested)
def check_asked(asked: Sequence[ViewingRequested]) -> None:
    """For a review nobody is shown what does not wait for a review of his. People of the city review nothing
    here: what they ask is theirs.
    """
    for one in asked:
        request = parse_request(unb64u(one.request))
        if request.purpose != rules.PURPOSE or request.kind == "city":
            continue
        wanted = {span.recording for span in request.spans}
        if {str(row.recording) for row in _waiting(wanted, UUID(request.viewer))} != wanted:
            raise DataError(
                "not-drawn",
                "For a review only that is viewed which was drawn and waits for a review of yours.",
            )


def _waiting(recordings: Collection[str], person: UUID) -> Iterator[Drawn]:
    """What of these he may review, once it was released to him."""
    rights, known = rights_of(person), {one.id: one for one in Recording.objects.filter(id__in=recordings)}
    for row in Drawn.objects.filter(rights.within(ROLE), recording__in=recordings, state__in=rules.WAITS):
        is_his = row.state == "second" and row.first_by == person
        if not is_his and not is_own(known[row.recording], person, row.entry):
            yield row


@checks(events.FootageReviewed)
def check_reviewed(event: events.FootageReviewed, stamp: Stamp) -> None:
    drawn = Drawn.objects.filter(id=rules.drawn_id(event.draw, event.recording)).first()
    if drawn is None:
        raise DataError("not-drawn", "This recording was not drawn.")
    if FootageReview.objects.filter(id=event.review).exists():
        raise DataError("review-known", "This recording has been reviewed already.")
    rights = _rights(stamp.actor)
    if not rights.covers(drawn.department, ROLE):
        raise DataError("review-scope", "You are not the supervisor of this recording's department.")
    recording = Recording.objects.get(id=event.recording)
    if is_own(recording, rights.person, drawn.entry):
        raise DataError("review-own", "Nobody reviews a recording of his own, or of an act he has a part in.")
    rules.check_level(event.level, drawn.state, drawn.first_by, rights.person)
    _check_released(event, drawn, recording, rights.person)
    items = _items(event, recording, stamp)
    rules.check_answers(items, event.answers)
    if event.passed != rules.is_passed(items, event.answers):
        raise DataError("review-passed", "The result does not follow from the answers.")


def _check_released(
    event: events.FootageReviewed, drawn: Drawn, recording: Recording, reviewer: UUID
) -> None:
    """To him, for a review, whole, and after it was drawn."""
    viewing = Viewing.objects.filter(id=event.viewing, viewer=reviewer, purpose=rules.PURPOSE).first()
    whole = KeyRelease.objects.filter(
        viewing=event.viewing,
        recording=event.recording,
        first__lte=1,
        last__gte=recording.segments - 1,
        id__gt=drawn.entry,
    )
    if viewing is None or not whole.exists():
        raise DataError(
            "review-not-released", "The whole recording was not released to you for a review since the draw."
        )


def _items(event: events.FootageReviewed, recording: Recording, stamp: Stamp) -> tuple[rules.Item, ...]:
    """Of the version in force now, of the class that the recording has now."""
    asked = checklist_for(recording.id, day_of(stamp.at))
    if asked is None or event.class_ != asked.class_code:
        raise DataError("review-class", "The recording's class is another now: open its review again.")
    if event.version != asked.version:
        raise DataError("checklist-old", "Another version of the checklist is in force: answer that one.")
    return rules.items_of(asked.items)


@applies(events.FootageReviewed)
def apply_reviewed(event: events.FootageReviewed, stamp: Stamp) -> None:
    key = rules.drawn_id(event.draw, event.recording)
    drawn = waiting.get(Drawn, [key]).get(key)
    if drawn is None:
        raise DataError("reference", "An entry says something of what no entry before it made.")
    acts = acts_of(event.recording)
    FootageReview.objects.create(
        id=event.review,
        drawn_id=key,
        recording=event.recording,
        act=acts[0] if len(acts) == 1 else None,
        officer=drawn.officer,
        department=drawn.department,
        level=event.level,
        class_code=event.class_,
        version=event.version,
        viewing=event.viewing,
        answers=event.answers,
        failed=[code for code, answer in event.answers.items() if answer == "no"],
        passed=event.passed,
        by=stamp.actor,
        at=stamp.at,
        comment=str(stamp.personal.get("comment", ""))[: rules.LONGEST_COMMENT],
        entry=stamp.index,
    )
    drawn.passed = event.passed
    drawn.state = rules.state_after(event.level, drawn.twice, event.passed)
    if event.level == 1:
        drawn.first_by = as_uuid(stamp.actor)
    waiting.put(drawn)
    waiting.put(
        ReviewedRecording(
            recording=UUID(event.recording),
            passed=event.passed,
            at=stamp.at,
            review=UUID(event.review),
            entry=stamp.index,
        )
    )


def acts_of(recording: UUID | str) -> list[UUID]:
    found = ActSpan.objects.filter(recording=recording).order_by("act")
    return list(found.values_list("act", flat=True).distinct())


def checklist_for(recording: UUID | str, day: date) -> Checklist | None:
    """What is asked of it: the list in force of its class, and where that has none the general one."""
    spans = ActSpan.objects.filter(recording=recording).exclude(class_code="").order_by()
    count = spans.values("recording").annotate(of=Count("class_code", distinct=True)).values("of")
    wanted = Q(class_code=rules.GENERAL) | Q(class_code__in=spans.values("class_code"))
    found = Checklist.objects.filter(wanted, since__lte=day).order_by("since", "version")
    newest = {one.class_code: one for one in found.annotate(classes=Subquery(count))}
    own = [one for code, one in newest.items() if code != rules.GENERAL and one.classes == 1]
    return own[0] if own else newest.get(rules.GENERAL)


def is_own(recording: Recording, person: UUID, drawn: int) -> bool:
    """He recorded it, was told to describe it, or has a part in an act with it, or had when it was drawn."""
    if person in (recording.officer, recording.assigned):
        return True
    officer, was, filed = standing.parts(person, drawn)
    acts = ActSpan.objects.filter(recording=recording.id).values("act")
    return Act.objects.filter(officer | was | filed, id__in=acts).exists()


def _check_new(draw: str) -> None:
    if Draw.objects.filter(id=draw).exists():
        raise DataError("draw-known", "This draw has been made already.")


def _check_covers(actor: str, departments: Iterable[str] | None) -> None:
    rights = _rights(actor)
    places = [None] if departments is None else [UUID(one) for one in departments]
    whole = departments is not None or rights.scope_of(ROLE) is None
    if not places or not whole or not all(rights.covers(place, ROLE) for place in places):
        raise DataError("draw-scope", "You are not the supervisor of all these departments.")


def _rights(actor: str) -> Rights:
    """What the actor may do at this moment, also by delegation; a device may nothing."""
    return rights_of(as_uuid(actor) or UUID(int=0))
