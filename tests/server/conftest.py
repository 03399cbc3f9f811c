"""A county's server for each test; those marked `db` run on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.county_world import CountyWorld, make_home


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Path) -> CountyWorld:
    """Nothing founded yet."""
    settings.ZHILU = make_home(tmp_path / "county")
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    return CountyWorld(settings.ZHILU)


@pytest.fixture
def county(world: CountyWorld) -> CountyWorld:
    """Founded and published."""
    world.found()
    world.publish()
    return world
