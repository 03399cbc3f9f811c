"""What a city has stored of a county becomes rows of its mirror, as far as it can be applied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from support.city_world import CityWorld
from support.following import follow, held, more
from support.neighbour import Ledger, fill, named
from support.recordings import fixed_id
from zhilu.server.commands.rebuild import rebuild_mirrors
from zhilu.server.federation.models import Mirror
from zhilu.server.federation.services import applying, mirror
from zhilu.server.ledger.services import replay
from zhilu.server.organisation.models import Department


def post(ledger: Ledger, department: str) -> None:
    person = str(fixed_id("somebody"))
    ledger.add("person-added/1", {"person": person}, subject=person)
    core = {"post": str(fixed_id("post")), "person": person, "department": department}
    ledger.add("post-taken/1", core | {"rank": "officer", "since": "2026-01-01"}, subject=person)


def founding(bureau: str) -> dict[str, Any]:
    return {"bureau": bureau, "domain": "example", "root": "00" * 32, "text_key": {}}


HIDING: dict[str, tuple[Callable[[Ledger], object], str]] = {
    "a department as another's": (
        lambda ledger: ledger.add("department-set/1", named(100) | {"bureau": "qinghe"}),
        "bureau-other",
    ),
    "itself as another": (lambda ledger: ledger.add("bureau-founded/1", founding("qinghe")), "bureau-other"),
    "a post in no department": (lambda ledger: post(ledger, str(fixed_id("nowhere"))), "reference"),
}


@pytest.mark.parametrize("name", HIDING)
def test_rows_are_not_hidden_in_departments_that_are_none_of_its_own(
    name: str, city: CityWorld, julu: Ledger
) -> None:
    """Past the rules a county enters it; nothing from there on is applied, and somebody is told."""
    hide, code = HIDING[name]
    follow(city, julu)
    fill(julu, 3, 200)
    hide(julu)
    fill(julu, 3, 210)
    julu.publish()
    watch = follow(city, julu)
    at = 103 + (code == "reference")  # the person comes first
    assert (watch.state, watch.code, watch.index, watch.applied) == ("unapplied", code, at, at)
    assert city.alarms() == [("neighbour-unapplied", "julu")]
    assert held(julu)[0::2] == (julu.size, 103)
    watch = follow(city, julu)
    assert (watch.applied, city.alarms()) == (at, [("neighbour-unapplied", "julu")])


def test_a_mirror_that_is_not_there_is_a_finding_and_made_anew(city: CityWorld, julu: Ledger) -> None:
    """As in a city that was restored of its backup."""
    follow(city, julu)
    city.close()
    for path in (city.config.home / "mirrors").glob("*"):
        path.unlink()
    assert city.audit(julu) == [("mirror", "not here")]
    rebuild_mirrors()
    assert follow(city, julu).state == "following" and held(julu) == (100, 100, 100)


def test_an_entry_of_a_later_release_is_stored_and_cosigned_and_waits(
    city: CityWorld, julu: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    julu.add("from-the-future/9", {"who": "knows"})
    fill(julu, 20, 100)
    julu.publish()
    watch = follow(city, julu)
    assert (watch.state, watch.code, watch.index) == ("unapplied", "kind", 100)
    assert city.alarms() == [("neighbour-unapplied", "julu")]
    assert (watch.stored, watch.applied, watch.cosigned) == (121, 100, 121)
    assert held(julu) == (121, 121, 100)
    tried: list[list[int]] = []
    real = replay.apply_all
    monkeypatch.setattr(
        replay, "apply_all", lambda rows: (tried.append([row.index for row in rows]), real(rows))[1]
    )
    follow(city, julu)
    assert tried == [[100]], "not all behind it, every time"


@pytest.mark.db
def test_an_entry_that_breaks_a_table_is_named_and_what_comes_before_it_is_applied(
    city: CityWorld, julu: Ledger
) -> None:
    julu.add("department-set/1", {"department": 7})
    fill(julu, 20, 100)
    julu.publish()
    watch = follow(city, julu)
    assert (watch.state, watch.code, watch.index, watch.applied) == ("unapplied", "field", 100, 100)


@pytest.mark.db
def test_what_one_county_says_reaches_no_row_of_another(city: CityWorld, julu: Ledger) -> None:
    qinghe = Ledger("qinghe")
    core = named(3) | {"name": "改了", "bureau": "qinghe"}
    qinghe.add("department-set/1", core, subject=core["department"])
    qinghe.publish()
    city.join(qinghe)
    follow(city, julu)
    follow(city, qinghe)
    with mirror.of("julu"):
        assert Department.objects.get(id=core["department"]).name == "第3科"
    with mirror.of("qinghe"):
        assert Department.objects.get().name == "改了"


@pytest.mark.db
def test_long_entries_are_applied_few_at_once(
    city: CityWorld, julu: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand of a megabyte each would be gigabytes read and parsed at once."""
    follow(city, julu)
    core = named(200) | {"name": "长" * 200}
    for _ in range(20):
        julu.add("department-set/1", core, subject=core["department"])
    julu.publish()
    batches: list[list[int]] = []
    real = replay.apply_all
    monkeypatch.setattr(replay, "BATCH_BYTES", 3000)
    monkeypatch.setattr(
        replay, "apply_all", lambda rows: (batches.append([row.index for row in rows]), real(rows))[1]
    )
    assert follow(city, julu).applied == 120
    assert [index for batch in batches for index in batch] == list(range(100, 120))
    assert {len(batch) for batch in batches[:-1]} == {4}
    monkeypatch.setattr(replay, "BATCH_BYTES", 1)
    more(julu, 2)
    assert follow(city, julu).applied == 122, "one at least"


@pytest.mark.db
def test_tables_that_are_made_anew_beside_the_follower_lack_nothing(
    city: CityWorld, julu: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`zhilu server rebuild` empties the tables between two batches of his."""
    follow(city, julu)
    with mirror.of("julu"):
        whole = Department.objects.count()
    monkeypatch.setattr(replay, "BATCH", 40)
    applying.rebuild("julu")
    emptied: list[int] = []

    def empty() -> None:
        if not emptied:
            with mirror.of("julu"), transaction.atomic():
                emptied.append(mirror.known()[2])
                replay.clear()
                Mirror.objects.filter(id=mirror.ROW).update(applied=0)

    with mirror.of("julu"):
        replay.clear()
        Mirror.objects.filter(id=mirror.ROW).update(applied=0)
    assert applying.apply_stored("julu", empty) is None
    with mirror.of("julu"):
        assert emptied == [40] and mirror.known()[2] == 100
        assert Department.objects.count() == whole > 0
