"""Versions of the catalogue, its draft, the acts under them; all of it made anew (spec/registers.md §2)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import OperationalError, connection

from support.county_world import BUREAU, DEPARTMENT, OFFICER, RECORDING, CountyWorld, named_id
from support.legal import EDITOR, ME, add_editor, line, listed, put, refused
from zhilu.encoding import parse_time
from zhilu.errors import DataError, ZhiluError
from zhilu.server.catalogue import rules
from zhilu.server.catalogue.events import CatalogueSet
from zhilu.server.catalogue.models import (
    Catalogue,
    Change,
    Procedure,
    Proposal,
    Reading,
    Regulation,
    Rollout,
)
from zhilu.server.catalogue.services import catalogue, drafts, proposals, regulations
from zhilu.server.catalogue.services.differences import between, pieces
from zhilu.server.evidence.models import Act, Recording
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services import acts
from zhilu.server.ledger.clock import BEIJING, today
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services import commit as commits
from zhilu.server.ledger.services.commit import commit
from zhilu.server.ledger.services.rebuild import rebuild
from zhilu.strictjson import FieldError

TABLES: list[type[Any]] = [Catalogue, Procedure, Proposal, Reading, Regulation, Rollout]


def next_one(since: date | str = "", **changes: Any) -> CatalogueSet:
    """The first version again, as the next."""
    day = str(since or today())
    return replace(catalogue.first_version(), version=drafts.newest() + 1, since=day, **changes)


def rows(**changes: Any) -> list[dict[str, Any]]:
    """The procedures, the first of them otherwise."""
    first, *rest = catalogue.first_version().procedures
    return [first | changes, *rest]


# Versions.


def test_the_first_version_is_66_over_45_over_32_each_with_retention(bureau: CountyWorld) -> None:
    assert catalogue.counts(1) == {"inventoried": 66, "selected": 45, "priority": 32}
    assert len(catalogue.classes(1)) == 4
    assert all(rules.is_retention(one.retention) for one in catalogue.procedures(1))
    scripts = Catalogue.objects.get(version=1).scripts
    assert all("录音录像" in text for code, text in scripts.items())
    assert {one.script for one in catalogue.procedures(1)} - {None} == set(scripts)


def test_a_version_replaces_the_one_before_from_its_day(bureau: CountyWorld) -> None:
    later = today() + timedelta(days=7)
    assert put(later, listed("A01", tier="priority")) == 2
    assert (catalogue.in_force(today()), catalogue.in_force(later)) == (1, 2)
    assert catalogue.in_force(later - timedelta(days=1)) == 1
    assert catalogue.in_force(date(2025, 12, 31)) is None
    assert catalogue.procedure(1, "A01").tier == "selected"
    assert catalogue.procedure(2, "A01").tier == "priority"
    assert catalogue.counts(2)["priority"] == 33


@pytest.mark.parametrize("number", [0, 1, 3, 2**31])
def test_versions_count_up(bureau: CountyWorld, number: int) -> None:
    assert refused(replace(next_one(), version=number)) == "catalogue-version"


def test_no_version_reaches_back(bureau: CountyWorld) -> None:
    assert refused(next_one(today() - timedelta(days=1))) == "catalogue-since"
    commit(next_one(today() + timedelta(days=9)), BUREAU)
    assert refused(next_one(today() + timedelta(days=8))) == "catalogue-since"
    commit(next_one(today() + timedelta(days=9)), BUREAU)
    assert catalogue.in_force(today() + timedelta(days=9)) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"tier": "urgent"},
        {"class": "unknown"},
        {"min_officers": 0},
        {"min_officers": 10},
        {"min_officers": True},
        {"marks": -1},
        {"marks": 21},
        {"marks": True},
        {"marks": None},
        {"retention": "days-179"},
        {"retention": "days-0999"},
        {"retention": "years-101"},
        {"retention": "years-0"},
        {"retention": "for ever"},
        {"retention": "case\n"},
        {"script": "unknown"},
        {"code": ""},
        {"code": "A 1"},
        {"code": "../A1"},
        {"code": "甲1"},
        {"code": "A" * 17},
        {"code": "A02"},
        {"name": " "},
        {"name": None},
        {"content": "长" * 501},
    ],
    ids=str,
)
def test_a_procedure_that_cannot_stand(bureau: CountyWorld, changes: dict[str, Any]) -> None:
    assert refused(next_one(procedures=rows(**changes))) in ("catalogue", "field")


@pytest.mark.parametrize(
    "changes",
    [
        {"procedures": []},
        {"procedures": ["A01"]},
        {"classes": {}},
        {"classes": {"household": "x" * 501}},
        {"classes": catalogue.first_version().classes | {"no code": "x"}},
        {"scripts": catalogue.first_version().scripts | {"x": " "}},
        {"scripts": catalogue.first_version().scripts | {"x": 7}},
    ],
    ids=lambda changes: str(next(iter(changes.items())))[:40],
)
def test_a_version_that_cannot_stand(bureau: CountyWorld, changes: dict[str, Any]) -> None:
    assert refused(next_one(**changes)) in ("catalogue", "catalogue-text", "json")


@pytest.mark.parametrize("since", ["2026-13-01", "2026-1-1", "20261201", "2026-12-01T00:00", ""])
def test_a_day_that_is_none(bureau: CountyWorld, since: str) -> None:
    with pytest.raises(FieldError, match="since"):
        replace(next_one(), since=since)


def test_html_is_text(bureau: CountyWorld) -> None:
    commit(next_one(procedures=rows(name="<b>核查</b>")), BUREAU)
    assert catalogue.procedure(2, "A01").name == "<b>核查</b>"


def test_a_version_longer_than_an_entry_is_refused_with_words(bureau: CountyWorld) -> None:
    for code in [f"Z{number:03d}" for number in range(40)]:
        drafts.set_procedure(listed("A01", code=code, start="长" * 500), EDITOR)
    event = drafts.next_version(drafts.read(), today())
    with pytest.raises(ZhiluError) as error:
        drafts.put_in_force(today(), EDITOR, drafts.digest(event))
    assert error.value.code == "catalogue-size" and error.value.fields["limit"] == 65_536
    assert int(str(error.value.fields["size"])) == drafts.size(event) > 80_000
    assert (drafts.newest(), Change.objects.count()) == (1, 40)
    assert refused(event) == "payload-size"


# The draft.


def test_what_is_as_before_is_no_change(bureau: CountyWorld) -> None:
    drafts.set_procedure(listed("A01", tier="priority"), EDITOR)
    drafts.retire("procedures", "A02", EDITOR)
    assert Change.objects.count() == 2
    drafts.set_procedure(listed("A01", tier="selected"), EDITOR)
    drafts.undo("procedures", "A02")
    assert not Change.objects.exists()
    with pytest.raises(ZhiluError, match="draft-empty"):
        drafts.put_in_force(today(), EDITOR, drafts.digest(drafts.next_version(drafts.read(), today())))


def test_two_editors_of_one_draft(bureau: CountyWorld) -> None:
    """Who looked before the other changed something does not put it in force."""
    drafts.set_procedure(listed("A01", tier="priority"), EDITOR)
    seen = drafts.digest(drafts.next_version(drafts.read(), today()))
    drafts.set_procedure(listed("A02", tier="priority"), ME)
    with pytest.raises(ZhiluError, match="draft-changed"):
        drafts.put_in_force(today(), EDITOR, seen)
    seen = drafts.digest(drafts.next_version(drafts.read(), today()))
    assert drafts.put_in_force(today(), EDITOR, seen) == 2
    with pytest.raises(ZhiluError, match="draft-changed"):
        drafts.put_in_force(today(), ME, seen)
    assert drafts.newest() == 2 and not Change.objects.exists()


def test_a_draft_undoes_nothing_of_a_version_that_came_meanwhile(bureau: CountyWorld) -> None:
    drafts.set_procedure(listed("A01", tier="priority"), EDITOR)
    commit(next_one(procedures=rows(min_officers=3)[:50]), BUREAU)
    draft = drafts.read()
    assert (draft.version, len(draft.after.procedures)) == (3, 50)
    assert [one.code for one in between(draft.base, draft.after)] == ["A01"]


def test_a_class_in_use_stays(bureau: CountyWorld) -> None:
    with pytest.raises(ZhiluError, match="text-in-use"):
        drafts.retire("classes", "scene", EDITOR)
    with pytest.raises(ZhiluError, match="text-in-use"):
        drafts.retire("scripts", "show", EDITOR)
    drafts.set_text("classes", "confirmed", "确认类", EDITOR)
    drafts.retire("classes", "confirmed", EDITOR)
    assert not Change.objects.exists()


def test_a_whole_list_becomes_the_draft(bureau: CountyWorld) -> None:
    drafts.set_procedure(listed("A03", tier="selected"), EDITOR)
    drafts.take_list(rows(tier="priority")[:65], EDITOR)
    draft = drafts.read()
    found = {(one.code, one.how) for one in between(draft.base, draft.after)}
    assert found == {("A01", "changed"), ("J02", "retired")}
    with pytest.raises(DataError):
        drafts.take_list(rows(tier="never"), EDITOR)
    assert {(one.code, one.how) for one in between(draft.base, drafts.read().after)} == found


def test_differences_word_by_word() -> None:
    said = list(pieces("开机录像 30 days", "开机录音 180 days"))
    assert said == [
        ("same", "开机录"), ("gone", "像"), ("new", "音"), ("same", " "), ("gone", "30"), ("new", "180"),
        ("same", " days"),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_of_two_orders_at_once_one_goes_through(bureau: CountyWorld) -> None:
    drafts.set_procedure(listed("A01", tier="priority"), EDITOR)
    seen = drafts.digest(drafts.next_version(drafts.read(), today()))
    start = Barrier(3)
    said: list[Any] = []

    def order() -> None:
        start.wait()
        while True:
            try:
                said.append(drafts.put_in_force(today(), EDITOR, seen))
            except ZhiluError as error:
                said.append(error.code)
            except OperationalError:  # the tests' SQLite lies in memory and does not wait for its lock
                time.sleep(0.01)
                continue
            connection.close()
            return

    threads = [Thread(target=order) for _ in range(2)]
    for thread in threads:
        thread.start()
    start.wait()
    for thread in threads:
        thread.join()
    assert sorted(said, key=str) == [2, "draft-changed"]
    assert (drafts.newest(), Change.objects.count()) == (2, 0)


# Acts.


@pytest.fixture
def at_midnight(county: CountyWorld) -> Iterator[date]:
    """A recording that begins one second before midnight in Beijing, and a version from the new day."""
    county.store()
    day = today() + timedelta(days=1)
    midnight = datetime(day.year, day.month, day.day, tzinfo=BEIJING).astimezone(UTC)
    with applying():
        Recording.objects.filter(id=RECORDING).update(
            opened_at=midnight - timedelta(seconds=1), closed_at=midnight + timedelta(hours=1)
        )
    commit(next_one(day, procedures=rows(min_officers=2)[:65]), BUREAU)
    yield day


@pytest.mark.parametrize(("from_us", "version"), [(0, 1), (999_999, 1), (1_000_000, 2), (5_000_000, 2)])
def test_an_act_keeps_the_version_of_its_day_in_beijing(
    at_midnight: date, from_us: int, version: int
) -> None:
    act = acts.open_act(ME, "C01", [OFFICER], "某户", [Span(str(RECORDING), from_us, 9_000_000)])
    assert Act.objects.get(id=act).catalogue == version


def test_each_version_asks_for_its_own(at_midnight: date) -> None:
    """After midnight A01 needs two officers, and J02 is listed no more; before it was otherwise."""
    before, after = [Span(str(RECORDING), 0, 9_000_000)], [Span(str(RECORDING), 1_000_000, 9_000_000)]
    for spans, code, is_possible in (
        (before, "A01", True),
        (after, "A01", False),
        (before, "J02", True),
        (after, "J02", False),
    ):
        if is_possible:
            assert acts.open_act(ME, code, [OFFICER], "某户", spans)
        else:
            with pytest.raises(DataError):
                acts.open_act(ME, code, [OFFICER], "某户", spans)


def test_an_act_under_another_version_is_refused(at_midnight: date) -> None:
    from zhilu.server.evidence.events import ActOpened

    span = {"recording": str(RECORDING), "from_us": 0, "to_us": 9}
    event = ActOpened(str(named_id("act")), "C01", 2, [OFFICER], [span])
    assert refused(event, OFFICER) == "act-catalogue"
    assert refused(replace(event, catalogue=9), OFFICER) == "procedure"


def test_no_catalogue_was_in_force_on_that_day(county: CountyWorld) -> None:
    county.store()
    with applying():
        Recording.objects.filter(id=RECORDING).update(opened_at=parse_time("2025-12-31T15:59:59.000Z"))
    with pytest.raises(DataError, match="act-catalogue"):
        acts.open_act(ME, "C01", [OFFICER], "某户", [Span(str(RECORDING), 0, 9)])
    assert acts.open_act(ME, "C01", [OFFICER], "某户", [Span(str(RECORDING), 1_000_000, 1_000_009)])


# The ledger.


def test_all_of_it_follows_from_the_ledger(county: CountyWorld) -> None:
    add_editor()
    one = proposals.propose(ME, "A01", {"tier": "priority"}, "争议多")
    put(today() + timedelta(days=1), listed("A01", tier="priority"))
    drafts.retire("procedures", "A02", EDITOR)
    proposals.decline(EDITOR, one, "已在第2版")
    line(DEPARTMENT, "priority")
    text = regulations.issue(EDITOR, None, 1, "办法", "第一条", today())
    regulations.confirm(ME, text, 1)
    kept = [(model, list(model.objects.order_by("pk").values())) for model in TABLES]
    assert all(values for _model, values in kept)
    assert rebuild() == commits.size()
    for model, values in kept:
        assert list(model.objects.order_by("pk").values()) == values, model
    assert Change.objects.count() == 1  # no evidence: it is not touched
