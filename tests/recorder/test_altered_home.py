"""A store that somebody altered while the recorder was off: it signs nothing that it cannot vouch for, and
goes on with its duty."""

import json
import shutil
from typing import Any

import pytest

from support.dock_world import Recorded, Station, served
from support.lines import payloads
from support.recorder_world import World
from zhilu.devices.sources.scene import SceneSource
from zhilu.encoding import b64u
from zhilu.recorder.logbook import read_lines
from zhilu.recorder.recording import Recording, Scene
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.logbook import read_logbook


def ended_by_a_fault(world: World) -> str:
    """Its source broke; then power went, without `shutdown`."""
    recorded = Recorded(world, recordings=0)
    scene = Scene(SceneSource().open(), "test", recorded.adopted.policy, recorded.adopted.duty)
    recording = Recording.begin(world.home, recorded.logbook, scene, recorded.clock)
    recording.close("fault")
    return str(recording.id)


def opened_lines(world: World) -> list[dict[str, Any]]:
    return [line for line in payloads(world.home.logbook) if line["type"] == "recording-opened"]


def close_line(**more: object) -> bytes:
    return b"a." + b64u(json.dumps(more).encode()).encode() + b".c\n"


@pytest.mark.parametrize(
    "put",
    [
        b"no dots\n",
        b"\xff\xfe.\xff.y\n",
        close_line(reason="fault"),
        close_line(reason="fault", at="any text"),
        close_line(reason="fault", at="2020-01-01T00:00:00.000Z"),
    ],
)
def test_the_end_of_a_closed_journal_counts_only_as_the_logbook_knows_it(world: World, put: bytes) -> None:
    """A line put there was believed at start: it ended the recorder, or was signed as its own time, in a line
    that no reader takes, this recorder included."""
    name = ended_by_a_fault(world)
    with (world.home.recordings / name / "journal.jws").open("ab") as file:
        file.write(put)
    Recorded(world)
    key = load_jwk(world.signer.jwk)
    assert read_logbook(read_lines(world.home.logbook), key, world.signer.kid).findings == []
    opened = opened_lines(world)
    assert len(opened) == 2
    assert "follows" not in opened[-1]


def test_without_that_it_says_what_it_follows(world: World) -> None:
    name = ended_by_a_fault(world)
    Recorded(world)
    assert opened_lines(world)[-1]["follows"]["id"] == name


@pytest.mark.parametrize("harm", ["folder", "journal", "first line altered", "first line cut out"])
async def test_what_is_gone_from_the_store_hides_nothing_else(world: World, harm: str) -> None:
    """It is not offered any more, by which the county misses it; the docking goes on."""
    filmed = Recorded(world, recordings=2)
    gone, there = filmed.lives
    folder = world.home.recording(gone.recording)
    journal = folder / "journal.jws"
    if harm == "folder":
        shutil.rmtree(folder)
    elif harm == "journal":
        journal.unlink()
    elif harm == "first line cut out":
        journal.write_bytes(journal.read_bytes().partition(b"\n")[2])
    else:
        journal.write_bytes(b"x" + journal.read_bytes())
    async with served(world, filmed.dock()) as url:
        station = Station(world, url)
        hello = await station.greet()
        await station.open()
        answer = await station.http.get("/logbook?from=0")
        await station.close()
    assert [one.id for one in hello.recordings] == [there.recording]
    assert answer.content == world.home.logbook.read_bytes()
