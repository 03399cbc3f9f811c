from pathlib import Path

import pytest

from support.dock_world import Recorded, Station, served
from support.recorder_world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A bureau and a recorder that it has adopted."""
    world = World(tmp_path / "world")
    world.adopt()
    return world


@pytest.fixture
def filmed(world):
    """A recorder that has recorded the scene once."""
    return Recorded(world)


@pytest.fixture
async def docked(world, filmed):
    """(a station before any step, the dock)"""
    dock = filmed.dock()
    async with served(world, dock) as url:
        station = Station(world, url)
        yield station, dock
        await station.close()
