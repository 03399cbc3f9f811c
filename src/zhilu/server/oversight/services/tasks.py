"""Due tasks that come in, from a file or by the API (spec/due-tasks.md §3).

1. `read`: a row as somebody wrote it becomes a version: numbers in one spelling, officers by their numbers.
2. `plan`: what each row would do, by the tables as they are: new, another version, the same, or refused and
   why. No lock is held; a row that is refused stops none of the others.
3. `enter`: what is to be entered, all or none, in one transaction under the ledger's lock, by the rules of
   the ledger. What has changed since the plan is refused there (`task-version`, `task-scope`, …): plan again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from zhilu.encoding import h, sha256
from zhilu.errors import DataError, ZhiluError, bare
from zhilu.server.evidence import rules_links
from zhilu.server.ledger.clock import new_id
from zhilu.server.ledger.services import commit as commits
from zhilu.server.ledger.services import payloads
from zhilu.server.ledger.services.commit import Prepared, Proposal, commit
from zhilu.server.organisation.services.numbers import People
from zhilu.server.oversight import rules_tasks as rules
from zhilu.server.oversight.apply_tasks import AT_ONCE, Known, Own, Scope
from zhilu.server.oversight.events_tasks import MatchCorrected, TasksEntered
from zhilu.server.oversight.models import DueTask

NEW, CHANGED, SAME, REFUSED = STATES = ("new", "changed", "same", "refused")
SAID = ("number", "version", "procedure", "officers", "since", "until", "withdrawn", *rules.PERSONAL)
Step = Callable[[int], None]


@dataclass(frozen=True)
class Said:
    """A row as it came. `officers`: their numbers, the first leads."""

    number: str
    procedure: str
    officers: Sequence[str]
    since: datetime
    until: datetime
    taxpayer: str = ""
    name: str = ""
    document: str = ""
    place: str = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of a row: one of STATES; what is to be entered of it, or is there already; or why it is refused."""

    state: str
    version: rules.Version | None = None
    error: ZhiluError | None = None


Row = rules.Version | ZhiluError


@dataclass
class Plan:
    """By row, in the order of the rows."""

    outcomes: dict[int, Outcome] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        states = [one.state for one in self.outcomes.values()]
        return {state: states.count(state) for state in STATES}

    def entered(self) -> list[rules.Version]:
        return [one.version for one in self.outcomes.values() if one.version and one.state in (NEW, CHANGED)]

    def used_up(self) -> Iterator[rules.Version]:
        """The same, one by one, and each is forgotten here: of a long file all that is held counts."""
        for row in list(self.outcomes):
            one = self.outcomes.pop(row)
            if one.version and one.state in (NEW, CHANGED):
                yield one.version

    def cut(self, most: int, error: ZhiluError) -> Plan:
        """Entering so many only; the tasks beyond are refused, wherever their rows stand."""
        over = {one.task for one in self.entered()[most:]}
        return Plan(
            {
                row: Outcome(REFUSED, error=error) if one.version and one.version.task in over else one
                for row, one in self.outcomes.items()
            }
        )

    def digest(self) -> str:
        """Of what would be entered: another one, if anything of it is otherwise."""
        return h("zhilu/task-plan/v1", *(sha256(repr(one).encode()) for one in self.entered())).hex()


def read(said: Said, people: People) -> rules.Version:
    """Version 1: which it is, a plan says. DataError for what is wrong with the row itself."""
    number = rules.number_of(said.number)
    rules.check_plan(said.since, said.until)
    if not 0 < len(said.procedure) <= rules.LONGEST_CODE or not said.procedure.isprintable():
        raise DataError("procedure-unknown", "The catalogue of that day has no procedure with this code.")
    officers = tuple(_officer(one, people) for one in said.officers)
    rules.check_officers(officers)
    return rules.Version(
        number,
        1,
        sys.intern(said.procedure),
        officers,
        said.since,
        said.until,
        said.withdrawn,
        taxpayer=_number("taxpayer", said.taxpayer),
        name=rules_links.line_of(said.name, rules_links.LONGEST_NAME),
        document=_number("document", said.document),
        place=rules_links.line_of(said.place, rules.LONGEST_PLACE),
    )


def _officer(number: str, people: People) -> str:
    found = people.find(number)
    if found is None:
        raise DataError("officer-unknown", "Nobody here has one of the officers' numbers.")
    return sys.intern(str(found.id))


def _number(kind: str, said: str) -> str:
    """As links have it, or none."""
    return rules_links.number_of(kind, said) if said.strip() else ""


