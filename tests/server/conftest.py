"""A county's server for each test; those marked `db` run on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support import county_home, programs
from support.answers_world import People, nothing_found
from support.bureau import of as bureau_of
from support.city_world import CityWorld, make_city, write_keys
from support.county_world import BUREAU, CountyWorld, make_home
from support.lives import Life
from support.neighbour import Ledger, fill
from support.postgres import PostgresServer


@pytest.fixture(autouse=True, scope="session")
def replays() -> None:
    """An audit's child is forked as other programs are; test_audit.py has one that is not."""
    from zhilu.server.ledger.services import replay

    replay.subprocess = programs  # type: ignore[assignment]


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


@pytest.fixture
def bureau(world: CountyWorld) -> CountyWorld:
    """Founded, with somebody who edits the catalogue."""
    from support.legal import add_editor

    world.found()
    add_editor()
    return world


@pytest.fixture
def life(county: CountyWorld) -> Life:
    """A recorder that has been switched on once."""
    life = Life(county)
    life.boot()
    return life


@pytest.fixture(scope="session")
def new_mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a mirror's database lies as it is when new, once one was made."""
    return tmp_path_factory.mktemp("mirror") / "new.sqlite3"


@pytest.fixture
def city(db: None, settings: Any, tmp_path: Path, new_mirror: Path) -> Iterator[CityWorld]:
    """A city's server; nobody has joined yet."""
    settings.ZHILU = make_city(tmp_path / "city")
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    world = CityWorld(settings.ZHILU, new_mirror)
    yield world
    world.close()


@pytest.fixture
def julu(city: CityWorld) -> Ledger:
    """A county of 100 departments that has joined."""
    ledger = Ledger()
    fill(ledger, 100)
    ledger.publish()
    city.join(ledger)
    return ledger


@pytest.fixture
def xingtai() -> Ledger:
    return Ledger("xingtai", "city")


@pytest.fixture
def joined(county: CountyWorld, xingtai: Ledger) -> CountyWorld:
    """A county that has joined its city."""
    from zhilu.server.federation.services import neighbours

    write_keys(county.config)
    neighbours.join(xingtai.neighbour, "http://127.0.0.1:9", BUREAU)
    county.publish()
    return county


@pytest.fixture
def people(county: CountyWorld) -> People:
    """Of a grown bureau in which nothing is found yet."""
    grown = bureau_of(county)
    nothing_found()
    return People(grown)


HomeMaker = Callable[[str], Path]


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled home on SQLite. To be copied, never changed."""
    return county_home.make(tmp_path_factory.mktemp("filled"))


@pytest.fixture(scope="session")
def filled_on_postgresql(
    tmp_path_factory: pytest.TempPathFactory, postgresql: PostgresServer
) -> tuple[Path, str]:
    """The same on PostgreSQL, and the URL of its database."""
    url = postgresql.new_database()
    return county_home.make(tmp_path_factory.mktemp("filled"), database=url), url


@pytest.fixture
def new_home(request: pytest.FixtureRequest, tmp_path: Path) -> HomeMaker:
    """A filled home of one's own, on `sqlite` or `postgresql`."""

    def copy(engine: str) -> Path:
        if engine == "sqlite":
            return Path(shutil.copytree(request.getfixturevalue("filled"), tmp_path / "home"))
        source, url = request.getfixturevalue("filled_on_postgresql")
        own = request.getfixturevalue("postgresql").new_database(like=url)
        home = Path(shutil.copytree(source, tmp_path / "home"))
        toml = home / "server.toml"
        toml.write_text(toml.read_text().replace(url, own))
        assert own in toml.read_text()
        return home

    return copy
