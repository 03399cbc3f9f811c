"""Two keyholders (spec/viewing.md §8): nobody gets a picture that the city's keyholder does not find in its
own reading of the county's ledger, whatever the county's server and the county's keyholder do together.

The road is open once; each attack is refused for its own reason, and what was refused gave no share.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from support.hostile import RELEASED, refused
from support.keyholder_world import Film
from support.two_keyholders import AUTHORITY, TwoWorld, two_worlds_at
from zhilu import strictjson
from zhilu.cli import main
from zhilu.encoding import b64u, format_time, unb64u
from zhilu.errors import DataError
from zhilu.keyholder import run as running
from zhilu.keyholder.city import HttpCity
from zhilu.keyholder.config import CityConfig, load
from zhilu.keyholder.founding import cosigner_name
from zhilu.keyholder.mirror import PATIENCE_S, Asked, Mirror
from zhilu.protocols.httpsig import sign_request
from zhilu.sealed.keys import SoftSigner, load_private_key
from zhilu.tlog.cosign import CosignatureSigner, cosign
from zhilu.tlog.frontier import Frontier
from zhilu.tlog.note import Note

Core = dict[str, Any]


@pytest.fixture
async def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TwoWorld]:
    monkeypatch.setattr(running, "POLL_S", 0.05)
    monkeypatch.setattr(running, "POLL_WAITING_S", 0.02)
    async with two_worlds_at(tmp_path) as made:
        yield made


async def approved(two: TwoWorld) -> str:
    """A viewing that the city's keyholder knows as approved, too."""
    viewing = await two.approved()
    await two.read_by_city()
    return viewing


def as_county(two: TwoWorld) -> HttpCity:
    """What somebody with the county keyholder's keys can ask."""
    key = load_private_key((two.home / "request.key").read_bytes())
    url = f"http://127.0.0.1:{two.city_port}"
    return HttpCity(CityConfig({"zh": "市", "en": "city"}, url, AUTHORITY), "julu", SoftSigner(key))


def ask_of(two: TwoWorld, viewing: str) -> Core:
    return two.viewer.release_ask(viewing, two.film.id, datetime.now(UTC))


async def begun(two: TwoWorld, city: HttpCity, viewing: str) -> str:
    return await city.begin(viewing, ask_of(two, viewing), two.county.open_lines[two.film.id])


def entry(two: TwoWorld, viewing: str, nonce: str, changed: Core | None = None) -> Core:
    """As the county's keyholder would enter it."""
    ask = two.keyholder.state[0].viewing(viewing)
    assert ask is not None
    span, key = ask.request.spans[0], ask.request.viewer_key
    told = {"viewing": viewing, "recording": span.recording, "from": span.first, "to": span.last}
    told |= {"viewer_key": key, "nonce": b64u(secrets.token_bytes(32)), "expires": soon()}
    return told | {"city_nonce": nonce} | (changed or {})


def soon() -> str:
    return format_time(datetime.now(UTC) + timedelta(hours=3))


def shares_out(two: TwoWorld) -> int:
    """Releases that the city's keyholder still waits for, or began."""
    return len(two.held.shares._begun)


# The road


async def test_one_action_of_the_viewer_brings_both_shares_under_one_entry(two: TwoWorld) -> None:
    viewing = await approved(two)
    status, answer = await two.ask(viewing)
    assert status == 200, answer
    assert len(two.all_opened(answer)) == 2
    kind, core, _ = two.county.posted[-1]
    assert kind == RELEASED and core["nonce"] != core["city_nonce"]
    assert unb64u(answer["release"]["leaf"]) == two.county.ledger.entries[-1].leaf
    # The city's keyholder has a state of its own, which says the same.
    assert two.held.state[0].frontier().root() == two.keyholder.state[0].frontier().root()


async def test_a_recording_of_one_share_opens_without_the_city(two: TwoWorld) -> None:
    two.policy = replace(two.policy, sharing="county", shares=two.policy.shares[:1])
    film = await two.store(Film(two))
    viewing, port = await two.approved(film), two.city_port
    await two.stop_city()
    status, answer = await two.ask(viewing, film)
    await two.start_city(port)
    assert status == 200, answer
    assert len(answer["release"]["shares"]) == 1
    assert two.county.posted[-1][1]["city_nonce"] is None


# The city's keyholder is away, or was told to be


