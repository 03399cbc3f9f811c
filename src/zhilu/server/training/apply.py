"""How the tables of training follow from the ledger (spec/registers.md §3)."""

from __future__ import annotations

from datetime import date

from zhilu import strictjson
from zhilu.errors import DataError
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.ledger.models import Entry
from zhilu.server.organisation.apply_people import check_known
from zhilu.server.training import events, rules
from zhilu.server.training.models import Course, Result

STORED = "recording-stored/1"


@checks(events.CourseSet)
def check_course(event: events.CourseSet, stamp: Stamp) -> None:
    rules.check_course(event.kind, event.valid_days, event.pass_score)
    before = Course.objects.filter(id=event.course).first()
    if before is not None:
        rules.check_kind_kept(before.kind, event.kind)
    if not event.closed and Course.objects.filter(name=event.name, closed=False).exclude(id=event.course):
        raise DataError("course-known", "There is an open course of this name already.")


@applies(events.CourseSet)
def apply_course(event: events.CourseSet, stamp: Stamp) -> None:
    Course.objects.update_or_create(
        id=event.course,
        defaults={
            "kind": event.kind,
            "name": event.name,
            "valid_days": event.valid_days,
            "pass_score": event.pass_score,
            "required": event.required,
            "closed": event.closed,
            "entry": stamp.index,
        },
    )


@checks(events.TrainingRecorded)
def check_recorded(event: events.TrainingRecorded, stamp: Stamp) -> None:
    check_known(event.person)
    rules.check_other(stamp.actor, event.person)
    course = Course.objects.filter(id=event.course).first()
    if course is None:
        raise DataError("course-unknown", "There is no such course.")
    if course.closed:
        raise DataError("course-closed", "The course {course} is closed.", course=course.name)
    held_on = date.fromisoformat(event.held_on)
    rules.check_result(event.score, course.pass_score, event.passed, held_on, day_of(stamp.at))
    if event.recording is not None and not is_stored_drill(event.recording):
        raise DataError("training-recording", "There is no stored recording of a drill of this number.")
    _check_new(event)


def _check_new(event: events.TrainingRecorded) -> None:
    """A form that was sent twice leaves one result; a second try with another score is another result."""
    same = Result.objects.filter(course=event.course, person=event.person, held_on=event.held_on)
    is_known = Result.objects.filter(id=event.result).exists()
    if is_known or same.filter(score=event.score, withdrawn_at=None).exists():
        raise DataError("training-known", "This result has been recorded already.")


def is_stored_drill(recording: str) -> bool:
    """From the ledger itself: recordings lie in an app above this one."""
    entry = Entry.objects.filter(kind=STORED, subject=recording).first()
    return entry is not None and strictjson.loads_object(bytes(entry.core))["drill"] is True


@applies(events.TrainingRecorded)
def apply_recorded(event: events.TrainingRecorded, stamp: Stamp) -> None:
    held_on = date.fromisoformat(event.held_on)
    Result.objects.create(
        id=event.result,
        course=event.course,
        person=event.person,
        held_on=held_on,
        until=rules.until(held_on, Course.objects.get(id=event.course).valid_days),
        score=event.score,
        passed=event.passed,
        recording=event.recording,
        note=str(stamp.personal.get("note", ""))[: rules.LONGEST_NOTE],
        by=stamp.actor,
        at=stamp.at,
        entry=stamp.index,
    )


@checks(events.TrainingWithdrawn)
def check_withdrawn(event: events.TrainingWithdrawn, stamp: Stamp) -> None:
    if not Result.objects.filter(id=event.result, withdrawn_at=None).exists():
        raise DataError("training-unknown", "There is no such result, or it has been withdrawn already.")


@applies(events.TrainingWithdrawn)
def apply_withdrawn(event: events.TrainingWithdrawn, stamp: Stamp) -> None:
    # `entry` stays that of the result: the withdrawal is in the ledger under its id.
    Result.objects.filter(id=event.result).update(
        withdrawn_at=stamp.at, withdrawn_by=stamp.actor, reason=event.reason
    )
