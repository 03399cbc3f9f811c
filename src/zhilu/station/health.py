"""The station tells the county each minute how it is (spec/registers.md §5). It proves nothing and holds
nothing up: a report that cannot be sent is counted and not kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from cryptography import x509

from zhilu import __version__
from zhilu.errors import ZhiluError
from zhilu.protocols.health import EVERY_S, Bay, Health
from zhilu.station import bay
from zhilu.station.parts import Parts

log = logging.getLogger(__name__)
FIRST_S = 5.0


class HealthReports:
    """`sent` and `failed` count since the start."""

    def __init__(self, parts: Parts, bays: Mapping[int, bay.Bay]) -> None:
        self._parts, self._bays = parts, bays
        self.sent = self.failed = 0

    async def report(self) -> None:
        await asyncio.sleep(FIRST_S)
        while True:
            await self.send()
            await asyncio.sleep(EVERY_S)

    async def send(self) -> None:
        """Once. The first failure of a row is logged, those after it are counted only."""
        try:
            body = (await self.now()).to_bytes()
            self._parts.alarms.moved(await self._parts.county.health(body))
            self.sent += 1
        except (ZhiluError, OSError) as error:
            if not self.failed:
                log.info("the county was not told how this station is: %s", error)
            self.failed += 1

    async def now(self) -> Health:
        room = await self._parts.room.lately()
        return Health(
            at=self._parts.clock(),
            spool_bytes=room.used,
            spool_limit_bytes=room.limit,
            disk_free_bytes=room.free,
            clock_offset_us=self._parts.county.clock_offset_us,
            snapshot_at=self._parts.snapshots.issued,
            certificate_until=certificate_until(self._parts.home.path / "tls.crt"),
            release=__version__,
            bays=tuple(_bay(one) for one in self._bays.values()),
        )


def _bay(one: bay.Bay) -> Bay:
    recorder = one.shown.view.recorder
    return Bay(one.number, str(one.shown.phase), recorder.kid if recorder else None)


def certificate_until(certificate: Path) -> datetime | None:
    """None where there is none that can be read: that is what there is to tell."""
    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None
