"""How the tables of training follow from the ledger."""

from __future__ import annotations

from datetime import date

from zhilu.errors import DataError
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.organisation.apply_people import check_known
from zhilu.server.training import events, rules
from zhilu.server.training.models import Course, Result


@checks(events.CourseSet)
def check_course(event: events.CourseSet, stamp: Stamp) -> None:
    rules.check_course(event.kind, event.valid_days, event.pass_score)
    known = Course.objects.filter(id=event.course).first()
    if known is not None and known.kind != event.kind:
        raise DataError("course-kind", "A course keeps its kind: close it, and make another.")


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
    course = Course.objects.filter(id=event.course, closed=False).first()
    if course is None:
        raise DataError("course-unknown", "There is no such course, or it is closed.")
    held_on = date.fromisoformat(event.held_on)
    rules.check_result(held_on, event.score, event.passed, course.pass_score, day_of(stamp.at))
    if Result.objects.filter(id=event.result).exists():
        raise DataError("result-known", "This result has been recorded already.")
    same = Result.objects.filter(course=course, person=event.person, held_on=held_on, withdrawn_at=None)
    if same.exists():
        raise DataError("result-known", "This result has been recorded already.")
    if event.recording is not None and course.kind != rules.DRILL:
        raise DataError("training-recording", "Only a drill names a recording.")


@applies(events.TrainingRecorded)
def apply_recorded(event: events.TrainingRecorded, stamp: Stamp) -> None:
    course = Course.objects.get(id=event.course)
    held_on = date.fromisoformat(event.held_on)
    Result.objects.create(
        id=event.result,
        course=course,
        person=event.person,
        held_on=held_on,
        until=rules.valid_until(held_on, course.valid_days),
        score=event.score,
        passed=event.passed,
        recording=event.recording,
        by=stamp.actor,
        note=str(stamp.personal.get("note", ""))[: rules.LONGEST_NOTE],
        entry=stamp.index,
    )


@checks(events.TrainingWithdrawn)
def check_withdrawn(event: events.TrainingWithdrawn, stamp: Stamp) -> None:
    if not Result.objects.filter(id=event.result, withdrawn_at=None).exists():
        raise DataError("result-unknown", "There is no such result, or it has been withdrawn.")


@applies(events.TrainingWithdrawn)
def apply_withdrawn(event: events.TrainingWithdrawn, stamp: Stamp) -> None:
    Result.objects.filter(id=event.result).update(withdrawn=event.reason, withdrawn_at=stamp.at)
