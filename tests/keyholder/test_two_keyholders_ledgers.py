"""Two keyholders that are not shown the same ledger of a county give no share (spec/viewing.md §8)."""

from __future__ import annotations

import asyncio
import time

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from support.hostile import RELEASED, refused
from support.two_keyholders import Core, TwoWorld, approved, as_county, begun, entry
from zhilu.errors import DataError
from zhilu.keyholder import run as running
from zhilu.keyholder.config import load
from zhilu.keyholder.founding import cosigner_name
from zhilu.keyholder.mirror import PATIENCE_S, Asked, Mirror
from zhilu.tlog.cosign import CosignatureSigner, cosign
from zhilu.tlog.frontier import Frontier
from zhilu.tlog.note import Note


def shares_out(two: TwoWorld) -> int:
    """Releases that the city's keyholder still waits for, or began."""
    return len(two.held.shares._begun)


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
