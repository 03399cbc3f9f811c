"""What a county hands its city, whom it lets ask, and whom it joins."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from support.asking import Asking, city_signer
from support.city_world import CityWorld, write_keys
from support.county_world import BUREAU, CountyWorld
from support.neighbour import Ledger, ed25519
from support.recordings import fixed_id, fixed_key
from zhilu.errors import DataError, ZhiluError
from zhilu.protocols import federation
from zhilu.protocols.federation import Neighbour, decode_batch
from zhilu.sealed.keys import SoftSigner
from zhilu.server.federation import own_keys
from zhilu.server.federation.events import BureauContradicted, NeighbourKeysSet
from zhilu.server.federation.models import Comparison, Cosigned, Joined, NeighbourKeys, Watch
from zhilu.server.federation.services import applying, mirror, neighbours, reading, rekeying
from zhilu.server.federation.services.following import Pass
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services import commit, proofs
from zhilu.server.organisation.models import AccessRow, Person
from zhilu.server.pages.words_federation import CODES
from zhilu.tlog.cosign import CosignatureSigner, cosign
from zhilu.tlog.note import Note

pytestmark = pytest.mark.db


@pytest.fixture
def asking(joined: CountyWorld, xingtai: Ledger) -> Asking:
    return Asking(xingtai.requests)


def code(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]  # type: ignore[attr-defined]


def test_the_city_gets_every_entry_with_both_payloads(asking: Asking) -> None:
    served = decode_batch(asking.entries(0, 1000), 1000)
    rows = list(Entry.objects.order_by("index"))
    assert [one.leaf for one in served] == [bytes(row.leaf) for row in rows]
    for one in served:
        federation.check_entry(one, BUREAU)
    assert sum(one.personal is not None for one in served) == Entry.objects.exclude(personal=None).count() > 0
    assert decode_batch(asking.entries(3, 2), 2) == served[3:5]
    assert asking.entries(len(rows), 10) == b""


def test_a_batch_ends_where_it_would_become_too_long(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    two = len(asking.entries(0, 2))
    monkeypatch.setattr("zhilu.server.federation.services.handing.BATCH_BYTES", two)
    assert len(decode_batch(asking.entries(0, 1000), 1000)) == 2
    monkeypatch.setattr("zhilu.server.federation.services.handing.BATCH_BYTES", 1)
    assert len(decode_batch(asking.entries(0, 1000), 1000)) == 1


def test_nobody_else_is_handed_anything(asking: Asking, joined: CountyWorld) -> None:
    target = federation.entries_path(0, 10)
    assert code(Asking(SoftSigner(fixed_key("stranger"))).send("GET", *target)) == (401, "keyid")
    assert code(Asking(joined.station).send("GET", *target)) == (401, "keyid")
    assert code(Asking(joined.keyholder).send("GET", *target)) == (401, "keyid")
    assert code(asking.send("GET", *target, created=int(time.time()) + 86_400 * 3650)) == (401, "created")
    assert Client(HTTP_HOST="127.0.0.1").get("/federation/1/entries?start=0").status_code == 411


def test_that_a_neighbour_reads_is_in_the_access_log_once_a_day(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> list[str]:
        return list(AccessRow.objects.filter(action="neighbour").values_list("target", flat=True))

    reading._told.clear()
    asking.entries(0, 10)
    asking.entries(10, 10)
    assert told() == ["xingtai /federation/1/entries"]
    reading._told.clear()  # as after a restart
    asking.entries(0, 10)
    assert len(told()) == 1
    asking.rows("ledger.entry", None, 1, each=False)
    assert told()[1:] == ["xingtai /federation/1/rows"]
    monkeypatch.setattr(reading, "today", lambda: date(2099, 1, 1))
    asking.entries(0, 10)
    assert len(told()) == 3
    strange = Asking(SoftSigner(fixed_key("stranger")))
    reading._told.clear()
    strange.entries(0, 10)
    assert len(told()) == 3, "who is refused reads nothing"


def test_the_city_cannot_speak_as_a_keyholder_or_a_station(asking: Asking) -> None:
    assert code(asking.send("GET", "/keyholder/entries", "start=0&count=1")) == (401, "keyid")
    assert code(asking.send("GET", "/intake/snapshot", "")) == (401, "keyid")


def line_of(size: int, signer: CosignatureSigner) -> bytes:
    published = proofs.newest()
    assert published is not None and published.size == size
    return cosign(Note.parse(bytes(published.note)).text, signer, int(time.time())).line().encode()


def test_a_cosignature_is_kept_when_it_is_the_citys(asking: Asking, xingtai: Ledger) -> None:
    size = commit.size()
    line = line_of(size, xingtai.mirror)
    assert asking.cosign(size, line) == size
    assert asking.cosign(size, line) == size, "told again it changes nothing"
    assert [(one.bureau, one.size, one.line) for one in Cosigned.objects.all()] == [
        ("xingtai", size, line.decode())
    ]
    other = line_of(size, CosignatureSigner("xingtai.example/mirror", ed25519("another")))
    assert code(asking.send("POST", *federation.cosignature_path(size), other)) == (422, "note-signature")
    assert code(asking.send("POST", *federation.cosignature_path(size + 1), line)) == (
        404,
        "checkpoint-unknown",
    )
    assert code(asking.send("POST", *federation.cosignature_path(size), b"x" * 5000)) == (
        413,
        "body-too-large",
    )


def test_a_county_is_mirrored_as_it_is(joined: CountyWorld, asking: Asking, new_mirror: Any) -> None:
    """A real ledger, with acts, people and a recording, replayed beside the county's own tables."""
    joined.store()
    joined.publish()
    city = CityWorld(joined.config, new_mirror)
    try:
        city.prepare(BUREAU)
        passing = Pass(neighbours.own(joined.config), asking, city_signer(), int(time.time()))
        passing.run()
        assert applying.apply_stored(BUREAU) is None
        names = set(Person.objects.values_list("id", "name"))
        with mirror.of(BUREAU):
            frontier, _, applied = mirror.known()
            assert set(Person.objects.values_list("id", "name")) == names
        assert frontier.size == applied == commit.size() == passing.seen.cosigned
    finally:
        city.close()


