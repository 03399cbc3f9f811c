"""Due tasks and reviews in the statistics: what counts, that tallies follow the matches, that a number opens
its rows, that a report is counted again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from support import bureau
from support.bureau import OTHER, Bureau
from support.county_world import OFFICER, SECTION, CountyWorld
from zhilu.server.catalogue.models import Procedure
from zhilu.server.evidence.models import Recording
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.models.base import applying
from zhilu.server.organisation.models import Person
from zhilu.server.organisation.services.numbers import People
from zhilu.server.oversight.models import DueTask, Match, Pending, ReviewedRecording
from zhilu.server.oversight.services import evaluating, kept, standing, tasks
from zhilu.server.oversight.services.tasks import Said
from zhilu.server.statistics.models import Counted, Standing, Tally
from zhilu.server.statistics.services import auditing, counting, recompute, report, tallies
from zhilu.server.statistics.services.counting import Asked
from zhilu.server.statistics.services.figures import Figures
from zhilu.server.statistics.services.recompute import Difference

FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)
WHOLE = Asked(FIRST, LAST, cut="month")
PERIOD = f"first={FIRST}&last={LAST}"
BESIDE_OFFICER = bureau.person_of("officer beside")


def said(number: str, since: datetime, officer: str = OFFICER, **more: Any) -> Said:
    procedure = Procedure.objects.filter(tier="priority").order_by("place", "version").first()
    assert procedure is not None
    told: dict[str, Any] = {
        "number": number,
        "procedure": procedure.code,
        "officers": [Person.objects.get(id=one).number for one in officer.split()],
        "since": since.replace(microsecond=0),
        "until": since.replace(microsecond=0) + timedelta(minutes=30),
        "taxpayer": "",
        "name": "",
        "document": "",
        "place": "",
    }
    return Said(**(told | more))


def enter(person: str, *rows: Said) -> None:
    people = People()
    plan = tasks.plan({n: tasks.read(row, people) for n, row in enumerate(rows, 2)}, person, "file", now())
    assert not [one for one in plan.outcomes.values() if one.error]
    tasks.enter(plan.entered(), person, "file")


@pytest.fixture
def grown(county: CountyWorld) -> Bureau:
    """One task is recorded and not described, one missing, one still ahead, one where nothing is demanded."""
    made = bureau.of(county)
    bare = Recording.objects.filter(department=SECTION, drill=False, acts=0, aside="").latest("opened_at")
    before = bare.opened_at - timedelta(days=40)
    enter(
        made.people["supervisor*"],
        said("bare", bare.opened_at),
        said("missing", before, f"{OFFICER} {BESIDE_OFFICER}"),
        said("ahead", now() + timedelta(days=3)),
        said("elsewhere", before, BESIDE_OFFICER),
    )
    settle()
    return made


def settle() -> None:
    evaluating.refresh("julu")
    tallies.refresh_all()


def sums(*keys: str, asked: Asked = WHOLE, anew: bool = False) -> dict[Any, tuple[int, int]]:
    found = Figures(("julu",), asked, anew).sums(*keys)
    told = {key[1:]: (numbers["due_recorded"], numbers["due"]) for key, numbers in found.items()}
    return {key: numbers for key, numbers in told.items() if any(numbers)}


def test_what_is_recorded_or_over_counts_once_in_its_department_and_for_each_officer(grown: Bureau) -> None:
    states = set(Match.objects.filter(due=True).values_list("state", flat=True))
    assert states == {"undescribed", "missing", "pending"}, "the task where nothing is demanded is not due"
    assert sums("department") == {(UUID(SECTION),): (1, 2)}
    assert sums("officer") == {(UUID(OFFICER),): (1, 2), (UUID(BESIDE_OFFICER),): (0, 1)}
    assert list(sums("class_code", "procedure").values()) == [(1, 2)]
    assert len(sums("day")) == 2
    # Excused is neither.
    Match.objects.filter(state="missing").update(state="excused")
    assert sums("department", anew=True) == {(UUID(SECTION),): (1, 1)}


@pytest.mark.db
def test_from_tallies_and_from_the_rows_the_same_is_counted(grown: Bureau) -> None:
    for asked in (
        WHOLE,
        replace(WHOLE, departments=frozenset({UUID(SECTION)})),
        replace(WHOLE, officer=UUID(OFFICER)),
    ):
        for keys in (("department",), ("day",), ("officer",), ("class_code", "procedure"), ()):
            before, after = sums(*keys, asked=asked), sums(*keys, asked=asked, anew=True)
            if keys == ("day",):
                before = {(key[0].replace(day=1),): numbers for key, numbers in before.items()}
                after = {(key[0].replace(day=1),): numbers for key, numbers in after.items()}
            assert before == after and before, (asked, keys)
    assert not sums("department", asked=replace(WHOLE, departments=frozenset({UUID(OTHER)})))


@pytest.mark.db
def test_tallies_follow_each_change_of_a_match_and_the_audit_finds_what_does_not(grown: Bureau) -> None:
    assert list(auditing.audit_tallies()) == []
    supervisor = grown.people["supervisor*"]
    gone = said("missing", now() - timedelta(days=60), f"{OFFICER} {BESIDE_OFFICER}", withdrawn=True)
    enter(supervisor, gone)
    settle()
    assert sums("department") == {(UUID(SECTION),): (1, 1)} and list(auditing.audit_tallies()) == []
    # A task moves to another day, and to another officer.
    enter(supervisor, said("bare", now() - timedelta(days=50), withdrawn=False))
    settle()
    assert sums("department") == {(UUID(SECTION),): (0, 1)} and len(sums("day")) == 1
    assert list(auditing.audit_tallies()) == []
    Tally.objects.filter(level="officer", due__gt=0, span="day").update(due=7)
    assert [one.code for one in auditing.audit_tallies() if " day " in one.place] == ["not as counted"]
    # A match that was changed past its worker is found by the next look.
    Counted.objects.update(matched=0)
    Standing.objects.update(matched="")
    tallies.refresh_all()
    assert list(auditing.audit_tallies()) == []


@pytest.mark.db
def test_each_number_opens_its_tasks(grown: Bureau) -> None:
    client = grown.client("supervisor*")
    page = client.get(f"/statistics?{PERIOD}").context["page"]
    opened = 0
    for line in (page.whole, *page.units, *page.trend):
        for number in ("due", "due_recorded"):
            count, url = line.number(number)
            rows = client.get(url).context["rows"]
            assert len(rows) == count, (line.name, number)
            opened += count
    assert opened >= 6
    text = client.get(f"/statistics?{PERIOD}").content.decode()
    assert "1 / 2" in text.replace("</a>", "").replace("\n", "") or "counts=due" in text
    assert client.get(f"/statistics?{PERIOD}&export=xlsx").status_code == 200


def test_a_report_has_tasks_and_is_counted_again(grown: Bureau) -> None:
    made = report.make(FIRST, LAST)
    (one,) = made["ledgers"]
    assert (one["whole"]["due"], one["whole"]["due_recorded"]) == (2, 1)
    assert list(recompute.recompute(recompute.read(report.to_bytes(made)))) == []
    # What is matched since changes no report of before.
    enter(grown.people["supervisor*"], said("later", now() - timedelta(days=30)))
    settle()
    assert list(recompute.recompute(recompute.read(report.to_bytes(made)))) == []
    one["whole"]["due_recorded"] = 2
    found = list(recompute.recompute(recompute.read(report.to_bytes(made))))
    assert found == [Difference("julu", "whole", "due_recorded", 2, 1)]


def test_a_report_reads_the_matches_that_are_kept_where_they_say_the_same(
    grown: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    anew = report.counted_here(WHOLE, standing.newest())
    known = kept.of_days("julu", FIRST, LAST)
    assert known is not None and known.size == ledgers.applied("julu")
    # Of a moment at which a task's time was not over it does not count, though it is judged by now.
    task = Match.objects.get(state="missing").task
    early = int(DueTask.objects.get(id=task).until.timestamp()) + 60
    for as_of in (early, known.as_of):
        counted = [
            one for one in standing.of_days(FIRST, LAST, as_of) if one.due and one.state in counting.OVER
        ]
        read = [one for one in kept.standing_at(known, as_of) if one.state in counting.OVER]
        assert {one.task: one.state for one in read} == {one.task: one.state for one in counted}, as_of
        assert len(read) == (1 if as_of == early else 2)

    def never(*_asked: object) -> None:
        raise AssertionError("matched anew")

    with monkeypatch.context() as patched:
        patched.setattr(standing, "of_days", never)
        (one,) = report.make(FIRST, LAST)["ledgers"]
    assert {name: one[name] for name in anew} == anew
    # What is not judged yet is matched.
    enter(grown.people["supervisor*"], said("later", now() - timedelta(days=30)))
    known = kept.of_days("julu", FIRST, LAST)
    assert known is not None and known.size < ledgers.applied("julu")
    (one,) = report.make(FIRST, LAST)["ledgers"]
    assert one["whole"]["due"] == 3
    Pending.objects.create(bureau="julu", day=FIRST)
    assert kept.of_days("julu", FIRST, LAST) is None


def test_a_reviewed_recording_counts_once_by_its_newest_review(grown: Bureau) -> None:
    mine = list(Recording.objects.filter(department=SECTION, drill=False).order_by("-opened_at")[:3])
    drill = Recording.objects.filter(department=SECTION, drill=True).first()
    with applying():
        for n, one in enumerate([*mine[:2], *([drill] if drill else [])]):
            ReviewedRecording.objects.create(
                recording=one.id, passed=n == 0, at=now(), review=one.id, entry=1
            )
    tallies.forget()
    tallies.refresh_all()
    assert list(auditing.audit_tallies()) == []
    (numbers,) = Figures(("julu",), replace(WHOLE, departments=frozenset({UUID(SECTION)}))).sums().values()
    assert (numbers["reviewed"], numbers["passed"]) == (2, 1)
    client = grown.client("supervisor")
    page = client.get(f"/statistics?{PERIOD}").context["page"]
    for number in ("reviewed", "passed"):
        count, url = page.whole.number(number)
        assert len(client.get(url).context["rows"]) == count == numbers[number]
    assert "footage-reviewed/" in tallies.KINDS and counting.BEHIND["recordings"].keys() >= {"reviewed"}