async def test_without_the_city_nothing_is_entered_and_the_page_says_since_when(two: TwoWorld) -> None:
    viewing = await approved(two)
    port = two.city_port
    await two.stop_city()
    posted = len(two.county.posted)
    status, answer = await two.ask(viewing)
    assert (status, answer["error"]) == (502, "city-away"), answer
    assert len(two.county.posted) == posted
    assert answer["fields"]["name"] == "邢台市局" and answer["fields"]["since"].startswith("20")
    _, info = await two.get("/api/info")
    assert info["city"]["since"] == answer["fields"]["since"] and info["city"]["reason"]
    # Back again: said to be, and the road is open.
    await two.start_city(port)
    await two.read_by_city()
    assert two.keyholder.parts.city is not None
    await two.keyholder.parts.city.look()
    _, info = await two.get("/api/info")
    assert info["city"]["since"] is None
    status, answer = await two.ask(viewing)
    assert status == 200, answer


async def test_a_keyholder_without_a_city_gives_no_half(two: TwoWorld) -> None:
    viewing = await approved(two)
    two.keyholder.parts.releases._city = None
    posted = list(two.county.posted)
    refused(await two.ask(viewing), "city-unknown")
    assert two.county.posted == posted  # no opening is entered that never was


async def test_a_restart_of_the_city_forgets_what_was_begun(two: TwoWorld) -> None:
    viewing = await approved(two)
    city = as_county(two)
    nonce, port = await begun(two, city, viewing), two.city_port
    await two.stop_city()
    await two.start_city(port)
    await two.read_by_city()
    await two.county.commit(RELEASED, entry(two, viewing, nonce))
    with pytest.raises(DataError) as caught:
        await city.finish(nonce)
    assert caught.value.fields["reason"] == "nonce"
    await city.close()


async def test_what_was_approved_a_moment_ago_is_read_before_it_is_refused(two: TwoWorld) -> None:
    two.city_following.cancel()  # the next look is far away
    viewing = await two.approved()
    city = as_county(two)
    assert await begun(two, city, viewing)
    await city.close()


# A county's keyholder that lies


async def test_it_cannot_ask_for_what_nobody_approved(two: TwoWorld) -> None:
    viewing, _ = await two.request()
    await two.read_by_city()
    city = as_county(two)
    with pytest.raises(DataError) as caught:
        await begun(two, city, viewing)
    assert caught.value.fields["reason"] == "not-approved"
    await city.close()


async def test_it_cannot_use_an_ask_of_the_viewer_twice(two: TwoWorld) -> None:
    viewing = await approved(two)
    city, ask = as_county(two), ask_of(two, viewing)
    line = two.county.open_lines[two.film.id]
    await city.begin(viewing, ask, line)
    with pytest.raises(DataError) as caught:
        await city.begin(viewing, ask, line)
    assert caught.value.fields["reason"] in ("taken", "sign-count")
    await city.close()


async def test_it_cannot_have_the_share_without_an_entry(two: TwoWorld) -> None:
    viewing = await approved(two)
    two.held.shares.life_s = 0.3
    city = as_county(two)
    nonce = await begun(two, city, viewing)
    with pytest.raises(DataError) as caught:
        await city.finish(nonce)
    assert caught.value.fields["reason"] == "release-timeout"
    # Nor with an entry that comes when nobody waits any more.
    await two.county.commit(RELEASED, entry(two, viewing, nonce))
    with pytest.raises(DataError) as caught:
        await city.finish(nonce)
    assert caught.value.fields["reason"] == "nonce"
    await city.close()


OTHERS: list[Core] = [
    {"viewing": "019ab4ad-5c00-7c11-8a52-3c1f000000f1"},
    {"recording": "019ab4ad-5c00-7c11-8a52-3c1f000000f2"},
    {"from": 1},
    {"to": 8},
    {"viewer_key": "A" * 43},
    {"expires": "2099-01-01T00:00:00.000Z"},
    {"nonce": None},
    {"from": False},  # 0 == False in Python
    {"more": 1},
]


async def test_an_entry_that_says_something_else_gives_nothing_and_spends_the_nonce(two: TwoWorld) -> None:
    viewing = await approved(two)
    city = as_county(two)
    for changed in OTHERS:
        nonce = await begun(two, city, viewing)
        await two.county.commit(RELEASED, entry(two, viewing, nonce, changed))
        for code in ("release-differs", "nonce"):
            with pytest.raises(DataError) as caught:
                await city.finish(nonce)
            assert caught.value.fields["reason"] == code, changed
            await two.county.commit(RELEASED, entry(two, viewing, nonce))
    await city.close()


