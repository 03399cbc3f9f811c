"""What pages show of recordings and acts: named in the access log, the newest first, and nothing that is not
for this reader.
"""

from __future__ import annotations

from uuid import UUID

import pytest

from support import bureau
from support.bureau import BESIDE, OWN, Bureau
from support.county_world import OFFICER, RECORDING, CountyWorld
from zhilu.server.evidence.models import Act, ActSpan, KeyRelease, Recording, ViewingSpan
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services import acts, links, outcomes
from zhilu.server.ledger.models.base import applying
from zhilu.server.organisation.models import AccessRow
from zhilu.server.pages.services import steps
from zhilu.server.pages.views import viewings


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def named(path: str) -> set[UUID]:
    """What the newest row of the access log says that this page showed."""
    row = AccessRow.objects.filter(target=path).latest("id")
    return {*row.listed.values_list("about", flat=True)}


def test_the_form_of_a_correction_names_the_recordings_that_may_be_chosen(world: Bureau) -> None:
    act, path = world.things[OWN]["act"], f"/acts/{world.things[OWN]['act']}/amend"
    page = world.client("unit-head").get(path)
    offered = {
        UUID(value) for value, _label in page.context["form"].spans[0].fields["recording"].choices if value
    }
    assert len(offered) > 1 and offered == named(path)
    assert set(ActSpan.objects.filter(act=act).values_list("recording", flat=True)) <= offered


def test_the_list_of_viewings_and_a_viewings_page_name_their_recordings(
    world: Bureau, county: CountyWorld
) -> None:
    client = world.client("audit-administrator")
    client.get("/viewings")
    shown = set(ViewingSpan.objects.values_list("recording", flat=True))
    assert shown and shown <= named("/viewings")
    one = ViewingSpan.objects.first()
    assert one
    client.get(f"/viewings/{one.viewing_id}")
    assert one.recording in named(f"/viewings/{one.viewing_id}")


def test_the_life_of_a_recording_begins_with_the_newest_steps(
    world: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MOST", 6)
    act, client = world.things[OWN]["act"], world.client("unit-head")
    for number in range(10):
        links.link(OFFICER, act, "case", f"C-{number}")
    recording = ActSpan.objects.filter(act=act).earliest("id").recording
    seen, address = [], f"/recordings/{recording}"
    while address:
        page = client.get(address)
        told = [step.index for step in page.context["steps"] if step.index is not None]
        assert told == sorted(told)
        seen.append(told)
        older = page.context["older"]
        assert (older is None) == (b"?before=" not in page.content)
        address = f"/recordings/{recording}?before={older}" if older else ""
    assert len(seen) > 2 and max(seen[0]) > max(seen[1]) > max(seen[2][1:], default=-1)
    whole = {index for page_ in seen for index in page_}
    monkeypatch.setattr(steps, "MOST", 10_000)
    page = client.get(f"/recordings/{recording}")
    assert {step.index for step in page.context["steps"] if step.index is not None} == whole
    for odd in ("x", "-1", "9" * 40, "²"):
        assert client.get(f"/recordings/{recording}?before={odd}").status_code == 200
    assert client.get(f"/acts/{act}?before=5").status_code == 200


def test_a_viewings_page_shows_the_newest_releases_or_all(
    world: Bureau, county: CountyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewings, "MOST", 2)
    one = ViewingSpan.objects.first()
    assert one
    first = Recording.objects.earliest("entry").stored_at
    with applying():
        for number in range(1, 6):
            KeyRelease.objects.create(
                id=10**9 + number, viewing=one.viewing_id, recording=one.recording, first=number, last=number,
                expires=first, at=first, entry=10**9 + number,
            )  # fmt: skip
    client = world.client("audit-administrator")
    page = client.get(f"/viewings/{one.viewing_id}")
    assert [row.first for row in page.context["releases"]] == [5, 4] and page.context["is_cut"]
    page = client.get(f"/viewings/{one.viewing_id}?all")
    assert [row.first for row in page.context["releases"]][:5] == [5, 4, 3, 2, 1] and not page.context[
        "is_cut"
    ]


def test_what_came_of_an_act_is_hidden_from_who_may_not_read_it(world: Bureau) -> None:
    """A recording in two acts, one of another unit: its life tells that it was opened, and no more."""
    stranger = UUID(str(world.things[BESIDE]["person"]))
    foreign = acts.open_act(stranger, "C01", [str(stranger)], "别家", [Span(str(RECORDING), 0, 900_000)])
    links.link(str(stranger), foreign, "case", "B-7")
    outcomes.record(str(stranger), foreign, "tax-collected", 1_234_500)
    acts.file_statement(stranger, Act.objects.get(id=foreign), 0, {"time": "今天"})
    for who, sees in (("officer", False), ("unit-head", False), ("unit-head*", True)):
        page = world.client(who).get(f"/recordings/{RECORDING}")
        told = [step.code for step in page.context["steps"]]
        assert ("12,345" in page.content.decode()) is sees, who
        assert "act" in told
