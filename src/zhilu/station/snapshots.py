"""The station's snapshot: fetched each minute, kept on disk, believed for 72 hours (spec/docking.md §6).

    snapshot.json    as it came
    revoked.json     {"revoked": [kid …]}: every device that any snapshot named as revoked

What was revoked once stays revoked, also where a later snapshot leaves that entry out: nothing proves that a
snapshot is complete.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace as changed
from datetime import datetime
from pathlib import Path

from cryptography import x509

from zhilu import strictjson
from zhilu.durable import replace
from zhilu.errors import DataError, WorldError, ZhiluError
from zhilu.pki import certificates, tls
from zhilu.protocols.snapshot import Snapshot, open_snapshot
from zhilu.station.county import County
from zhilu.station.home import Home

log = logging.getLogger(__name__)

EVERY_S = 60.0
RETRY_S = 5.0


class Snapshots:
    def __init__(self, home: Home, county: County, clock: Callable[[], datetime]) -> None:
        self._home, self._county, self._clock = home, county, clock
        self._file = home.path / "snapshot.json"
        self._revoked_file = home.path / "revoked.json"
        self._revoked = _read_revoked(self._revoked_file)
        self._lock = asyncio.Lock()
        self._context: tls.RoleContext | None = None
        self._held: Snapshot | None = None
        self.trouble: str | None = None
        """Code of what the last attempt to renew ended with, or None."""
        self._load()

    @property
    def offline(self) -> bool:
        """The held snapshot could not be renewed: the station decides alone, and says so."""
        return self.trouble is not None

    @property
    def issued(self) -> datetime | None:
        """When the held snapshot was made."""
        return self._held.issued if self._held else None

    @property
    def size(self) -> int | None:
        """Of the tree, as of the held snapshot."""
        return self._held.size if self._held else None

    def current(self) -> Snapshot:
        """Raises DataError `no-snapshot` or `snapshot-expired`."""
        if self._held is None:
            raise DataError("no-snapshot", "The station has no list of devices yet: reach the county server.")
        self._held.check_time(self._clock())
        return self._held

    def context(self) -> tls.RoleContext:
        """For links to recorders, with the newest revocation list."""
        if self._context is None:
            path, crl = self._home.path, self._home.path / "crl.pem"
            self._context = tls.client_context(
                path / "tls.crt",
                path / "tls.key",
                path / "roots.pem",
                "recorder",
                crl.read_bytes() if crl.exists() else None,
            )
        return self._context

    async def keep_fresh(self) -> None:
        while True:
            await self.renew()
            await asyncio.sleep(RETRY_S if self.offline else EVERY_S)

    async def renew(self, least: int | None = None) -> None:
        """Fetch once; not where the held one is of a tree of `least` entries or more. A failure leaves the
        held one in force."""
        async with self._lock:
            if least is not None and (self.size or 0) >= least:
                return
            try:
                self._take(await self._county.snapshot())
                self.trouble = None
            except OSError as error:
                log.error("the snapshot cannot be kept: %s", error)
                self.trouble = "no-space"
            except ZhiluError as error:
                if not isinstance(error, WorldError) and self.trouble != error.code:
                    log.error("the county's snapshot is refused: %s", error)
                self.trouble = error.code

    def _take(self, data: bytes) -> None:
        held = self._held.size if self._held else 0
        snapshot = self._open(data, held)
        self._take_revocations(snapshot.revocations)
        snapshot = self._with_revoked(snapshot)
        replace(self._file, data)
        self._held = snapshot

    def _with_revoked(self, snapshot: Snapshot) -> Snapshot:
        revoked = self._revoked | snapshot.revoked
        if revoked != self._revoked:
            replace(self._revoked_file, strictjson.dumps({"revoked": sorted(revoked)}))
            self._revoked = revoked
        return changed(snapshot, revoked=revoked)

    def _take_revocations(self, crl: bytes) -> None:
        path = self._home.path / "crl.pem"
        if not crl.strip() or (path.exists() and path.read_bytes() == crl):
            return
        roots = x509.load_pem_x509_certificates((self._home.path / "roots.pem").read_bytes())
        new = certificates.read_crl(crl, roots)
        if path.exists():
            old = certificates.read_crl(path.read_bytes(), roots)
            if new.last_update_utc < old.last_update_utc:
                return
        replace(path, crl)
        self._context = None

    def _load(self) -> None:
        if self._file.exists():
            try:
                self._held = self._with_revoked(self._open(self._file.read_bytes(), 0))
            except DataError as error:
                log.warning("the kept snapshot is not used: %s", error.code)

    def _open(self, data: bytes, held_size: int) -> Snapshot:
        return open_snapshot(
            data,
            self._home.ledger,
            bureau=self._home.settings.bureau,
            now=self._clock(),
            held_size=held_size,
        )


def _read_revoked(path: Path) -> frozenset[str]:
    try:
        named = strictjson.fields(strictjson.loads_object(path.read_bytes()), {"revoked": list})["revoked"]
        return frozenset(str(kid) for kid in named)
    except FileNotFoundError:
        return frozenset()
    except (OSError, DataError) as error:
        log.error("what was revoked before cannot be read: %s", error)
        return frozenset()
