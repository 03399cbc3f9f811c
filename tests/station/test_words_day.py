"""After a real docking its officer may speak: what the bay offers, and what comes of it when he goes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.recordings import fixed_key
from support.station_world import Bureau, random_media
from zhilu.encoding import b64u, unb64u
from zhilu.protocols import words
from zhilu.protocols.snapshot_people import Catalogue

CATALOGUE = {
    "version": 1,
    "since": "2026-01-01",
    "classes": {"C": "确定类"},
    "scripts": {},
    "procedures": [
        {"code": "C01", "class": "C", "tier": "priority", "min_officers": 1, "name": "税务登记核实"}
        | dict.fromkeys(("start", "content", "end"), "")
    ],
}


def register(bureau: Bureau, device: Any) -> None:
    """The officer's key at this dock, and the catalogue."""
    key = device.officer.key.credential(device.officer.rp_id)
    core = {"person": device.officer.person, "credential": b64u(key.id), "public_key": b64u(key.public_key)}
    bureau.ledger.append("dock-credential-registered/1", core | {"rp_id": key.rp_id, "aaguid": None})
    Catalogue.from_core(CATALOGUE)
    bureau.ledger.append("catalogue-set/1", CATALOGUE)


@pytest.mark.usefixtures("soon")
async def test_after_the_recorder_is_cleared_and_gone_its_officer_still_speaks(bureau: Bureau) -> None:
    device = bureau.recorder()
    recording = str(device.record(*random_media(3, 1000)))
    register(bureau, device)
    async with bureau.station() as kiosk:
        async with device.docked() as docked:
            await kiosk.until("waiting-officer")
            assert (await kiosk.bay())["statement"] is None
            assert (await kiosk.hand_over(device.officer)).status_code == 200
            await kiosk.until("safe-to-take", "cleared")
            await docked.undocked()
        await kiosk.until("cleared")
        said = (await kiosk.bay())["statement"]
        assert said["officer"]["name"] == "李建国" and (said["recordings"], said["filed"]) == (1, 0)
        draft = (await kiosk.client.get("/api/bays/1/draft")).json()
        (film,) = draft["recordings"]
        # From the journal that was cleared meanwhile: three pieces of two seconds.
        assert (film["id"], film["duration_us"], film["stored"]) == (recording, 6_000_000, True)
        assert draft["procedures"][0]["name"] == "税务登记核实"
        act = {"procedure": "C01", "officers": [device.officer.person], "taxpayer": "宏达机械配件厂"}
        spans = [{"recording": recording, "from_us": 0, "to_us": 6_000_000}]
        asked = {
            "kind": "statement",
            "bay": 1,
            "acts": [act | {"spans": spans, "elements": {"place": "厂区"}}],
        }
        begun = (await kiosk.post("/api/words", asked)).json()
        challenge = unb64u(begun["signer"]["challenge"])
        answer = await kiosk.post(f"/api/words/{begun['id']}/assertion", device.officer.sign(challenge))
        # This county knows no words yet: they wait, sealed to its text key.
        assert answer.json() == {"done": "queued"}
        state = await kiosk.state()
        assert (state["waiting_words"], state["bays"][0]["statement"]["filed"]) == (1, 1)
    (path,) = (bureau.station_path / "spool/words").glob("*.json")
    held = json.loads(path.read_bytes())
    raw = words.open_word(fixed_key("text"), held["sealed"], bytes.fromhex(held["digest"]))
    word = words.read_word(words.WordRequest.from_bytes(raw).word)
    assert isinstance(word, words.Statement) and word.acts[0].taxpayer == "宏达机械配件厂"
