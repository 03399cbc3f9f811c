from pathlib import Path

import pytest

from support.recorder_world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A bureau and a recorder that it has adopted."""
    world = World(tmp_path / "world")
    world.adopt()
    return world
