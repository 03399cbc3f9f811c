"""Draws between a county and its city: whose cosignature makes the seed, and what the city sees of a county
that draws otherwise, waits for another cosignature, or does not draw.
"""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial
from itertools import repeat
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from support import bureau
from support.asking import Asking
from support.bureau import person_of
from support.city_world import CityWorld
from support.county_world import SECTION, CountyWorld, named_id
from support.footage_reviews import AHEAD, PERIOD
from support.neighbour import Ledger, fill
from support.recordings import START, fixed_bytes, fixed_key
from zhilu.encoding import b64u, format_time
from zhilu.errors import DataError, WorldError
from zhilu.sealed import draws
from zhilu.sealed.keys import SoftSigner
from zhilu.server.evidence.events import RecordingStored
from zhilu.server.federation.models import Cosigned, Given, Joined, Watch
from zhilu.server.federation.services import rounds
from zhilu.server.ledger import clock
from zhilu.server.ledger.models import Checkpoint
from zhilu.server.ledger.services.commit import size
from zhilu.server.ledger.shapes import to_core
from zhilu.server.oversight.models import Draw, JudgedDraw
from zhilu.server.oversight.services import drawing, judging_draws, reviewing, thinning
from zhilu.tlog.cosign import CosignatureSigner, cosign, timestamp
from zhilu.tlog.note import Note, parse_signature

pytestmark = pytest.mark.db
DRAW = str(named_id("city draw"))
IDS = [str(named_id(f"city recording {number}")) for number in range(10)]


# The county's own server


@pytest.fixture
def grown(joined: CountyWorld) -> CountyWorld:
    joined.store()
    bureau.grow(joined)
    joined.publish()
    return joined


def announced_before(wait: timedelta = AHEAD) -> Draw:
    real = clock._source
    with clock.set_to(lambda: real() - wait):
        me = UUID(person_of("supervisor"))
        draw = reviewing.announce(me, [UUID(SECTION)], PERIOD, (3, None), 0, timedelta(seconds=1))
    return Draw.objects.get(id=draw)


def given(xingtai: Ledger, at: int) -> bytes:
    """The city's cosignature of the newest checkpoint."""
    note = Note.parse(bytes(Checkpoint.objects.latest("size").note))
    return cosign(note.text, xingtai.mirror, at).line().encode()


def test_at_a_county_the_citys_cosignature_makes_the_draw_and_the_keyholders_does_not(
    grown: CountyWorld, xingtai: Ledger
) -> None:
    assert drawing.cosigners() == [xingtai.mirror.vkey]
    draw = announced_before()
    grown.publish()
    assert reviewing.make_all() == 0, "cosigned by the own keyholder only"
    asking = Asking(xingtai.requests)
    line = given(xingtai, int(time.time()))
    assert asking.cosign(size(), line) == size()
    assert reviewing.make_all() == 1
    draw.refresh_from_db()
    data = parse_signature(line.decode()).data
    assert draw.seed == draws.seed(bytes.fromhex(draw.list_hash), data).hex()


def test_a_cosignature_of_before_the_announced_time_makes_none(grown: CountyWorld, xingtai: Ledger) -> None:
    draw = announced_before()
    grown.publish()
    assert draw.after
    Asking(xingtai.requests).cosign(size(), given(xingtai, int(draw.after.timestamp())))
    assert reviewing.make_all() == 0
    assert Cosigned.objects.count() == 1


