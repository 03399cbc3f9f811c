"""Messages inside the platform: told once, bounded, settled, and never with a name in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from support.county_world import OFFICER, CountyWorld, named_id
from support.logins import OWN
from support.queries import queries
from zhilu.server.ledger import clock
from zhilu.server.organisation.models import User
from zhilu.server.organisation.services import accounts
from zhilu.server.oversight.models import Message
from zhilu.server.oversight.rules_messages import MANY, Told, digest
from zhilu.server.oversight.services import messages

pytestmark = pytest.mark.db
ME, SYSTEM = UUID(OFFICER), str(named_id("system"))
Produce = Callable[[datetime], Iterator[Told]]


@pytest.fixture
def told(world: CountyWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Told]]:
    """What the only producer yields."""
    world.found(with_catalogue=False)
    accounts.set_account("zhang", OWN, OFFICER)
    monkeypatch.setattr(messages, "_producers", [])
    places = {"day": "day", "count": "count"}
    monkeypatch.setitem(messages.KINDS, "test", messages.Kind("test", "Tests", "%(day)s: %(count)s", places))
    yields: list[Told] = []
    messages.producer("test", settles=True)(lambda at: iter(yields))
    yield yields


def one(key: str, person: UUID = ME, **more: Any) -> Told:
    return Told(person, "test", key, {"day": "2026-11-30", "count": 3, **more}, "/work")


def row(key: str, code: str = "test", **more: Any) -> Message:
    return Message(person=ME, code=code, key=key, digest=digest(ME, code, key), **more)


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


def test_a_producer_that_fails_stops_no_other(
    told: list[Told], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(at: datetime) -> Iterator[Told]:
        yield Told(ME, "bad", "first")
        raise RuntimeError("no tables")

    monkeypatch.setitem(messages.KINDS, "bad", messages.Kind("bad", "Bad", "Bad", {}))
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
    assert "was not made: message-" in caplog.text and "小明" not in caplog.text
    if isinstance(bad, Told) and set(bad.params) != {"day", "count"} and bad.code == "test":
        assert "message-params" in caplog.text


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


def test_what_another_worker_made_meanwhile_is_not_made_again(
    told: list[Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two on one database without a lock between them: neither sees the other's rows before it writes."""
    told += [one(f"n{number}") for number in range(60)]
    messages.tell_all()
    with monkeypatch.context() as patched:
        patched.setattr(messages, "_rows", lambda wanted: {})
        messages._producers[:] = [replace(messages._producers[0], settles=False)]
        messages.tell_all()
    assert Message.objects.filter(code="test").count() == 60 and messages.unread(ME) == 51
    assert messages.tell_all() == 0


def test_killed_between_two_parts_the_next_run_goes_on(told: list[Told]) -> None:
    class Killed(BaseException):
        """No handler catches it, as none catches a kill."""

    def dies(at: datetime) -> Iterator[Told]:
        yield from (one(f"n{number}") for number in range(600))
        raise Killed

    messages._producers.clear()
    messages.producer("test")(dies)
    with pytest.raises(Killed):
        messages.tell_all()
    messages._producers.clear()
    messages.producer("test")(lambda at: (one(f"n{number}") for number in range(600)))
    messages.tell_all()
    assert Message.objects.filter(code="test").count() == 600
    assert Message.objects.get(code=MANY).params["count"] == 550 and messages.unread(ME) == 51


# The page.


def signed_in() -> Client:
    client = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="zh-hans")
    client.force_login(
        User.objects.get(person=OFFICER), "zhilu.server.organisation.services.accounts.LockoutBackend"
    )
    return client


def page(client: Any, path: str = "/messages") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text[text.index("<header") : text.index("<footer")]


def test_one_reads_and_opens_ones_own(told: list[Told], monkeypatch: pytest.MonkeyPatch) -> None:
    accounts.set_account("wang", OWN, SYSTEM)
    told += [one("a"), one("b"), one("theirs", UUID(SYSTEM))]
    messages.tell_all()
    client = signed_in()
    assert "2026-11-30: 3" in page(client) and page(client).count("未读</span>") == 2
    assert ">2</span>" in page(client, "/account")
    mine = Message.objects.get(key="a")
    answer = client.post("/messages", {"open": mine.pk})
    assert answer.status_code == 302 and answer["Location"] == "/work"
    theirs = Message.objects.get(key="theirs")
    for send in ({"open": theirs.pk}, {"row": [theirs.pk], "do": "read"}, {"do": "all"}):
        assert client.post("/messages", send)["Location"].startswith("/messages")
    assert messages.unread(ME) == 0 and messages.unread(UUID(SYSTEM)) == 1


@pytest.mark.parametrize("odd", ["", "x", "-1", "²", "9" * 40, "1; DROP", "\0"])
def test_ids_that_are_none_do_nothing(told: list[Told], odd: str) -> None:
    told.append(one("a"))
    messages.tell_all()
    client = signed_in()
    for send in ({"open": odd}, {"row": [odd], "do": "read"}):
        assert client.post("/messages", send).status_code == 302
    assert client.get("/messages", {"older": odd}).status_code == 200
    assert messages.unread(ME) == 1


def test_a_long_list_goes_on_by_key_and_asks_little(told: list[Told]) -> None:
    messages._producers.clear()
    at = datetime.now(UTC)
    Message.objects.bulk_create(
        row(f"n{n}", params={"day": "2026-11-30", "count": n}, at=at) for n in range(120)
    )
    client, seen, path = signed_in(), list[str](), "/messages"
    while path:
        text = page(client, path)
        seen += re.findall(r"2026-11-30: (\d+)", text)
        older = re.search(r'href="\?(older=[^"]+)" rel="next"', text)
        path = f"/messages?{older[1]}" if older else ""
    assert seen == [str(n) for n in reversed(range(120))]
    assert "99+" in page(client) and queries(client, "/messages") <= 15


def test_what_this_release_does_not_know_is_shown_without_words(told: list[Told]) -> None:
    row("a", "later", at=datetime.now(UTC), params={"x": "y"}).save()
    row("b", at=datetime.now(UTC), params={"day": "z"}).save()
    assert "Tests" in page(signed_in())


def test_what_one_was_told_is_held_about_one_and_nobody_else(told: list[Told]) -> None:
    accounts.set_account("wang", OWN, SYSTEM)
    told += [one("a"), one("theirs", UUID(SYSTEM), count=77)]
    messages.tell_all()
    client = signed_in()
    shown = re.sub("<[^>]*>", "", page(client, "/me?part=messages"))
    assert "2026-11-30: 3" in shown and "2026-11-30: 77" not in shown
    assert queries(client, "/me?part=messages") <= 15 and queries(client, "/me") <= 15