def plan(
    rows: Mapping[int, Row], actor: str, source: str, at: datetime, step: Step = lambda done: None
) -> Plan:
    """`rows`: by their numbers, read or refused already. `step` is told how many are done."""
    good = {number: row for number, row in rows.items() if isinstance(row, rules.Version)}
    twice = _contradicting(good)
    known, scope = Known(list(good.values())), Scope(actor, source, at)
    own = Own(known, list(good.values()))
    made, seen, before = Plan(), dict[str, Outcome](), _Before(good.values())
    for done, (number, row) in enumerate(rows.items(), 1):
        if isinstance(row, ZhiluError):
            made.outcomes[number] = Outcome(REFUSED, error=row)
        elif row.number in twice:
            error = DataError(
                "row-twice", "Row {row} says something else of this task.", row=_other(twice, row, number)
            )
            made.outcomes[number] = Outcome(REFUSED, error=error)
        elif row.number in seen:
            made.outcomes[number] = replace(seen[row.number], state=_again(seen[row.number].state))
        else:
            made.outcomes[number] = seen[row.number] = _outcome(
                row, lambda row: _check(row, actor, known, scope, own), before
            )
        if done % AT_ONCE == 0:
            step(done)
    return made


def _again(state: str) -> str:
    return state if state == REFUSED else SAME


def _check(row: rules.Version, actor: str, known: Known, scope: Scope, own: Own) -> None:
    """As the ledger will."""
    payloads.check_seen(actor, row.number, row.personal())
    known.check(row)
    scope.check(known.places(row))
    own.check(actor, [row])


def _outcome(row: rules.Version, check: Callable[[rules.Version], None], before: _Before) -> Outcome:
    try:
        check(row)
    except ZhiluError as error:
        return Outcome(REFUSED, error=bare(error))
    was = before.get(row)
    if was is None:
        return Outcome(NEW, row)
    if was.says() == row.says():
        return Outcome(SAME, was)
    return Outcome(CHANGED, replace(row, version=was.version + 1))


def _contradicting(rows: Mapping[int, rules.Version]) -> dict[str, list[int]]:
    """Numbers of which two rows say two things, and where."""
    first: dict[str, int] = {}
    places: dict[str, list[int]] = {}
    for number, row in rows.items():
        before = first.setdefault(row.number, number)
        if before != number:
            places.setdefault(row.number, [before]).append(number)
    return {number: there for number, there in places.items() if len({rows[one].says() for one in there}) > 1}


def _other(twice: Mapping[str, list[int]], row: rules.Version, mine: int) -> int:
    return next(one for one in twice[row.number] if one != mine)


class _Before:
    """The newest versions that there are."""

    def __init__(self, rows: Any) -> None:
        ids = sorted({row.task for row in rows})
        self._found: dict[str, rules.Version] = {}
        for first in range(0, len(ids), AT_ONCE):
            for values in DueTask.objects.filter(id__in=ids[first : first + AT_ONCE]).values_list(*SAID):
                said = dict(zip(SAID, values, strict=True))
                said["officers"] = tuple(said["officers"])
                self._found[said["number"]] = rules.Version(**said)

    def get(self, row: rules.Version) -> rules.Version | None:
        return self._found.get(row.number)


def enter(versions: Iterable[rules.Version], actor: str, source: str, batch: UUID | None = None) -> None:
    """All or none."""
    enter_prepared(prepare(versions, actor, source, batch))


def prepare(
    versions: Iterable[rules.Version], actor: str, source: str, batch: UUID | None = None
) -> Sequence[Prepared]:
    """What is done before others have to wait: most of it."""
    return commits.prepare(_proposals(iter(versions), actor, source, batch or new_id()))


def enter_prepared(prepared: Sequence[Prepared]) -> None:
    if prepared:
        commits.commit_prepared(prepared)


def _proposals(versions: Iterator[rules.Version], actor: str, source: str, batch: UUID) -> Iterator[Proposal]:
    while some := list(islice(versions, rules.MOST_ROWS)):
        event = TasksEntered(str(batch), source, [one.core() for one in some])
        event.read()
        yield Proposal(event, actor, {"rows": [one.personal() for one in some]})


def correct(actor: UUID, task: UUID | None, act: UUID | None, reason: str, back: bool = False) -> None:
    """`task` and `act` belong together; or to nothing, where one is None; or, `back`, as the match says."""
    said = {"task": str(task) if task else None, "act": str(act) if act else None}
    rules.check_correction(said["task"], said["act"], back=False, live=False)
    event = MatchCorrected(about=str(task or act), back=back, **said)
    commit(event, str(actor), {"reason": rules.reason_of(reason)})
