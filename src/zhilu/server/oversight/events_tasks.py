"""Events about due tasks (spec/due-tasks.md)."""

from __future__ import annotations

from functools import cached_property

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Code, Id, JsonList
from zhilu.server.oversight.rules_tasks import LONGEST, Version, read_rows


@event("tasks-entered/1", subject="batch", longest=LONGEST)
class TasksEntered:
    """Versions of many tasks: `rows` as rules_tasks.Version says them. `batch`: the file, or the call, that
    they came with; it may have further entries. Personal: rows, of each [taxpayer, name, document, place].
    """

    batch: Id
    source: Code
    rows: JsonList

    @cached_property
    def versions(self) -> list[Version]:
        """Without their texts. DataError where a row is none. Read once, before the lock is taken."""
        return read_rows(self.rows)

    def read(self) -> None:
        for one in self.versions:
            _ = one.day, one.named


@event("match-corrected/1", subject="about", by=("supervisor",))
class MatchCorrected:
    """`task` and `act` belong together; null: nothing belongs to the other one. `back`: what was said of them
    counts no more. `about`: the task, or where it is null the act. Personal: reason.
    """

    about: Id
    task: Id | None
    act: Id | None
    back: bool
