"""Due tasks that come in. What a call enters is one transaction under the ledger's lock.

- Each row stands for itself: what is refused says why, the others are entered. Two rows of one number that
  say two things are both refused.
- A task that is there already as the row says it is `same`: nothing is entered. So a batch may be sent again;
  with an Idempotency-Key (answered.py) also one that another has overtaken meanwhile.
- What one token enters in a day is bound (limits.py): the rows beyond are refused, and an alarm says so, for
  a program that sends that much has gone wrong, or its token is in other hands.
"""

from __future__ import annotations

from zhilu.errors import CallerError, DataError, ZhiluError
from zhilu.server.api import answered, limits, schemas
from zhilu.server.api.problems import hint_of
from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.ledger import lock
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services import commit
from zhilu.server.organisation.services.api_tokens import Bearer
from zhilu.server.organisation.services.numbers import People
from zhilu.server.oversight.services import tasks

OVER = "tasks-many"
STATUS = {tasks.NEW: "entered", tasks.CHANGED: "changed", tasks.SAME: "same", tasks.REFUSED: "refused"}


def enter_all(bearer: Bearer, sent: schemas.TasksIn, body: bytes, key: str | None) -> schemas.TasksDone:
    said = answered.said(bearer, key, body, schemas.TasksDone)
    if said is not None:
        return said
    known, people = commit.size(), People()
    rows = {place: _read(row, people) for place, row in enumerate(sent.rows)}
    plan = tasks.plan(rows, str(bearer.id), "api", now())
    with lock.held():
        said = answered.said(bearer, key, body, schemas.TasksDone)  # the same may have come twice at once
        if said is not None:
            return said
        if plan.entered():
            if commit.size() != known:  # what it was planned by may be otherwise since
                plan = tasks.plan(rows, str(bearer.id), "api", now())
            plan = _within(bearer, plan)
        if entered := plan.entered():
            tasks.enter(entered, str(bearer.id), "api")
            limits.count(limits.tasks_of(bearer.id), len(entered), limits.DAY)
        done = _done(plan)
        answered.keep(bearer, key, body, done)
    return done


def _within(bearer: Bearer, plan: tasks.Plan) -> tasks.Plan:
    """What of it this token may still enter today."""
    room = limits.room(limits.tasks_of(bearer.id), bearer.tasks, limits.DAY)
    if len(plan.entered()) <= room:
        return plan
    raise_alarm(OVER, str(bearer.id))
    over = CallerError(OVER, "This token has entered its {most} tasks of today.", most=bearer.tasks)
    return plan.cut(room, over)


def _read(row: schemas.TaskIn, people: People) -> tasks.Row:
    try:
        if row.since.tzinfo is None or row.until.tzinfo is None:
            raise DataError("task-zone", "A time has a zone.")
        return tasks.read(tasks.Said(**row.model_dump()), people)
    except ZhiluError as error:
        return error


def _done(plan: tasks.Plan) -> schemas.TasksDone:
    rows = [_row(place, one) for place, one in sorted(plan.outcomes.items())]
    counts = {STATUS[state]: count for state, count in plan.counts.items()}
    return schemas.TasksDone(rows=rows, **counts)


def _row(place: int, one: tasks.Outcome) -> schemas.TaskDone:
    if one.error is not None:
        return schemas.TaskDone(row=place, status="refused", code=one.error.code, hint=hint_of(one.error))
    assert one.version is not None
    status = STATUS[one.state]
    return schemas.TaskDone(row=place, status=status, task=one.version.task, version=one.version.version)  # type: ignore[arg-type]
