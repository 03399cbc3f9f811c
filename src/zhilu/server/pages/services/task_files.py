"""Files of due tasks: taken in, checked, and entered when whoever brought one has seen what the check says
(spec/due-tasks.md §4).

    waiting → checking → checked → agreed → entering → entered
                  ↓         ↓ ↑_______________|   what would be entered is another now: he is asked again
               failed    dropped

- The worker does it, one file at a time. A second one is refused while the server is at the first.
- A file lies in the home until it is entered, refused as a whole, or given up. Nothing of it is in the ledger
  before all of its good rows are: they and the word that they are entered are one transaction.
- Whoever dies in the middle left a file that is `checking` or `entering`, and nothing else: it is begun anew.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, close_old_connections, connections, transaction

from zhilu.durable import create
from zhilu.encoding import as_uuid, sha256
from zhilu.errors import CallerError, DataError, WorldError, ZhiluError, bare
from zhilu.server import tabular
from zhilu.server.ledger.clock import new_id, now
from zhilu.server.ledger.services.alone import alone
from zhilu.server.organisation.services.numbers import People
from zhilu.server.oversight.models import TaskFile, TaskFileProblem
from zhilu.server.oversight.models import task_files as states
from zhilu.server.oversight.services import tasks
from zhilu.server.pages.services.sheets import due_tasks
from zhilu.server.pages.services.sheets.sheet import Line, Report, place_of, read_lines

log = logging.getLogger("zhilu.tasks")
LOOK_S, SWEEP_S = 1.0, 60.0
FOLDER = "task-files"
MOST_PROBLEMS = tabular.MOST_ROWS_OUT
PATIENCE, KEPT = timedelta(days=1), timedelta(days=30)
"""How long a checked file waits for a word, and how long its refused rows are kept."""
MOST_AT_ONCE, CHANGED_WEIGHS = 200_000, 4
"""New rows that are entered under one lock; another version costs as much as so many of them. Whoever writes
waits meanwhile, and on SQLite gives up after 30 s.
"""
MOVED = ("task-version", "task-own", "officer-unknown", "officer-elsewhere", "procedure-unknown")
"""What the ledger refuses where something has changed since the check."""


def take(by: UUID, data: bytes, name: str) -> UUID:
    """A new file, to be checked. CallerError `task-file-busy`; DataError where it is longer than any;
    WorldError where the home cannot hold it.
    """
    if len(data) > tabular.LONG.size:
        raise tabular.too_long(tabular.LONG)
    made = TaskFile(
        id=new_id(), by=by, name=name[-255:], size=len(data), sha256=sha256(data).hex(),
        state=states.WAITING, at=now(),
    )  # fmt: skip
    path = path_of(made.id)
    _keep(path, data)
    try:
        with transaction.atomic():
            for other in TaskFile.objects.filter(by=by, state=states.CHECKED):
                _end(other, states.DROPPED)
            made.save(force_insert=True)
    except IntegrityError:
        path.unlink(missing_ok=True)
        raise CallerError(
            "task-file-busy", "Another file is being checked or entered: send this one when it is done."
        ) from None
    return made.id


def _keep(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        create(path, data)
    except OSError as error:
        raise WorldError(
            "task-file-kept",
            "The server cannot keep the file ({reason}). Nothing of it was taken: send it again later.",
            reason=error.strerror or error,
        ) from error


def path_of(file: UUID) -> Path:
    return Path(settings.ZHILU.home) / FOLDER / str(file)


def agree(file: UUID, by: UUID, plan: str) -> None:
    """`plan`: the digest of what he has seen."""
    given = {"id": file, "by": by, "state": states.CHECKED, "plan": plan}
    try:
        with transaction.atomic():
            done = TaskFile.objects.filter(**given).update(state=states.AGREED, moved=False)
    except IntegrityError:
        raise CallerError(
            "task-file-busy", "Another file is being checked or entered: send this one when it is done."
        ) from None
    if not done:
        raise DataError(
            "task-file-moved", "What this file would enter is not what you have seen: look again."
        )


def drop(file: UUID, by: UUID) -> None:
    """Also while it is checked; not when it is being entered."""
    for found in TaskFile.objects.filter(id=file, by=by, state__in=(*states.CHECKS, states.CHECKED)):
        _end(found, states.DROPPED)


def run(stop: threading.Event) -> None:
    """Until `stop`."""
    swept = -SWEEP_S
    while not stop.is_set():
        close_old_connections()
        sweeps = time.monotonic() - swept >= SWEEP_S
        swept = time.monotonic() if sweeps else swept
        try:
            work_once(sweeps)
        except Exception:
            log.exception("a file of due tasks failed")
        stop.wait(LOOK_S)
    connections.close_all()


def work_once(sweeps: bool = True) -> None:
    """What there is to do; and what is old, where it `sweeps`."""
    if TaskFile.objects.filter(state__in=states.BUSY).exists():
        with alone(FOLDER):
            for file in TaskFile.objects.filter(state__in=states.BUSY):
                _work(file)
    if sweeps:
        _tidy()


def _work(file: TaskFile) -> None:
    is_check = file.state in states.CHECKS
    try:
        _check(file) if is_check else _enter(file)
    except ZhiluError as error:
        if not is_check and error.code in MOVED:
            _check(file, moved=True)
            return
        log.warning("a file of due tasks was refused: %s", error.code)
        _end(file, states.FAILED, error)
    except Exception:  # nobody thought of it; it is not tried for ever
        log.exception("a file of due tasks failed")
        _end(
            file,
            states.FAILED,
            DataError("task-file-failed", "The server failed at this file. Nothing was entered."),
        )


def _check(file: TaskFile, moved: bool = False) -> None:
    if not _step(file, states.CHECKING):
        return
    found = _read(file)
    _say(file, found, moved)


def _enter(file: TaskFile) -> None:
    if not _step(file, states.ENTERING):
        return
    found = _read(file)
    if found.plan.digest() != file.plan:
        _say(file, found, moved=True)
        return
    ready = tasks.prepare(found.plan.used_up(), str(file.by), "file", file.id)
    with transaction.atomic():  # a crash before its end leaves nothing, and it is begun anew
        tasks.enter_prepared(ready)
        _end(file, states.ENTERED)


def _step(file: TaskFile, state: str) -> bool:
    """Whether it was still there to be done: somebody may have dropped it."""
    done = TaskFile.objects.filter(id=file.id, state__in=states.BUSY).update(state=state, done=0)
    file.state = state
    return bool(done)


@dataclass
class _Found:
    """`refused`: row, key of the column, number that stood there, why; of the first of `wrong` rows."""

    rows: int = 0
    wrong: int = 0
    plan: tasks.Plan = field(default_factory=tasks.Plan)
    refused: list[tuple[int | None, str, str, ZhiluError]] = field(default_factory=list)


def _read(file: TaskFile) -> _Found:
    path = path_of(file.id)
    if not path.exists():
        raise DataError("task-file-gone", "The file is no longer on the server: send it again.")
    rows = tabular.read(path.read_bytes(), file.name, tabular.LONG)
    file.rows = max(len(rows) - 1, 0)
    TaskFile.objects.filter(id=file.id).update(rows=file.rows)
    report, found = Report(), _Found(file.rows)
    people = People()
    read: dict[int, tasks.Row] = {}
    numbers: dict[int, str] = {}
    for line in read_lines(due_tasks.SHEET, rows, report, lambda done: _tell(file, done)):
        read[line.number] = one = _version(line, people)
        if isinstance(one, ZhiluError):
            numbers[line.number] = line["number"]
    keys = {str(column.label): column.key for column in due_tasks.SHEET.columns}
    found.refused = [
        (one.row, keys.get(str(one.column), ""), one.got.get("number") or "", one.error)
        for one in report.problems
    ]
    found.wrong = report.wrong
    found.plan = tasks.plan(read, str(file.by), "file", now())
    _check_work(found.plan.counts)
    for row, outcome in found.plan.outcomes.items():
        if outcome.error is not None:
            found.wrong += 1
            said = read[row]
            number = numbers[row] if isinstance(said, ZhiluError) else said.number
            column = place_of(due_tasks.SHEET, outcome.error)
            found.refused.append((row, column, number, outcome.error))
    found.refused.sort(key=lambda one: one[0] or 0)
    return found


def _check_work(counts: Mapping[str, int]) -> None:
    if counts[tasks.NEW] + CHANGED_WEIGHS * counts[tasks.CHANGED] > MOST_AT_ONCE:
        raise DataError(
            "task-file-work",
            "Entered at once, this file would keep others waiting for too long: it may have {most} new rows,"
            " and a row that changes a task counts as {weight} of them. Divide it.",
            most=MOST_AT_ONCE,
            weight=CHANGED_WEIGHS,
        )


def _version(line: Line, people: People) -> tasks.Row:
    try:
        return tasks.read(due_tasks.said(line), people)
    except ZhiluError as error:
        return bare(error)


def _tell(file: TaskFile, done: int) -> None:
    """For whoever looks. A file that was dropped meanwhile is read no further."""
    if not TaskFile.objects.filter(id=file.id, state__in=states.BUSY).update(done=done):
        raise DataError("task-file-dropped", "This file was given up.")


def _say(file: TaskFile, found: _Found, moved: bool) -> None:
    counts = found.plan.counts
    rows = [
        TaskFileProblem(file=file, row=row, column=column, number=number[:64], error=spelled(error))
        for row, column, number, error in found.refused[:MOST_PROBLEMS]
    ]
    with transaction.atomic():
        TaskFileProblem.objects.filter(file=file).delete()
        TaskFileProblem.objects.bulk_create(rows, 1000)
        TaskFile.objects.filter(id=file.id, state__in=states.BUSY).update(
            state=states.CHECKED,
            done=found.rows,
            new=counts[tasks.NEW],
            changed=counts[tasks.CHANGED],
            same=counts[tasks.SAME],
            refused=found.wrong,
            plan=found.plan.digest(),
            moved=moved,
            error=None,
        )


def spelled(error: ZhiluError) -> list[Any]:
    return [error.code, error.hint, {name: str(value) for name, value in error.fields.items()}]


def error_of(said: list[Any]) -> DataError:
    code, hint, fields = said
    return DataError(code, hint, **fields)


def _end(file: TaskFile, state: str, error: ZhiluError | None = None) -> None:
    said = spelled(error) if error else None
    open_ = TaskFile.objects.filter(id=file.id, state__in=states.OPEN)
    open_.update(state=state, ended_at=now(), error=said)


def _tidy() -> None:
    for file in TaskFile.objects.filter(state=states.CHECKED, at__lt=now() - PATIENCE):
        _end(file, states.DROPPED)
    old = TaskFileProblem.objects.filter(file__at__lt=now() - KEPT)
    if old.exists():  # to delete, even nothing, is to wait for whoever writes
        old.delete()
    for path in _left():
        path.unlink(missing_ok=True)


def _left() -> Iterator[Path]:
    """Files that have come to an end, and those of which no row says anything: somebody died between."""
    folder = Path(settings.ZHILU.home) / FOLDER
    there = list(folder.iterdir()) if folder.is_dir() else []
    if not there:
        return
    found = TaskFile.objects.filter(id__in=[one for path in there if (one := as_uuid(path.name))])
    known = {str(file): state for file, state in found.values_list("id", "state")}
    young = (now() - timedelta(minutes=10)).timestamp()
    for path in there:
        is_known = path.name in known
        if known.get(path.name) not in states.OPEN and (is_known or path.stat().st_mtime < young):
            yield path
