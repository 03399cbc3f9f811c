"""A county's own rows, asked of its server, against those of its mirror."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponse

from support.asking import Asking, city_signer
from support.city_world import CityWorld
from support.county_world import BUREAU, CountyWorld
from support.neighbour import Ledger
from zhilu.errors import DataError
from zhilu.protocols import rows as protocol
from zhilu.protocols.rows import Rows
from zhilu.server.equipment.models import Alarm
from zhilu.server.federation.models import Comparison
from zhilu.server.federation.services import applying, comparing, comparisons, neighbours, telling
from zhilu.server.federation.services.following import Pass
from zhilu.server.ledger.clock import unix_s
from zhilu.server.ledger.services.commit import commit, size
from zhilu.server.organisation.events import BureauListed
from zhilu.server.organisation.models import Person

NEVER = AssertionError("nothing to wait for")


class Asked(Asking):
    """With whatever a test makes of an answer."""

    change: Any = staticmethod(lambda said: said)

    def rows(self, table: str, after: str | None, count: int, *, each: bool) -> Rows:
        said: Rows = self.change(super().rows(table, after, count, each=each))
        return said


@pytest.fixture
def asked(joined: CountyWorld, xingtai: Ledger, new_mirror: Any) -> Iterator[Asked]:
    """A county whose mirror, in the same process, has come as far as it is."""
    joined.store()
    joined.publish()
    city = CityWorld(joined.config, new_mirror)
    city.prepare(BUREAU)
    asking = Asked(xingtai.requests)
    Pass(neighbours.own(joined.config), asking, city_signer(), unix_s()).run()
    assert applying.apply_stored(BUREAU) is None
    yield asking
    city.close()


def code(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]  # type: ignore[attr-defined]


def found(asked: Asked, wait: Any = None) -> list[tuple[str, str]]:
    def nothing() -> None:
        raise NEVER

    return [(one.place, one.code) for one in comparing.compare(BUREAU, asked, wait or nothing).findings]


def by_hand(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def list_bureau(name: str) -> None:
    commit(BureauListed(bureau=name, name="某县", parent=None, closed=False), BUREAU)


@pytest.mark.db
def test_what_an_administrator_edits_in_the_county_is_named_at_the_city(asked: Asked) -> None:
    assert found(asked) == []
    done = comparisons.once(BUREAU, asked)
    assert done.size == size() and done.rows > size()
    assert not Alarm.objects.filter(code=comparisons.ALARM).exists()

    person = Person.objects.order_by("entry").first()
    assert person is not None
    by_hand("UPDATE organisation_person SET name = '张三' WHERE entry = %s", person.entry)
    by_hand('UPDATE ledger_entry SET core = %s WHERE "index" = 3', b"{}")
    by_hand("UPDATE equipment_recorder SET serial = 'X-1'")
    by_hand("DELETE FROM training_result")
    got = found(asked)
    assert ("entry 3", "column core") in got
    assert (f"organisation.person {person.id}", "column name") in got
    assert {what for place, what in got if place.startswith("equipment.recorder ")} == {"column serial"}
    assert {what for place, what in got if place.startswith("training.result ")} == {"missing"}

    comparisons.once(BUREAU, asked)
    row = Comparison.objects.get()
    assert ["entry 3", "column core"] in row.findings and row.code == ""
    assert Alarm.objects.filter(code=comparisons.ALARM, about=BUREAU).exists()


@pytest.mark.db
def test_a_row_that_no_entry_made_is_named(asked: Asked) -> None:
    by_hand("INSERT INTO organisation_listedbureau (code, name, closed, entry) VALUES ('b', 'b', FALSE, 1)")
    assert found(asked) == [("organisation.listedbureau b", "not in the ledger")]


@pytest.mark.db
def test_who_is_ahead_of_his_mirror_is_waited_for_and_not_accused(asked: Asked, joined: CountyWorld) -> None:
    list_bureau("qinghe")
    waited = []

    def wait() -> None:
        waited.append(1)
        joined.publish()
        Pass(neighbours.own(joined.config), asked, city_signer(), unix_s()).run()
        applying.apply_stored(BUREAU)

    assert found(asked, wait) == [] and waited == [1]
    list_bureau("qiaoxi")
    by_hand('UPDATE ledger_entry SET core = %s WHERE "index" = 3', b"{}")
    done = comparing.compare(BUREAU, asked, lambda: None)
    assert done.behind == ["organisation.listedbureau"]
    assert [(one.place, one.code) for one in done.findings] == [("entry 3", "column core")]
    comparisons.once(BUREAU, asked, lambda: None)
    assert Comparison.objects.get().code == "compare-behind"


def test_only_a_neighbour_is_told_and_only_of_what_follows_from_the_ledger(
    asked: Asked, joined: CountyWorld
) -> None:
    target = ("/federation/1/rows", "table=ledger.entry&count=1")
    assert code(Asking(joined.keyholder).send("GET", *target)) == (401, "keyid")
    for table in ("organisation.user", "organisation.accessrow", "ledger.tile", ""):
        assert code(asked.send("GET", "/federation/1/rows", f"table={table}")) == (404, "table-unknown")
    assert code(asked.send("GET", "/federation/1/rows", "table=ledger.entry&after=x")) == (422, "query")
    told = protocol.loads(asked.send("GET", *target).content, 1)
    assert (told.count, told.last, told.each) == (1, "0", None)


@pytest.mark.parametrize(
    "change",
    [
        lambda said: replace(said, last="0"),
        lambda said: replace(said, digest="0" * 64),
        lambda said: replace(said, digest="0" * 64, last="0"),
        lambda said: replace(said, digest="0" * 64, last="x" * 100),
        lambda said: replace(said, digest="0" * 64, last="²"),
        lambda said: replace(
            said, digest="0" * 64, count=1, last=None, each=said.each and {"x": [""] * len(said.columns)}
        ),
    ],
)
def test_an_answer_that_leads_nowhere_ends(
    asked: Asked, change: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.change = change
    assert len(found(asked)) > 0


def test_another_release_is_said_and_not_accused_row_by_row(asked: Asked) -> None:
    asked.change = lambda said: replace(said, columns=("other",))
    assert {what for _, what in found(asked)} == {"not of this release"}


@pytest.mark.db
def test_a_range_is_the_same_whichever_way_it_is_read(asked: Asked) -> None:
    """In pieces of three, by the last key, for every table."""
    for table in telling.tables():
        whole = telling.rows(table, None, each=True)
        keys: list[str] = []
        after = None
        while True:
            told = telling.rows(table, after, 3, each=True)
            assert telling.rows(table, after, 9, last=told.last).digest == told.digest or told.last is None
            keys += told.each or {}
            if told.last is None:
                break
            after = told.last
        assert keys == list(whole.each or {})


def test_nothing_but_rows_is_taken_for_an_answer() -> None:
    good = Rows(3, ("id",), 1, None, "0" * 64, {"a": ["b"]})
    assert protocol.loads(good.dumps(), 10) == good
    for bad in (
        b"",
        b"[]",
        b"{}",
        replace(good, last="a").dumps(),  # more follows, and fewer than asked for
        replace(good, count=11).dumps(),
        replace(good, count=-1).dumps(),
        replace(good, count=2).dumps(),  # of each: one
        replace(good, each={"a": []}).dumps(),
        replace(good, each={"a": "b"}).dumps(),
        replace(good, each={"a": [1]}).dumps(),
    ):
        with pytest.raises(DataError) as error:
            protocol.loads(bad, 10)
        assert error.value.code == "rows"


def test_values_have_one_spelling() -> None:
    from datetime import UTC, datetime, timedelta, timezone

    at = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert protocol.spell(at) == protocol.spell(at.astimezone(timezone(timedelta(hours=8))))
    one = uuid4()
    assert protocol.spell(one) == protocol.spell(str(one))
    assert protocol.spell(memoryview(b"ab")) == protocol.spell(b"ab") == b'"6162"'
    assert protocol.spell({"b": 1, "a": [True, None]}) == b'{"a":[true,null],"b":1}'
    assert len({protocol.spell(x) for x in (1, "1", True, "true", None, "null", 0, False, "")}) == 9