def refused(said: Neighbour, url: str = "http://127.0.0.1:9") -> str:
    with pytest.raises(ZhiluError) as error:
        neighbours.join(said, url, BUREAU)
    return error.value.code


def test_a_county_joins_one_city_and_nobody_else(joined: CountyWorld) -> None:
    other = Ledger("shijiazhuang", "city")
    assert refused(other.neighbour) == "city-known"
    # A second city that claims the county all the same is not known here, and its page says so.
    assert code(Asking(other.requests).send("GET", *federation.entries_path(0, 10))) == (401, "keyid")
    assert "已对接别的市局" in str(CODES["keyid"])
    assert refused(Ledger("qinghe", "county").neighbour) == "join-tier"
    assert refused(Ledger(BUREAU, "city").neighbour) == "join-tier"


@pytest.mark.parametrize(
    "code",
    ["../../outside", "./xingtai", "Xingtai", "a_b", "-a", "a" * 32, "x;create/**/table/**/y(a/**/int)"],
)
def test_a_bureaus_code_names_no_other_file_and_no_statement(county: CountyWorld, code: str) -> None:
    """It becomes a mirror's file, and its schema."""
    write_keys(county.config)
    assert refused(replace(Ledger(code, "city").neighbour, authority="x.example")) == "join-bureau"


def test_a_neighbour_changes_its_address_and_never_its_keys(joined: CountyWorld, xingtai: Ledger) -> None:
    neighbours.join(xingtai.neighbour, "https://xingtai.example:8600", BUREAU)
    assert Joined.objects.get().url == "https://xingtai.example:8600"
    xingtai.mirror = CosignatureSigner("xingtai.example/mirror", ed25519("new mirror"))
    assert refused(xingtai.neighbour) == "join-key"
    assert refused(Ledger("xingtai", "city").neighbour, "ftp://xingtai.example") == "join-address"


def test_no_key_stands_for_two(county: CountyWorld, xingtai: Ledger) -> None:
    write_keys(county.config)
    xingtai.keyholder = county.cosigner.signer
    assert refused(xingtai.neighbour) == "join-keys"
    xingtai = Ledger("xingtai", "city")
    xingtai.requests = county.keyholder
    assert refused(xingtai.neighbour) == "join-keys"
    xingtai = Ledger("xingtai", "city")
    xingtai.mirror = CosignatureSigner("xingtai.example/mirror", ed25519(f"mirror of {BUREAU}"))
    assert refused(xingtai.neighbour) == "join-keys"


