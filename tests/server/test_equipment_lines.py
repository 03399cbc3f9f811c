"""What a recorder's own logbook says of it stands on its page: charge, room, faults, clock."""

from __future__ import annotations

import pytest

from support.county_world import CountyWorld, named_id
from support.lives import Life

pytestmark = pytest.mark.db


def test_the_newest_lines_of_the_logbook_are_told(county: CountyWorld) -> None:
    life = Life(county)
    life.boot()
    life.log("battery", percent=80)
    life.log("battery", percent=41)
    life.log("storage", free=3 << 30, total=64 << 30)
    life.log("fault", code="microphone", detail="<b>no sound</b>")
    after = life.time
    life.log(
        "clock-set",
        before=after,
        after=after,
        offset_us=-2_500_000,
        station=county.station.kid,
        source="dock",
    )
    life.record("one")
    life.dock().arrive()
    client = county.sign_in(str(named_id("system")))
    page = client.get(f"/recorders/{county.recorder.kid}").content.decode()
    assert "41 %" in page and "80 %" not in page
    assert "3.0 GB" in page and "64.0 GB" in page
    assert "−2.500" in page
    assert "麦克风" in page and "&lt;b&gt;no sound" in page
