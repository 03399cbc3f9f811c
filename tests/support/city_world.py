"""A city's server in this process, whose counties are `support.neighbour`'s or the test's own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from support.county_world import make_home
from support.neighbour import Ledger, ed25519
from support.recordings import fixed_key
from zhilu.server.config import Config

BUREAU = "xingtai"


def make_city(folder: Path) -> Config:
    config = replace(make_home(folder), tier="city", bureau=BUREAU, authority="xingtai.example")
    write_keys(config)
    return config


def write_keys(config: Config) -> None:
    """The keys of federation, by the bureau's name."""
    keys = {
        config.mirror_key: ed25519(f"mirror of {config.bureau}"),
        config.neighbour_key: fixed_key(f"requests of {config.bureau}"),
    }
    for path, key in keys.items():
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


class CityWorld:
    """`ready`: mirrors as they are when new, made once a session, for SQLite."""

    def __init__(self, config: Config, ready: Path) -> None:
        self.config, self._ready = config, ready
        self.mirrors: set[str] = set()

    @property
    def cosigner(self) -> Any:
        from zhilu.server.federation import own_keys

        return own_keys.cosigner(self.config).verifier

    def join(self, ledger: Ledger, url: str = "http://127.0.0.1:9") -> None:
        from zhilu.server.federation.services import neighbours

        neighbours.join(ledger.neighbour, url, BUREAU)
        self.prepare(ledger.bureau)

    def prepare(self, bureau: str) -> None:
        from django.db import connection

        from zhilu.server.federation.services import mirror

        self.mirrors.add(bureau)
        is_file = connection.vendor == "sqlite"
        target = mirror.folder() / f"{bureau}.sqlite3"
        if is_file and self._ready.exists():
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(self._ready, target)
        mirror.prepare(bureau)
        if is_file and not self._ready.exists():
            with self.by_hand(bureau) as database:
                database.execute("VACUUM INTO %s", [str(self._ready)])

    @contextmanager
    def by_hand(self, bureau: str = "") -> Iterator[Any]:
        """A cursor past all guards; `bureau` names the mirror, by default the one that is stood in."""
        from contextlib import nullcontext

        from django.db import connection

        from zhilu.server.federation.services import mirror

        with mirror.of(bureau) if bureau else nullcontext(), connection.cursor() as cursor:
            yield cursor

    def audit(self, ledger: Ledger) -> list[tuple[str, str]]:
        from zhilu.server.federation.models import Joined
        from zhilu.server.federation.services.auditing import audit_mirror

        _, found = audit_mirror(Joined.objects.get(bureau=ledger.bureau))
        return [(one.place, one.code) for one in found]

    def alarms(self) -> list[tuple[str, str]]:
        from zhilu.server.equipment.models import Alarm

        return list(Alarm.objects.order_by("id").values_list("code", "about"))

    def lose(self, bureau: str) -> None:
        """The mirror is gone; a new one is made, and empty."""
        self.close()
        for path in (self.config.home / "mirrors").glob(f"{bureau}.*"):
            path.unlink()
        self.prepare(bureau)

    def close(self) -> None:
        """Lets go of the mirrors; PostgreSQL's stay in no database for the next test."""
        from django.db import connections

        from zhilu.server.ledger import lock

        for bureau in self.mirrors:
            alias = f"mirror-{bureau}"
            if connections[alias].vendor == "postgresql":
                with self.by_hand(bureau) as cursor:
                    cursor.execute(f"DROP SCHEMA mirror_{bureau} CASCADE")
            connections[alias].close()
            lock.forget(alias)
            del connections[alias]
