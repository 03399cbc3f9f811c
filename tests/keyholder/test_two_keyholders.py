"""Two keyholders (spec/viewing.md §8): nobody gets a picture that the city's keyholder does not find in its
own reading of the county's ledger, whatever the county's server and the county's keyholder do together.

The road is open once; each attack is refused for its own reason, and what was refused gave no share.
"""

from __future__ import annotations

import json
import secrets
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession
from cryptography.hazmat.primitives.asymmetric import ec

from support.hostile import RELEASED, refused
from support.keyholder_world import Film
from support.two_keyholders import AUTHORITY, Core, TwoWorld, approved, as_county, ask_of, begun, entry
from zhilu import strictjson
from zhilu.cli import main
from zhilu.encoding import b64u, unb64u
from zhilu.errors import DataError
from zhilu.keyholder.config import CityConfig, load
from zhilu.protocols.httpsig import sign_request
from zhilu.sealed.keys import SoftSigner, load_private_key

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
