"""A month of the grown bureau in which people were found at fault, reviewed, and good: for assessment."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from support.bureau import OTHER, Bureau, of, person_of
from support.county_world import OFFICER, SECTION, CountyWorld, named_id

ME = UUID(OFFICER)
BESIDE_ME = UUID(person_of("officer beside"))
_numbers = itertools.count()


def grown(county: CountyWorld) -> Bureau:
    """The bureau, whose officer's act had no outcome before the month."""
    from zhilu.server.evidence.services import outcomes

    made = of(county)
    outcomes.withdraw(ME, made.things["own"]["outcome"], "wrong-act")
    return made


def month(months: int = 0) -> date:
    """The one after the grown bureau was made, so that whoever is in it was there before; or one after it."""
    from zhilu.server.ledger.clock import _system, day_of

    found = day_of(_system()).replace(day=1)
    for _ in range(months + 1):
        found = (found + timedelta(days=31)).replace(day=1)
    return found


def on(day: int, months: int = 0, minute: int = 0) -> datetime:
    """Ten in the morning in Beijing, on that day of the month, or of one after it."""
    found = month(months)
    return datetime(found.year, found.month, day, 2, minute, tzinfo=UTC)


def at(moment: datetime) -> AbstractContextManager[None]:
    """The server's clock stands there."""
    from zhilu.server.ledger import clock

    return clock.set_to(lambda: moment)


@contextmanager
def over() -> Iterator[None]:
    """The month is over: on the second day of the next."""
    with at(on(2, 1)):
        yield


def fault(
    world: Bureau,
    rule: str = "missing",
    day: int = 5,
    person: UUID = ME,
    raised: datetime | None = None,
    decided: datetime | None = None,
    **more: Any,
) -> str:
    """A finding of that day, concluded a fault of the person by the supervisor of the bureau. Its id."""
    from support import answers_world
    from zhilu.server.ledger.services.commit import commit
    from zhilu.server.oversight.events_answers import FindingConcluded
    from zhilu.server.oversight.events_findings import FindingRaised  # noqa: F401 - registers

    department = OTHER if person == BESIDE_ME else SECTION
    finding = answers_world.raised(
        rule=rule,
        subject=str(named_id(f"assessed {next(_numbers)}")),
        persons=(str(person),),
        department=department,
        moment=raised or on(day, minute=1),
        day=month().replace(day=day).isoformat(),
        **more,
    )
    with at(decided or on(28)):
        commit(FindingConcluded(finding, "fault", None, [str(person)]), world.people["supervisor*"])
    return finding


def outcome(
    world: Bureau,
    kind: str = "dispute-settled",
    confirmed: bool = True,
    day: int = 7,
    moment: datetime | None = None,
) -> UUID:
    """Of the officer's act, which has a recording; then its statement whole, and confirmed by the head."""
    from zhilu.server.evidence.events_links import OutcomeRecorded
    from zhilu.server.ledger.services.commit import commit

    made = uuid4()
    with at(moment or on(day)):
        commit(OutcomeRecorded(str(world.things["own"]["act"]), str(made), kind, None), str(ME))
        if confirmed:
            confirm(world)
    return made


def confirm(world: Bureau) -> None:
    """The head reads the newest of the officer's act, at the clock's time."""
    from zhilu.server.evidence.models import Act
    from zhilu.server.evidence.rules import ELEMENTS
    from zhilu.server.evidence.services import desk
    from zhilu.server.evidence.services.acts import file_statement

    act = Act.objects.get(id=world.things["own"]["act"])
    file_statement(ME, act, act.version, dict.fromkeys(ELEMENTS, "有"))
    act.refresh_from_db()
    desk.confirm(UUID(world.people["unit-head"]), act.id, act.version)


def failed(
    world: Bureau, items: tuple[str, ...] = ("civil-language",), day: int = 8, at_: datetime | None = None
) -> UUID:
    """A recording of the officer that did not pass, as rows that the ledger would give. Its id."""
    from zhilu.server.ledger.models.base import applying
    from zhilu.server.oversight.models import Draw, Drawn, FootageReview

    moment, recording, draw = at_ or on(20), uuid4(), uuid4()
    person = {"officer": ME, "department": UUID(SECTION)}
    with applying():
        Draw.objects.create(
            id=draw, kind="targeted", since=on(1), until=on(28), second=100, by="julu", at=moment, entry=1
        )
        drawn = Drawn.objects.create(
            id=uuid4(), draw_id=draw, recording=recording, place=0, twice=True, state="done",
            day=month().replace(day=day), at=moment, entry=1, **person,
        )  # fmt: skip
        for level, who in enumerate(("supervisor", "supervisor*"), 1):
            FootageReview.objects.create(
                id=uuid4(), drawn=drawn, recording=recording, level=level, class_code="general", version=1,
                viewing=uuid4(), answers={}, failed=list(items), passed=False, by=world.people[who],
                at=moment + timedelta(minutes=level), entry=1, **person,
            )  # fmt: skip
    return recording


def published(world: Bureau, version: int = 1, moment: datetime | None = None, who: str = "leader*") -> Any:
    from zhilu.server.assessment.models import Publication
    from zhilu.server.assessment.services import publishing

    with at(moment or on(2, 1)):
        publishing.publish(UUID(world.people[who]), month(), version)
    return Publication.objects.get(month=month(), version=version)


def reckoned(version: int = 1, moment: datetime | None = None, months: int = 0) -> Any:
    from zhilu.server.assessment.services.reckoning import Reckoning

    return Reckoning(month(months), version, moment or on(2, months + 1))


def line(person: UUID = ME, **more: Any) -> Any:
    return next(one for one in reckoned(**more).result.lines if one.person == person)


def next_month() -> Any:
    return line(months=1)


def persona(world: Bureau, name: str) -> UUID:
    return UUID(world.people[name])


def told(person: UUID = ME, version: int = 1) -> Any:
    from zhilu.server.assessment.models import PublishedLine

    return PublishedLine.objects.get(publication__version=version, person=person)


def objection(world: Bureau, person: UUID = ME, moment: datetime | None = None, version: int = 1) -> UUID:
    from zhilu.server.assessment.services import objecting

    with at(moment or on(3, 1)):
        return objecting.file(person, month(), version, "当日为演练，并非应录。")
