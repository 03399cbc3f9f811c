from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.keyholder_world import World, world_at
from support.rules_bureau import Bureau
from support.two_keyholders import TwoWorld, two_worlds_at
from zhilu.keyholder import run as running


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "POLL_S", 0.05)
    monkeypatch.setattr(running, "POLL_WAITING_S", 0.02)


@pytest.fixture
async def world(tmp_path: Path, hurried: None) -> AsyncIterator[World]:
    """A bureau that works: administrators, a viewer, an approver, a recorder, a stored recording."""
    async with world_at(tmp_path) as made:
        yield made


@pytest.fixture
async def two(tmp_path: Path, hurried: None) -> AsyncIterator[TwoWorld]:
    """Its city's beside it."""
    async with two_worlds_at(tmp_path) as made:
        yield made


@pytest.fixture
def bureau() -> Bureau:
    return Bureau()