async def test_a_nonce_gives_its_share_once(two: TwoWorld) -> None:
    viewing = await approved(two)
    city = as_county(two)
    nonce = await begun(two, city, viewing)
    await two.county.commit(RELEASED, entry(two, viewing, nonce))
    leaf, share = await city.finish(nonce)
    assert share["share"] == 2 and leaf == two.county.ledger.entries[-1].leaf
    await two.county.commit(RELEASED, entry(two, viewing, nonce))
    with pytest.raises(DataError):
        await city.finish(nonce)
    await city.close()


async def test_an_approval_that_is_revoked_before_the_share_leaves_gives_none(two: TwoWorld) -> None:
    viewing = await approved(two)
    city = as_county(two)
    nonce = await begun(two, city, viewing)
    await two.county.commit("credential-revoked/1", two.admins[0].revocation(two.approver.credential))
    await two.county.commit(RELEASED, entry(two, viewing, nonce))
    with pytest.raises(DataError) as caught:
        await city.finish(nonce)
    assert caught.value.fields["reason"] == "credential-revoked"
    await city.close()


async def test_nobody_else_is_answered(two: TwoWorld) -> None:
    """Neither another key, nor the county's over another body or for another bureau, nor twice."""
    viewing = await approved(two)
    stranger = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
    own = SoftSigner(load_private_key((two.home / "request.key").read_bytes()))
    body = strictjson.dumps(
        {"viewing": viewing, "ask": ask_of(two, viewing), "line": b64u(two.county.open_lines[two.film.id])}
    )
    nonce = secrets.token_bytes(16)

    async def send(signer: SoftSigner, path: str, sent: bytes) -> str:
        headers = sign_request(
            signer,
            "POST",
            AUTHORITY,
            "/shares/julu/begin",
            "",
            body,
            "application/json",
            created=int(time.time()),
            nonce=nonce,
        )
        headers["host"] = AUTHORITY
        url = f"http://127.0.0.1:{two.city_port}{path}"
        headers.pop("content-length")
        async with ClientSession() as session, session.post(url, data=sent, headers=headers) as answer:
            got = await answer.json()
            return str(got.get("error", "given"))

    assert await send(stranger, "/shares/julu/begin", body) == "keyid"
    assert await send(own, "/shares/julu/begin", body.replace(b"line", b"linf")) == "digest"
    assert await send(own, "/shares/julu/finish", body) in ("signature", "nonce")
    assert await send(own, "/shares/qinghe/begin", body) == "not-held"
    assert await send(own, "/shares/julu/begin", body) == "nonce"  # spent with the digest above


# A county's ledger that is not the same for both


async def test_an_entry_that_only_the_county_sees_gives_no_share(two: TwoWorld) -> None:
    """Its server shows the city's keyholder the ledger as it was."""
    viewing = await approved(two)
    old = two.county.ledger.note
    two.source.ledger = type("Old", (), {"note": old, "entries": two.county.ledger.entries})()
    two.held.shares.life_s = 0.5
    refused(await two.ask(viewing), "city-refused")
    assert shares_out(two) == 0


async def test_a_fork_before_the_citys_keyholder_ends_the_shares_and_is_kept(two: TwoWorld) -> None:
    viewing = await approved(two)
    size = two.county.ledger.cosigned
    # Another history of the same size, signed by the ledger's key and cosigned by the county's keyholder.
    forged = two.county.ledger.checkpoint(size, b"\x07" * 32)
    two.source.ledger = type("Fork", (), {"note": cosigned(two, forged), "entries": []})()
    async with asyncio.timeout(60):
        while two.held.trouble != "fork":
            two.held.follower.hurry()
            await asyncio.sleep(0.02)
    answer = await two.ask(viewing)
    refused(answer, "city-refused")
    assert answer[1]["fields"]["reason"] == "fork"
    _, info = await two.get("/api/info")
    assert info["city"]["reason"] in ("", "fork")
    kept = list((two.held.county.home / "contradictions").glob("*.fork"))
    assert len(kept) == 1 and forged.split(b"\n")[2] in kept[0].read_bytes()


def cosigned(two: TwoWorld, note: bytes) -> bytes:
    key = load_pem_private_key((two.home / "cosigner.key").read_bytes(), None)
    signer = CosignatureSigner(cosigner_name(load(two.home)), key)  # type: ignore[arg-type]
    parsed = Note.parse(note)
    return parsed.add(cosign(parsed.text, signer, int(time.time()))).format()