def test_what_is_given_to_join_is_read_back_as_it_was(joined: CountyWorld) -> None:
    said = neighbours.own(joined.config)
    assert Neighbour.loads(said.dumps()) == said
    assert said.keys.origin == "julu.example/ledger"
    with pytest.raises(DataError):
        Neighbour.loads(said.dumps().replace(b'"quorum":1', b'"quorum":0'))


def seen(bureau: str, state: str, code: str = "", **more: Any) -> None:
    at = datetime(2026, 11, 30, 1, 30, tzinfo=UTC)
    Watch.objects.create(bureau=bureau, state=state, code=code, since=at, at=at, **more)


def test_the_page_says_in_words_how_each_ledger_is_and_what_was_found(joined: CountyWorld) -> None:
    client = joined.sign_in(str(fixed_id("system")), "system")
    assert "尚未询问" in client.get("/federation").content.decode()
    seen("xingtai", "contradicts", "fork", signed=120, stored=120, applied=120, cosigned=120, ahead=3)
    found = {"bureau": "xingtai", "code": "entries", "stored_size": 120, "signed_size": 130, "index": 125}
    roots = {"stored_root": "0" * 64, "signed_root": "1" * 64, "note": "2" * 64}
    done = commit.commit(BureauContradicted(**found, **roots), BUREAU)
    text = client.get("/federation").content.decode()
    for said in ("前后矛盾", "历史被改写", "3 条", "第 125 号条目", f">{done.index}<"):
        assert said in text
    for code_ in ["failed", "stalled", *federation.AWAY, *federation.REFUSED, *federation.CONTRADICTS]:
        assert code_ in CODES, "each code has words"
    text = client.get("/federation", headers={"accept-language": "en"}).content.decode()
    assert "contradicts itself" in text
    Watch.objects.update(state="following", code="")
    text = client.get("/federation").content.decode()
    assert "失联" in text and "十分钟没有进展" in text, "written an hour ago and more: nobody knows"


def test_new_keys_towards_neighbours_are_entered_before_they_are_used(
    joined: CountyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, path = joined.config, joined.config.neighbour_key
    old = path.read_bytes()

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(rekeying, "sync_folder", crash)
        patched.setattr(rekeying, "commit", crash)
        with pytest.raises(KeyboardInterrupt):
            rekeying.renew(config)
    assert path.read_bytes() == old and not NeighbourKeys.objects.exists()
    made = (config.home / "neighbour.key.new").read_bytes()
    index = rekeying.renew(config)
    said = NeighbourKeys.objects.get()
    assert path.read_bytes() == made and index == said.entry == commit.size() - 1
    assert (own_keys.requests(config).jwk, own_keys.cosigner(config).vkey) == (said.jwk, said.cosigner)
    assert not list(config.home.glob("*.new")) and path.stat().st_mode & 0o777 == 0o600
    # Entered, and crashed before the new ones were in place: no second entry.
    for name in ("neighbour.key", "mirror.key"):
        (config.home / name).rename(config.home / f"{name}.new")
    path.write_bytes(old)
    assert rekeying.renew(config) == index and path.read_bytes() == made
    with pytest.raises(DataError) as error:
        commit.commit(NeighbourKeysSet("qinghe", said.jwk, said.cosigner), BUREAU)
    assert error.value.code == "actor"


def test_the_page_names_what_differs_and_asks_for_a_comparison(joined: CountyWorld) -> None:
    client = joined.sign_in(str(fixed_id("system")), "system")
    findings = [["entry 12", "column core"], ["evidence.act x", "missing"], ["a b", "not in the ledger"]]
    Comparison.objects.create(bureau="xingtai", rows=5, findings=findings, code="compare-behind")
    text = client.get("/federation").content.decode()
    for said in (
        "第 12 号条目",
        "core 的内容不同",
        "evidence.act x",
        "对方缺失",
        "没有任何条目产生过它",
        "未能全部比对",
    ):
        assert said in text
    assert "截至" not in text
    Comparison.objects.update(code="", at=datetime(2026, 11, 30, 13, 5, tzinfo=UTC))
    assert "截至 2026-11-30 21:05" in client.get("/federation").content.decode()
    assert client.post("/federation", {"bureau": "nowhere"}).status_code == 404
    assert client.post("/federation", {"bureau": "xingtai"}).status_code == 302
    assert Comparison.objects.get().asked_at is not None and Comparison.objects.get().findings == findings
    assert "已请求比对" in client.get("/federation").content.decode()
