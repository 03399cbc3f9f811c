"""What the station keeps of its snapshots beyond the newest one."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from support.station_world import Bureau
from zhilu.station import home
from zhilu.station.snapshots import Snapshots


def opened(bureau: Bureau, given: list[bytes]) -> Snapshots:
    async def snapshot() -> bytes:
        return given.pop(0)

    county: Any = SimpleNamespace(snapshot=snapshot)
    return Snapshots(home.load(bureau.station_path), county, bureau.now)


async def test_what_was_revoked_once_stays_revoked(bureau: Bureau) -> None:
    """Nothing proves that a snapshot is complete: a later one without that entry changes nothing."""
    device = bureau.recorder()
    core = {"kid": device.kid, "since": "2026-11-24T00:00:00.000Z", "reason": "lost"}
    bureau.ledger.append("device-revoked/1", core)
    less = bureau.snapshot(without="device-revoked/1")
    snapshots = opened(bureau, [bureau.snapshot(), less, less])
    for _ in range(2):
        await snapshots.renew()
        assert snapshots.trouble is None and snapshots.current().revoked == {device.kid}
    assert opened(bureau, []).current().revoked == {device.kid}, "over a restart"
    (bureau.station_path / "revoked.json").write_bytes(b"{torn")
    again = opened(bureau, [bureau.snapshot()])
    await again.renew()
    assert again.current().revoked == {device.kid}, "a damaged file is made anew"


async def test_many_that_wait_for_one_tree_fetch_it_once(bureau: Bureau) -> None:
    """34 recorders come home at once, and the county has given each of them what is newer."""
    snapshots = opened(bureau, [bureau.snapshot(), bureau.snapshot()])
    await snapshots.renew()
    size = snapshots.size
    assert size is not None
    await snapshots.renew(size)
    bureau.ledger.append(
        "device-revoked/1", {"kid": "x", "since": "2026-11-24T00:00:00.000Z", "reason": "lost"}
    )
    given = [bureau.snapshot(), bureau.snapshot()]
    snapshots = opened(bureau, given)
    await asyncio.gather(*(snapshots.renew(size + 1) for _ in range(5)))
    assert snapshots.size == size + 1 and len(given) == 1