def test_old_cosignatures_go_but_the_newest_and_none_while_a_draw_waits(
    grown: CountyWorld, xingtai: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = clock.now() - timedelta(days=63)
    for whose, number, at in (("a", 1, before), ("a", 2, before), ("a", 3, clock.now()), ("b", 1, before)):
        Cosigned.objects.create(bureau=whose, size=number, line="", at=at)

    def kept() -> set[tuple[str, int]]:
        thinning.thin()
        return set(Cosigned.objects.exclude(bureau="xingtai").values_list("bureau", "size"))

    draw = announced_before()
    assert len(kept()) == 4
    real = clock._source
    with clock.set_to(lambda: real() + timedelta(days=367)), transaction.atomic():
        assert kept() == {("a", 3), ("b", 1)}, "a year is enough for any cosigner"
        transaction.set_rollback(True)
    assert draw.made_at is None and len(kept()) == 4
    grown.publish()
    Asking(xingtai.requests).cosign(size(), given(xingtai, int(time.time())))
    assert reviewing.make_all() == 1
    monkeypatch.setattr(thinning, "AT_ONCE", 1)
    assert kept() == {("a", 2), ("a", 3), ("b", 1)}
    assert kept() == kept() == {("a", 3), ("b", 1)}
    assert Cosigned.objects.filter(bureau="xingtai").count() == 1


# The city's server


def key() -> SoftSigner:
    return SoftSigner(fixed_key("city recorder"))


class County:
    """A county's ledger that says whatever the test wants; `line`: the city's newest cosignature."""

    def __init__(self, city: CityWorld) -> None:
        self.city, self.ledger = city, Ledger()
        founded = {"bureau": "julu", "domain": "example", "root": fixed_bytes("root").hex()}
        self.ledger.add("bureau-founded/1", founded | {"text_key": key().jwk})
        for number, one in enumerate(IDS):
            self.ledger.add("recording-stored/1", _stored(one, number))
        self.ledger.publish()
        city.join(self.ledger)
        self.follow()

    def follow(self) -> str:
        rounds.once(Joined.objects.get(bureau="julu"), self.ledger)
        return Watch.objects.get(bureau="julu").state

    def announce(self, draw: str = DRAW, after: int = 30, **changed: Any) -> int:
        """Its index. `after`: so many seconds ago."""
        at = clock.now() - timedelta(seconds=after)
        core = {
            "draw": draw,
            "departments": None,
            "since": format_time(START - timedelta(days=1)),
            "until": format_time(START + timedelta(days=1)),
            "list": draws.list_hash(IDS).hex(),
            "population": len(IDS),
            "count": 3,
            "percent": None,
            "second": 0,
            "after": format_time(at),
            "cosigner": self.city.cosigner.vkey,
        }
        self.ledger.add("draw-announced/1", core | changed, at=at)
        return self.ledger.size - 1

    def make(self, size: int, draw: str = DRAW, index: int = -1, **changed: Any) -> None:
        """By the city's cosignature of the tree of `size`."""
        line = self.ledger.cosigned[size].decode()
        text = self.texts[size]
        note = text + "\n" + line
        found = draws.seed(draws.list_hash(IDS), parse_signature(line).data)
        chosen = draws.ordered(found, IDS)[:3]
        core = {"draw": draw, "note": note, "seed": found.hex(), "chosen": chosen} | changed
        self.ledger.add("draw-made/1", core)
        self.publish()

    def publish(self) -> int:
        note = self.ledger.publish()
        self.texts = getattr(self, "texts", {}) | {self.ledger.size: Note.parse(note).text}
        self.follow()
        return self.ledger.size

    def judged(self) -> dict[str, str]:
        judging_draws.judge_all()
        return {str(one.draw): one.code for one in JudgedDraw.objects.filter(bureau="julu")}


def _stored(recording: str, number: int) -> dict[str, Any]:
    opened = START - timedelta(minutes=10 * number)
    event = RecordingStored(
        recording=recording,
        recorder=key().kid,
        lines=40,
        last=fixed_bytes("last").hex(),
        segments=30,
        length=30_000,
        origin="camera",
        drill=False,
        officer=str(named_id("city officer")),
        policy=1,
        opened_at=format_time(opened),
        closed_at=format_time(opened + timedelta(minutes=5)),
        handover=fixed_bytes("handover").hex(),
        officer_check="key",
        station=b64u(fixed_bytes("station")),
        bay=1,
        closed_by="recording-closed",
        copies=1,
        marks=0,
    )
    return to_core(event)


@pytest.fixture
def julu(city: CityWorld) -> County:
    return County(city)


def test_the_city_repeats_a_countys_draw_and_finds_the_same(city: CityWorld, julu: County) -> None:
    julu.announce()
    assert julu.judged() == {} or julu.judged() == {DRAW: ""}
    first = julu.publish()
    assert Given.objects.get(size=first).line == julu.ledger.cosigned[first].decode()
    assert julu.judged() == {DRAW: ""}
    julu.make(first)
    assert julu.judged() == {DRAW: ""} and JudgedDraw.objects.get().made
    assert city.alarms() == [] and julu.follow() == "following"


@pytest.mark.parametrize(
    ("code", "announced", "made"),
    [
        ("draw-list", {"list": draws.list_hash(IDS[1:]).hex(), "population": len(IDS) - 1}, {}),
        ("draw-list", {"population": len(IDS) - 1}, {}),
        ("draw-seed", {}, {"seed": bytes(32).hex()}),
        ("draw-chosen", {}, {"chosen": IDS[:3]}),
        ("draw-chosen", {}, {"chosen": []}),
        ("note", {}, {"note": "none"}),
        ("note", {"cosigner": "nobody"}, {}),
    ],
)
def test_a_forged_draw_is_seen_and_alarmed_once(
    city: CityWorld, julu: County, code: str, announced: dict[str, Any], made: dict[str, Any]
) -> None:
    julu.announce(**announced)
    julu.make(julu.publish(), **made)
    assert julu.judged() == {DRAW: code} == julu.judged()
    assert [one for one, _ in city.alarms()] == ["draw-wrong"]
    # The mirror's audit says the same from the entries alone.
    assert judging_draws_of(julu) == [f"draw {DRAW} {code}"]


def judging_draws_of(julu: County) -> list[str]:
    from zhilu.server.federation.services import mirror

    with mirror.of("julu"):
        return [f"{one.place} {one.code}" for one in judging_draws.check()]


def test_a_list_is_repeated_when_it_is_announced_and_when_it_is_made(
    city: CityWorld, julu: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, real = [], drawing.listed
    monkeypatch.setattr(drawing, "listed", lambda draw: asked.append(draw.id) or real(draw))
    julu.announce()
    first = julu.publish()
    for _ in range(3):
        assert julu.judged() == {DRAW: ""}
    assert len(asked) == 1, "not each minute, while it waits"
    julu.make(first)
    assert julu.judged() == {DRAW: ""} == julu.judged() and len(asked) == 2


def test_a_county_that_takes_a_later_cosignature_is_seen(city: CityWorld, julu: County) -> None:
    julu.announce()
    julu.publish()
    fill(julu.ledger, 2, start=500)
    second = julu.publish()
    julu.make(second)
    assert julu.judged() == {DRAW: "draw-first"}
    assert judging_draws_of(julu) == [], "from the entries alone nobody sees it"


def test_a_second_try_while_one_waits_is_seen(city: CityWorld, julu: County) -> None:
    other = str(named_id("another draw"))
    julu.announce()
    julu.publish()
    julu.announce(other)
    julu.make(julu.publish(), other)
    assert julu.judged() == {DRAW: "", other: "draw-open"}


def test_a_draw_for_another_cosigner_and_one_that_is_not_made_are_seen(
    city: CityWorld, julu: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = CosignatureSigner("julu.view.example/cosigner", julu.ledger.keyholder._private_key)
    other = str(named_id("another draw"))
    before = {
        "since": format_time(START - timedelta(days=3)),
        "until": format_time(START - timedelta(days=2)),
    }
    nothing = {"list": draws.list_hash([]).hex(), "population": 0}
    julu.announce(other, cosigner=own.vkey, **before, **nothing)
    julu.announce()
    nobody = str(named_id("nobody's draw"))
    julu.announce(
        nobody,
        cosigner="nobody",
        since="2999-12-31T23:59:59.000Z",
        until="9998-12-31T23:59:59.999Z",
        **nothing,
    )
    julu.publish()
    assert julu.judged() == {other: "draw-cosigner", nobody: "draw-cosigner", DRAW: ""}
    later = clock.now() + timedelta(hours=25)
    with clock.set_to(lambda: later):
        assert julu.judged()[DRAW] == "draw-overdue"
    # Made at last, it is what was announced; that it was late stays an alarm.
    first = min(one for one in julu.ledger.cosigned if one > len(IDS) + 1)
    julu.make(first)
    assert julu.judged()[DRAW] == ""
    assert [one for one, _ in city.alarms()] == ["draw-wrong"] * 3


def test_a_county_that_loses_a_cosignature_is_given_the_same_again_and_no_other(
    city: CityWorld, julu: County
) -> None:
    real, looked = julu.ledger.cosign, []

    def loses(size: int, line: bytes) -> int:
        looked.append((size, line))
        raise WorldError("neighbour-away")

    julu.announce()
    julu.ledger.cosign = loses  # type: ignore[method-assign]
    first = julu.publish()
    for number in range(3):
        fill(julu.ledger, 1, start=600 + number)
        julu.publish()
    assert {size for size, _ in looked} == {first} and len({line for _, line in looked}) == 1
    # It looked, and says nothing: that is no way out either.
    for days, code in ((6, ""), (8, "draw-overdue")):
        later = clock.now() + timedelta(days=days)
        with clock.set_to(partial(next, repeat(later))):
            assert julu.judged()[DRAW] == code
    julu.ledger.cosign = real  # type: ignore[method-assign]
    assert julu.follow() == "following"
    assert sorted(julu.ledger.cosigned)[-2:] == [first, julu.ledger.size]
    assert julu.ledger.cosigned[first] == looked[0][1]
    assert not Given.objects.filter(acknowledged_at=None).exists()


def test_one_that_a_county_has_no_checkpoint_for_any_more_is_left(city: CityWorld, julu: County) -> None:
    real = julu.ledger.cosign

    def away(size: int, line: bytes) -> int:
        raise WorldError("neighbour-away")

    julu.ledger.cosign = away  # type: ignore[method-assign]
    fill(julu.ledger, 1, start=700)
    lost = julu.publish()

    def refuses(size: int, line: bytes) -> int:
        if size == lost:
            raise DataError("refusal-checkpoint-unknown")
        return real(size, line)

    julu.ledger.cosign = refuses  # type: ignore[method-assign]
    fill(julu.ledger, 1, start=701)
    newest = julu.publish()
    assert newest in julu.ledger.cosigned and lost not in julu.ledger.cosigned
    assert Given.objects.get(size=lost).refused and not Given.objects.get(size=newest).refused
    assert timestamp(parse_signature(julu.ledger.cosigned[newest].decode()).data) > 0
