from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.keyholder_world import World, world_at
from support.rules_bureau import Bureau
from zhilu.keyholder import run as running


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A bureau that works: administrators, a viewer, an approver, a recorder, a stored recording."""
    monkeypatch.setattr(running, "POLL_S", 0.05)
    monkeypatch.setattr(running, "POLL_WAITING_S", 0.02)
    async with world_at(tmp_path) as made:
        yield made


@pytest.fixture
def bureau() -> Bureau:
    return Bureau()
