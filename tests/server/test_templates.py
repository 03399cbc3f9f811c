"""An officer's own texts: at the station and on the platform (spec/intake.md §2)."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse

from support.county_world import OFFICER, RECORDING, CountyWorld, named_id
from support.recordings import fixed_key
from support.recordings import test_key as named_key
from zhilu import strictjson
from zhilu.pki.certificates import key_pem
from zhilu.protocols.intake_words import parse_templates, parse_told
from zhilu.sealed.keys import SoftSigner
from zhilu.server.equipment.events import StationEnrolled
from zhilu.server.evidence import rules
from zhilu.server.evidence.models import Template
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services.acts import open_act
from zhilu.server.evidence.services.templates import save
from zhilu.server.ledger.services.commit import commit, size

pytestmark = pytest.mark.django_db
SECOND = str(named_id("second officer"))
TEXTS = {"place": "城关镇", "event": "核实经营场所"}


def post(county: CountyWorld, name: str, elements: Any = TEXTS, person: str = OFFICER, **more: Any) -> int:
    body = strictjson.dumps({"person": person, "name": name, "elements": elements})
    return county.request("POST", "/intake/templates", body=body, **more).status_code


def get(county: CountyWorld, person: str = OFFICER, **more: Any) -> HttpResponse:
    return county.request("GET", "/intake/templates", f"person={person}", **more)


def other_station() -> SoftSigner:
    other = SoftSigner(named_key("other station"))
    place = ("dock.example", "http://s2.dock.example")
    commit(StationEnrolled(other.kid, other.jwk, "第二采集站", 4, *place), "julu")
    return other


@pytest.mark.db
def test_saved_at_the_station_and_edited_on_the_platform(county: CountyWorld) -> None:
    before = size()
    assert post(county, "日常核实") == 201 and post(county, "日常核实", {"place": "南关"}) == 201
    (row,) = parse_templates(get(county).content)
    assert row["name"] == "日常核实" and row["elements"] == {"place": "南关"}
    client = county.sign_in(OFFICER)
    assert "日常核实" in client.get("/templates").content.decode()
    said = {"name": "核实", "element-place": "北关", "element-course": "一\r\n二"}
    assert client.post(f"/templates/{row['id']}", said).status_code == 302
    assert [(one.name, one.elements) for one in Template.objects.all()] == [
        ("核实", {"place": "北关", "course": "一\n二"})
    ]
    assert client.post("/templates/new", {"name": "空"}).status_code == 400
    assert client.post(f"/templates/{Template.objects.get().id}/delete").status_code == 302
    assert not Template.objects.exists() and size() == before


def test_a_statement_on_the_platform_begins_with_one(county: CountyWorld) -> None:
    county.store()
    act = open_act(UUID(OFFICER), "C01", [OFFICER], "某某商店", [Span(str(RECORDING), 0, 1_000_000)])
    mine, theirs = save(UUID(OFFICER), "日常", TEXTS), save(UUID(SECOND), "别人", {"cause": "别人的原因"})
    client, path = county.sign_in(OFFICER), f"/acts/{act}/statement"
    page = client.get(path).content.decode()
    assert "日常" in page and "核实经营场所" not in page
    assert "核实经营场所" in client.get(f"{path}?template={mine.id}").content.decode()
    assert "别人的原因" not in client.get(f"{path}?template={theirs.id}").content.decode()
    assert client.get(f"{path}?template=x").status_code == 200


def test_what_is_no_template(county: CountyWorld) -> None:
    wrong: list[tuple[str, Any]] = [
        ("", TEXTS), ("x" * 41, TEXTS), ("a\nb", TEXTS), ("a", {}), ("a", {"place": " "}),
        ("a", {"place": "x" * 1001}), ("a", {"place": 7}), ("a", {"where": "x"}), ("a", {"place": "a\0b"}),
    ]  # fmt: skip
    for name, elements in wrong:
        assert post(county, name, elements) == 422, (name, elements)
    assert not Template.objects.exists()


def test_a_person_keeps_so_many(county: CountyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_TEMPLATES", 2)
    assert [post(county, name) for name in ("一", "二", "三", "二")] == [201, 201, 422, 201]


def test_a_station_hears_nothing_of_whom_it_never_served(county: CountyWorld) -> None:
    post(county, "日常核实")
    other = other_station()
    assert get(county, signer=other).status_code == 404 and post(county, "x", signer=other) == 404
    assert get(county, SECOND).status_code == 404 and get(county, "x").status_code == 404
    assert post(county, "x", person=SECOND) == 404


def test_a_stored_recording_tells_its_station_where_and_when(county: CountyWorld) -> None:
    county.config.text_key.write_bytes(key_pem(fixed_key("text")))
    path = f"/intake/recordings/{RECORDING}/told"
    assert county.request("GET", path).status_code == 404
    film = county.film()
    county.put_logbook(film)
    county.put_handover(film)
    county.put_journal(film)
    waiting = county.request("GET", path)
    assert waiting.status_code == 409 and json.loads(waiting.content)["error"] == "recording-unstored"
    for i, data in enumerate(film.media):
        county.put_segment(i, data)
    county.complete()
    told = parse_told(county.request("GET", path).content)
    assert told.duration_us > 0 and len(told.marks) >= 1
    assert len(told.positions) == 2 and told.positions[0]["at_us"] < told.positions[1]["at_us"]
    assert county.request("GET", path, signer=other_station()).status_code == 404
    # Without its key the county tells times and marks, and no place.
    county.config.text_key.unlink()
    assert parse_told(county.request("GET", path).content).positions == ()