async def test_the_citys_keyholder_cosigns_only_what_extends_its_own_reading(two: TwoWorld) -> None:
    await approved(two)
    ledger = two.county.ledger
    size = two.held.state[0].frontier().size
    good = ledger.request(ledger.checkpoint(), size)
    async with two.city_client.post("/add-checkpoint", data=good) as answer:
        assert answer.status == 200 and "xingtai.view.localhost/cosigner" in await answer.text()
    forged = ledger.request(ledger.checkpoint(), size).replace(
        ledger.checkpoint(), ledger.checkpoint(size, b"\x07" * 32)
    )
    async with two.city_client.post("/add-checkpoint", data=forged) as answer:
        assert answer.status == 409
    assert list((two.held.county.home / "contradictions").glob("*.fork"))


async def test_two_keyholders_that_read_two_trees_give_nothing(two: TwoWorld) -> None:
    """The city's answer is bound to another leaf than the one that the county's keyholder read."""
    viewing = await approved(two)
    releases = two.keyholder.parts.releases
    assert releases._city is not None
    finish = releases._city.finish

    async def other(nonce: str) -> tuple[bytes, Core]:
        leaf, share = await finish(nonce)
        return leaf + b" ", share

    releases._city.finish = other  # type: ignore[method-assign]
    refused(await two.ask(viewing), "city-differs")


async def test_an_answer_that_is_none_is_refused(two: TwoWorld) -> None:
    viewing = await approved(two)
    two.held.shares.begin = lambda body: "AAAA"  # type: ignore[method-assign]
    refused(await two.ask(viewing), "city-refused")


async def test_a_recording_that_is_not_sealed_to_the_city_is_refused_before_anything_is_entered(
    two: TwoWorld,
) -> None:
    viewing = await approved(two)
    shares = two.film.fields["shares"]
    two.county.open_lines[two.film.id] = two.film.open_line(shares=[shares[0], shares[0]])
    posted = len(two.county.posted)
    answer = await two.ask(viewing)
    refused(answer, "city-refused")
    assert answer[1]["fields"]["reason"] == "not-a-recipient"
    assert len(two.county.posted) == posted


async def stopped(two: TwoWorld, viewing: str, reason: str) -> None:
    answer = await two.ask(viewing)
    refused(answer, "city-refused")
    assert answer[1]["fields"]["reason"] == reason


async def test_a_county_that_shows_the_citys_server_another_tree_gets_no_share(two: TwoWorld) -> None:
    viewing = await approved(two)
    held, server = two.held, two.city_ledger
    server.mirror = lambda size: b"\x07" * 32
    await two.county.commit("person-added/1", {"person": "x"})
    await two.read_by_city()
    await held.compare(server)
    await stopped(two, viewing, "mirror-differs")
    # What the mirror has not read yet says nothing, and clears nothing, with an entry more neither; nor does
    # a ledger that does not answer. What is the same there, heals.
    server.mirror = lambda size: None
    await two.county.commit("person-added/1", {"person": "y"})
    await two.read_by_city()
    await held.compare(server)
    two.source.away = True
    async with asyncio.timeout(60):
        while held.failed != "server-away":
            await asyncio.sleep(0.01)
    await stopped(two, viewing, "mirror-differs")
    two.source.away, server.mirror = False, two.mirrored
    await held.compare(server)
    status, answer = await two.ask(viewing)
    assert status == 200, answer


async def test_a_county_that_keeps_its_ledger_from_the_citys_server_gets_no_share_after_ten_minutes(
    two: TwoWorld,
) -> None:
    viewing = await approved(two)
    held, start = two.held, time.monotonic()
    two.city_ledger.mirror = lambda size: None
    status, answer = await two.ask(viewing)  # an entry that the mirror does not know
    assert status == 200, answer
    held.monotonic = lambda: start + PATIENCE_S - 5
    assert (await two.ask(viewing))[0] == 200
    held.monotonic = lambda: start + 2 * PATIENCE_S
    await stopped(two, viewing, "mirror-behind")
    city = as_county(two)
    await city.look()
    assert city.standing()["reason"] == "mirror-behind"
    # What was begun before does not leave after.
    held.monotonic = lambda: start
    nonce = await begun(two, city, viewing)
    held.monotonic = lambda: start + 2 * PATIENCE_S
    await two.county.commit(RELEASED, entry(two, viewing, nonce))
    with pytest.raises(DataError) as caught:
        await city.finish(nonce)
    assert caught.value.fields["reason"] == "mirror-behind"
    await city.close()
    two.city_ledger.mirror = two.mirrored
    await held.compare(two.city_ledger)
    assert (await two.ask(viewing))[0] == 200


