"""Messages inside the platform: told once, bounded, settled, and never with a name in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from support.county_world import OFFICER, CountyWorld
from support.logins import OWN
from zhilu.server.ledger import clock
from zhilu.server.organisation.services import accounts
from zhilu.server.oversight.models import Message
from zhilu.server.oversight.rules_messages import MANY, Told
from zhilu.server.oversight.services import messages

pytestmark = pytest.mark.db
ME = UUID(OFFICER)
Produce = Callable[[datetime], Iterator[Told]]


@pytest.fixture
def told(world: CountyWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Told]]:
    """What the only producer yields."""
    world.found(with_catalogue=False)
    accounts.set_account("zhang", OWN, OFFICER)
    monkeypatch.setattr(messages, "KINDS", dict(messages.KINDS))
    monkeypatch.setattr(messages, "_producers", [])
    messages.kind("test", "Tests", "%(day)s: %(count)s", day="day", count="count")
    yields: list[Told] = []
    messages.producer("test", settles=True)(lambda at: iter(yields))
    yield yields


def one(key: str, person: UUID = ME, **more: Any) -> Told:
    return Told(person, "test", key, {"day": "2026-11-30", "count": 3, **more}, "/work")


def texts() -> list[tuple[str, str]]:
    return list(Message.objects.filter(folded=False).order_by("id").values_list("code", "key"))


def test_each_is_told_once(told: list[Told]) -> None:
    told += [one("a"), one("b"), one("a")]
    assert messages.tell_all() == 2 and messages.tell_all() == 0
    assert texts() == [("test", "a"), ("test", "b")] and messages.unread(ME) == 2
    told.append(one("c"))
    assert messages.tell_all() == 1


def test_what_is_gone_is_settled_and_comes_back_unread(told: list[Told]) -> None:
    told += [one("a"), one("b")]
    messages.tell_all()
    messages.read(ME, Message.objects.get(key="a").pk)
    gone = told.pop(0)
    messages.tell_all()
    assert Message.objects.get(key="a").settled_at and messages.unread(ME) == 1
    told.append(gone)
    messages.tell_all()
    assert Message.objects.get(key="a").settled_at is None and messages.unread(ME) == 2


def test_a_flood_becomes_one(told: list[Told]) -> None:
    told += [one(f"n{number}") for number in range(700)]
    messages.tell_all()
    assert messages.unread(ME) == 51
    assert Message.objects.get(code=MANY).params == {"of": "test", "count": 650}
    assert messages.tell_all() == 0
    with clock.set_to(lambda: datetime.now(UTC) + timedelta(days=1)):
        # What was counted yesterday does not come today.
        assert messages.tell_all() == 0
        told.append(one("new"))
        assert messages.tell_all() == 1 and messages.unread(ME) == 52


def test_a_run_makes_so_many_and_the_next_goes_on(told: list[Told], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MOST_A_RUN", 30)
    told += [one(f"n{number}") for number in range(70)]
    assert [messages.tell_all() for _ in range(4)] == [30, 30, 10, 0]


def test_a_producer_that_fails_stops_no_other(told: list[Told], caplog: pytest.LogCaptureFixture) -> None:
    def fails(at: datetime) -> Iterator[Told]:
        yield Told(ME, "bad", "first")
        raise RuntimeError("no tables")

    messages.kind("bad", "Bad", "Bad")
    producers: list[Any] = messages._producers
    messages.producer("bad", settles=True)(fails)
    producers.reverse()  # the one that fails is asked first
    told.append(one("a"))
    messages.tell_all()
    assert texts() == [("test", "a")] and "the messages bad were not made" in caplog.text


@pytest.mark.parametrize(
    "bad",
    [
        Told(ME, "test", "a", {"day": "2026-11-30"}),
        Told(ME, "test", "a", {"day": "yesterday", "count": 3}),
        Told(ME, "test", "a", {"day": "2026-11-30", "count": "王小明有限公司"}),
        Told(ME, "test", "a", {"day": "2026-11-30", "count": True}),
        Told(ME, "test", "a", {"day": "2026-11-30", "count": 3, "name": "x"}),
        Told(ME, "test", "王小明", {"day": "2026-11-30", "count": 3}),
        Told(ME, "test", "a\r\nb", {"day": "2026-11-30", "count": 3}),
        Told(ME, "test", "a", {"day": "2026-11-30", "count": 3}, "//elsewhere.example/"),
        Told(ME, "test", "a", {"day": "2026-11-30", "count": 3}, "https://elsewhere.example/"),
        Told(ME, "test", "a", {"day": "2026-11-30", "count": 3}, "/x\r\nLocation: y"),
        Told(ME, "unknown", "a"),
        "nothing of the kind",
    ],
)
def test_what_no_message_may_be_is_left_out(
    told: list[Any], bad: Any, caplog: pytest.LogCaptureFixture
) -> None:
    told += [one("before"), bad, one("after")]
    messages.tell_all()
    assert texts() == [("test", "before"), ("test", "after")]
    assert "was not made" in caplog.text and "小明" not in caplog.text


def test_a_run_with_something_bad_in_it_settles_nothing(told: list[Any]) -> None:
    told += [one("a")]
    messages.tell_all()
    told[:] = ["nothing of the kind"]
    messages.tell_all()
    assert Message.objects.get().settled_at is None


def test_who_cannot_sign_in_is_told_nothing(told: list[Told]) -> None:
    told.append(one("a", UUID(int=5)))
    assert messages.tell_all() == 0 and texts() == []


def test_what_was_read_is_forgotten_after_a_year_and_the_rest_after_two(told: list[Told]) -> None:
    told += [one("a"), one("b")]
    messages.tell_all()
    messages.read(ME, Message.objects.get(key="a").pk)
    told.clear()
    messages._producers.clear()
    now = datetime.now(UTC)
    for days, kept in ((364, ["a", "b"]), (366, ["b"]), (729, ["b"]), (731, [])):
        messages.forget(now + timedelta(days=days))
        assert [key for _code, key in texts()] == kept, days
