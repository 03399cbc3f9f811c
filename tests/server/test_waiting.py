"""What is applied waits, and nobody sees that it does."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from support.any_ledger import id_of
from zhilu.errors import DataError
from zhilu.server.evidence import standing
from zhilu.server.evidence.models import Act, ActLink, Statement
from zhilu.server.ledger import waiting
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.models.base import applying
from zhilu.server.organisation.models import Department, Person, Post
from zhilu.server.organisation.services.people import department_of

pytestmark = pytest.mark.db
PERSON, PLACE, OTHER, ACT = (UUID(id_of(what, 1)) for what in ("person", "place", "other", "act"))
DAY = date(2026, 11, 2)


def person(number: int) -> Person:
    return Person.objects.create(id=id_of("person", number), name="张建国", entry=number)


def act(entry: int) -> Act:
    return Act.objects.create(id=ACT, procedure="H04", catalogue=1, opened_at=now(), entry=entry)


def filed(entry: int, version: int = 1) -> None:
    Statement.objects.create(
        id=entry, act_id=ACT, version=version, complete=["time"], filed_at=now(), filed_by="x", entry=entry
    )
    standing.of_act(ACT)


def test_rows_are_written_together_when_the_block_ends(db: None) -> None:
    with CaptureQueriesContext(connection) as seen, applying():
        for number in range(50):
            person(number)
        assert not seen.captured_queries
    assert len(seen.captured_queries) < 5
    assert Person.objects.count() == 50


def test_whoever_asks_for_a_table_finds_all_of_it(db: None) -> None:
    with applying():
        person(1)
        assert Person.objects.get().name == "张建国"
        person(2)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM organisation_person")
            assert cursor.fetchone() == (2,)
        person(3)
        Person.objects.filter(entry__gt=1).update(name="李四")
        assert sorted(Person.objects.values_list("name", flat=True)) == ["张建国", "李四", "李四"]


def test_a_table_that_nobody_asks_for_waits_on(db: None) -> None:
    with applying():
        person(1)
        with CaptureQueriesContext(connection) as seen:
            assert not Department.objects.exists()
        assert len(seen.captured_queries) == 1


def test_who_leaves_by_an_error_has_written_nothing(db: None) -> None:
    with pytest.raises(KeyError), transaction.atomic(), applying():
        person(1)
        raise KeyError
    assert not Person.objects.exists()


def test_nothing_waits_outside(db: None) -> None:
    for wrong in (lambda: person(1), lambda: standing.of_act(ACT), lambda: waiting.put(Person())):
        with pytest.raises(RuntimeError):
            wrong()


def test_an_act_is_counted_once_and_before_its_count_is_read(db: None) -> None:
    with applying():
        act(1)
        for entry in range(2, 6):
            filed(entry, entry - 1)
        with CaptureQueriesContext(connection) as seen:
            assert Act.objects.values_list("procedure", flat=True).get() == "H04"
        assert not any("UPDATE" in one["sql"] for one in seen.captured_queries), "its count waits on"
        assert Act.objects.values_list("version", flat=True).get() == 4
        filed(6, 5)
        assert Act.objects.filter(version=5).exists(), "a condition reads too"
        filed(7, 6)
    assert Act.objects.get().version == 6


@pytest.mark.parametrize("entries", [(2, 1), (5, 4)])
def test_a_row_points_to_none_of_a_later_entry(db: None, entries: tuple[int, int]) -> None:
    of_act, of_link = entries
    with pytest.raises(DataError, match="reference"), transaction.atomic(), applying():
        ActLink.objects.create(id=id_of("link", 1), act_id=ACT, kind="case", at=now(), entry=of_link)
        act(of_act)
    assert not Act.objects.exists()


def test_a_row_points_to_one_that_is_there(db: None) -> None:
    with pytest.raises(DataError, match="reference"), transaction.atomic(), applying():
        filed(1)


def test_rows_by_their_keys_are_as_if_written(db: None) -> None:
    key = UUID(id_of("person", 1))
    with applying():
        person(1)
        found = waiting.get(Person, [key, PLACE])
        assert list(found) == [key]
        found[key].name = "李四"
        waiting.put(found[key])
        waiting.put(Person(id=PLACE, name="王五", entry=2))
        assert [one.name for one in waiting.get(Person, [key, PLACE]).values()] == ["李四", "王五"]
        assert set(Person.objects.values_list("name", flat=True)) == {"李四", "王五"}
        Person.objects.filter(id=key).update(name="赵六")
        assert waiting.get(Person, [key])[key].name == "赵六", "others may write them"
    assert set(Person.objects.values_list("name", flat=True)) == {"赵六", "王五"}


def test_rows_that_were_foreseen_are_asked_for_together(db: None) -> None:
    with applying():
        for number in range(3):
            person(number)
    ids = [UUID(id_of("person", number)) for number in range(5)]
    with applying():
        waiting.foresee(Person, ids)
        with CaptureQueriesContext(connection) as seen:
            assert [bool(waiting.get(Person, [one])) for one in ids] == [True, True, True, False, False]
        assert len(seen.captured_queries) == 1
        person(4)  # what was looked for in vain is there now
        assert waiting.get(Person, [ids[4]]) and not waiting.get(Person, [ids[3]])
        Person.objects.filter(id=ids[0]).update(name="x")  # nothing is known any more
        with CaptureQueriesContext(connection) as seen:
            assert waiting.get(Person, [ids[0]])
        said = str(seen.captured_queries).replace("-", "")
        assert ids[0].hex in said and ids[1].hex not in said, "the others are asked for once"


@pytest.mark.parametrize("many", [False, True])
def test_what_is_remembered_ends_with_the_next_write(db: None, many: bool) -> None:
    def post(number: int, place: UUID, since: date) -> None:
        Post.objects.create(
            id=id_of("post", number),
            person=PERSON,
            department=place,
            rank="officer",
            since=since,
            entry=number,
        )

    with applying(many=many):
        post(1, PLACE, DAY)
        assert department_of(PERSON, DAY) == PLACE
        Post.objects.filter(department=PLACE).update(until=DAY)
        assert department_of(PERSON, DAY) is None
        post(2, OTHER, DAY)
        assert department_of(PERSON, DAY) == OTHER
    assert department_of(PERSON, DAY) == OTHER