async def test_after_a_restart_no_share_leaves_before_the_mirror_was_found_to_be_the_same(
    two: TwoWorld,
) -> None:
    viewing = await approved(two)
    port, server = two.city_port, two.city_ledger
    await two.stop_city()
    server.mirror = None  # as a county wants it that showed two trees before
    await two.start_city(port)
    await two.held.compare(server)
    await stopped(two, viewing, "mirror-behind")
    server.mirror = two.mirrored
    await two.read_by_city()
    assert (await two.ask(viewing))[0] == 200


async def test_what_goes_wrong_with_one_county_ends_neither_its_following_nor_the_own(
    two: TwoWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewing = await approved(two)
    monkeypatch.setattr(running, "LOOK_S", 0.1)

    async def broken() -> bytes:
        raise RuntimeError("a defect")

    two.source.checkpoint = broken  # type: ignore[method-assign]
    async with asyncio.timeout(60):
        while two.held.failed != "failed":
            await asyncio.sleep(0.01)
    assert two.held.trouble == "failed" and not two.city_following.done()
    del two.source.checkpoint
    assert (await two.ask(viewing))[0] == 200
    assert two.held.failed == ""


def test_what_is_compared_is_one_size_until_it_is_the_same() -> None:
    ledger = Frontier()

    def grown() -> Frontier:
        ledger.append(bytes([ledger.size]) * 32)
        return ledger

    mirror = Mirror()
    assert mirror.trouble(0) == "mirror-behind"  # nothing was compared yet
    mirror.see(grown(), 0)
    first = mirror.asked
    assert first is not None and first.size == 1
    # A ledger that grows all the time does not put it off, and the next one counts from when it was seen.
    mirror.see(grown(), 100)
    mirror.see(grown(), 200)
    assert mirror.asked is first
    mirror.told(first, first.root)
    assert mirror.trouble(500) == ""
    mirror.see(ledger, 500)
    assert mirror.asked == Asked(3, ledger.root(), 100)
    mirror.told(first, first.root)  # an answer to what is no longer asked
    assert mirror.asked is not None and (mirror.trouble(700), mirror.trouble(701)) == ("", "mirror-behind")
    mirror.told(mirror.asked, b"\x07" * 32)
    mirror.see(grown(), 800)
    assert mirror.trouble(800) == "mirror-differs" and mirror.asked.size == 3


# The commands


def test_both_commands_print_the_lines_that_two_people_compare(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two = TwoWorld(tmp_path / "keyholder")
    two.make_home()
    shutil.rmtree(two.city_home / "counties")
    told, enrol = tmp_path / "told.json", two.city_home / "enrol.json"

    def run(*words: object) -> tuple[int, list[str], str]:
        code = main(["--lang", "en", "keyholder", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out.splitlines(), said.err

    code, exported, _ = run("export", "--home", two.home, "--out", told)
    assert code == 0
    code, held, _ = run("hold", "--home", two.city_home, "--county", told)
    assert code == 0 and held[:3] == exported[:3] and len(set(held[:3])) == 3
    code, _, error = run("hold", "--home", two.city_home, "--county", told)
    assert code == 2 and "counties/julu" in error
    assert run("city", "--home", two.home, "--enrol", enrol, "--url", "http://127.0.0.1:1")[0] == 0
    assert load(two.home).city == CityConfig(
        {"zh": "邢台市局", "en": "Xingtai"}, "http://127.0.0.1:1", AUTHORITY
    )
    assert run("city", "--home", two.home, "--enrol", enrol, "--url", "http://127.0.0.1:2")[0] == 2
    # Nobody else's administrators, and no own ones under another place.
    said = json.loads(told.read_text())
    for changed in ({"origin": "http://qinghe.view.localhost:8610"}, {"ledger": "x"}, {"bureau": "../x"}):
        told.write_text(json.dumps(said | changed))
        code, _, error = run("hold", "--home", two.city_home, "--county", told)
        assert code == 2 and "zhilu keyholder export" in error, changed
    told.write_text(json.dumps(said | {"bureau": "xingtai"}))
    assert run("hold", "--home", two.city_home, "--county", told)[0] == 2
