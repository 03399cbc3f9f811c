"""At a city: a county that hides a finding, or has one of its own making, is named; its matches are kept."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from server.test_statistics_city import DAY, STORED, county, one
from support.city_world import CityWorld
from support.neighbour import Ledger
from zhilu.encoding import format_time
from zhilu.server.federation.models import Joined, Watch
from zhilu.server.federation.services import mirror, rounds
from zhilu.server.ledger import shapes
from zhilu.server.ledger.models import Entry
from zhilu.server.oversight import rules_findings as rules
from zhilu.server.oversight.models import Evaluated, Finding
from zhilu.server.oversight.services import (
    auditing_findings,
    evaluating,
    judging,
    standing,
    touched,
    withheld,
)

LATER = DAY + timedelta(days=20)


@pytest.fixture
def julu(city: CityWorld) -> Ledger:
    """Twenty days after its six recordings, two of which are in no act; and nothing was raised."""
    ledger = county("julu", 6, 4, 3)
    city.join(ledger)
    go_on(ledger, "person-added/1", {"person": one("julu", "late")}, {"name": "某", "number": ""})
    return ledger


def go_on(ledger: Ledger, kind: str, core: dict[str, Any], personal: Any = None, at: Any = LATER) -> None:
    ledger.add(kind, core, personal, at=at, subject=str(core.get("finding", "x")))
    follow(ledger)


def follow(ledger: Ledger) -> None:
    ledger.publish()
    rounds.once(Joined.objects.get(bureau=ledger.bureau), ledger)
    assert Watch.objects.get(bureau=ledger.bureau).state == "following"


def audited() -> set[tuple[str, str]]:
    return {(found.place, found.code) for found in auditing_findings.check() if "julu" in found.place}


def raise_all(ledger: Ledger, but: str = "") -> list[Any]:
    with mirror.of("julu"):
        found: list[Any] = []
        for first, last in withheld.weeks(touched.with_rows()):
            found += judging.of_days(first, last, standing.newest()).findings.values()
    for event in found:
        if event.finding != but:
            ledger.add("finding-raised/1", shapes.to_core(event), None, at=LATER, subject=event.finding)
    follow(ledger)
    return found


@pytest.mark.db
def test_what_a_county_does_not_raise_is_named_and_alarmed(city: CityWorld, julu: Ledger) -> None:
    hidden = {subject for subject, why in audited() if why == "withheld"}
    assert f"finding julu not-linked {one('julu', 'recording 4')}" in hidden
    assert f"finding julu not-linked {one('julu', 'recording 5')}" in hidden
    withheld.look(["julu"])
    assert ("findings-withheld", "julu") in city.alarms()
    size = Entry.objects.count()
    evaluating.everything()
    assert Entry.objects.count() == size  # the city enters nothing about a county
    assert Evaluated.objects.filter(bureau="julu").exists()


def test_a_county_that_raises_all_has_nothing_to_fear(city: CityWorld, julu: Ledger) -> None:
    assert raise_all(julu)
    assert audited() == set()
    withheld.look(["julu"])
    assert ("findings-withheld", "julu") not in city.alarms()
    with mirror.of("julu"):
        one_of = Finding.objects.first()
    assert one_of is not None
    go_on(julu, "finding-cleared/1", {"finding": one_of.id, "reason": "not-shown"})
    assert audited() == {(f"finding julu {one_of.rule} {one_of.subject}", "cleared though shown")}


def test_a_version_of_its_own_hides_nothing(city: CityWorld, julu: Ledger) -> None:
    found = raise_all(julu)
    core = shapes.to_core(found[0]) | {"version": 99, "severity": "remind", "persons": []}
    go_on(julu, "finding-raised/1", core)
    place = f"finding julu {found[0].rule} {found[0].about}"
    assert audited() == {(place, "of a version that no release here has")}
    go_on(julu, "finding-cleared/1", {"finding": found[0].finding, "reason": "not-shown"})
    assert audited() == {(place, "cleared though shown")}


@pytest.mark.parametrize("newest", [LATER, LATER.replace(year=2995)], ids=["true", "ahead"])
def test_a_day_far_ahead_blinds_nobody(city: CityWorld, julu: Ledger, newest: datetime) -> None:
    """Nor does an entry that says it is of a later day still."""
    far = LATER.replace(year=2990)
    core: dict[str, Any] = STORED | {
        "recording": one("julu", "far"), "recorder": "julu1".ljust(43, "A"), "marks": 0,
        "officer": one("julu", "officer 1"), "opened_at": format_time(far), "closed_at": format_time(far),
    }  # fmt: skip
    go_on(julu, "recording-stored/1", core | {"opened_at": format_time(far), "closed_at": format_time(far)})
    go_on(julu, "recording-stored/1", core | {
        "recording": one("julu", "farther"), "opened_at": format_time(far.replace(month=3)),
        "closed_at": format_time(far.replace(month=3)),
    })  # fmt: skip
    another = {"person": one("julu", "another")}
    go_on(julu, "person-added/1", another, {"name": "某", "number": ""}, at=newest)
    withheld.look(["julu"])
    assert ("findings-withheld", "julu") in city.alarms()


def test_what_a_county_makes_up_is_named_and_breaks_nothing(city: CityWorld, julu: Ledger) -> None:
    raise_all(julu)
    subject = one("qinghe", "act 1")
    made_up: dict[str, Any] = {
        "finding": rules.id_of("missing", subject), "rule": "missing", "version": 1, "severity": "serious",
        "about": subject, "subject_kind": "task", "day": DAY.date().isoformat(), "department": None,
        "persons": [], "places": [], "words": [],
    }  # fmt: skip
    go_on(julu, "finding-raised/1", made_up)
    strange = {"rule": "of-tomorrow", "finding": rules.id_of("of-tomorrow", subject)}
    go_on(julu, "finding-raised/1", made_up | strange)
    go_on(julu, "finding-raised/1", made_up | {"finding": "f" * 32})
    go_on(julu, "finding-cleared/1", {"finding": "e" * 32, "reason": "x" * 60})
    go_on(julu, "limit-set/1", {"name": "bare_s", "value": "7200", "since": "2020-01-01"})
    go_on(julu, "limit-set/1", {"name": "bare_s", "value": "999999", "since": "2027-01-01"})
    more = {"person": one("julu", "later")}
    go_on(julu, "person-added/1", more, {"name": "某", "number": ""}, at=LATER + timedelta(hours=3))
    assert audited() == {(f"finding julu missing {subject}", "not shown")}
    with mirror.of("julu"):
        assert Finding.objects.filter(rule="of-tomorrow").exists()
        assert not Finding.objects.filter(id="f" * 32).exists()


@pytest.mark.db
def test_a_register_that_is_none_keeps_nobody_from_judging(city: CityWorld, julu: Ledger) -> None:
    evaluating.everything()
    line = {"rollout": one("julu", "line"), "bureau": "julu", "department": None, "since": "2020-01-01"}
    go_on(julu, "rollout-set/1", line | {"tier": "everything", "until": None})
    for year in (DAY.year, DAY.year + 1):
        whole = (date(year, 1, 1) + timedelta(days=count) for count in range(365))
        rest = {day.isoformat(): "holiday" for day in whole}
        go_on(julu, "calendar-set/1", {"year": year, "days": rest})
    go_on(julu, "calendar-set/1", {"year": 2020, "days": {"never": 9}})
    go_on(julu, "calendar-set/1", {"year": 2**53 - 1, "days": {}})
    more = {"person": one("julu", "later")}
    go_on(julu, "person-added/1", more, {"name": "某", "number": ""}, at=LATER + timedelta(hours=3))
    evaluating.everything()
    known = Evaluated.objects.get(bureau="julu").size
    with mirror.of("julu"):
        assert known == mirror.known()[0].size
        assert judging.of_days(DAY.date(), DAY.date(), standing.newest()).findings
    withheld.look(["julu"])
    assert ("findings-withheld", "julu") in city.alarms()


def test_what_cannot_be_judged_is_alarmed(
    city: CityWorld, julu: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OverflowError

    monkeypatch.setattr(judging, "of_days", fail)
    withheld.look(["julu"])
    assert ("findings-withheld", "julu") in city.alarms()


@pytest.mark.db
def test_touching_all_days_each_day_hides_nothing(city: CityWorld, julu: Ledger) -> None:
    line = {"rollout": one("julu", "line"), "bureau": "julu", "department": None, "tier": "priority"}
    go_on(julu, "rollout-set/1", line | {"since": "2020-01-01", "until": None}, at=LATER)
    assert audited() == set()  # it was only just said
    more = {"person": one("julu", "later")}
    go_on(julu, "person-added/1", more, {"name": "某", "number": ""}, at=LATER + timedelta(hours=3))
    assert "withheld" in {why for _, why in audited()}


def test_a_look_that_fails_is_no_end_of_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, looked = threading.Event(), []

    def fails(*_: Any) -> None:
        looked.append(len(looked))
        if len(looked) == 2:
            stop.set()
        raise RuntimeError

    monkeypatch.setattr(withheld.ledgers, "bureaus", lambda: ["xingtai", "julu"])
    monkeypatch.setattr(withheld, "look", fails)
    monkeypatch.setattr(withheld, "SOON_S", 0)
    monkeypatch.setattr(withheld, "turn", lambda at, many: (0, 0))
    withheld.run(stop)
    assert looked == [0, 1]


def test_each_county_has_its_turn_within_a_day() -> None:
    for many in (1, 3, 15, 24, 100):
        at, seen, begun = 1_800_000_123, [], 1_800_000_123
        while at - begun < 86_400 + 3_600:
            which, wait = withheld.turn(at, many)
            assert 0 < wait <= 3_600
            seen.append(which)
            at += wait + 70  # it takes its time
            assert many == 1 or withheld.turn(at, many)[0] != which
        assert set(seen) == set(range(many)), many
    assert withheld.turn(1_800_000_123, 0) == (0, withheld.HOUR_S - 1_800_000_123 % 3_600)
