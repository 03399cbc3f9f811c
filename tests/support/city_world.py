"""A city's server in this process, whose counties are `support.neighbour`'s or the test's own."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from support import kept
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


_spare: list[str] = []
"""PostgreSQL: schemas with a mirror's tables that no mirror needs now."""
_new: dict[str, Any] = {}
"""PostgreSQL: the rows of a new mirror, once one was made."""


class CityWorld:
    """`ready`: on SQLite a mirror as it is when new, once one was made."""

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
        """`mirror.prepare` makes the tables once in a process; they then serve one mirror after the other."""
        from django.db import connection

        self.mirrors.add(bureau)
        if connection.vendor == "sqlite":
            self._prepare_file(bureau)
        else:
            self._prepare_schema(bureau)

    def _prepare_file(self, bureau: str) -> None:
        from zhilu.server.federation.services import mirror
        from zhilu.server.ledger import lock

        if self._ready.exists():
            lock.make_mirror(bureau, mirror.folder())
            shutil.copyfile(self._ready, mirror.folder() / f"{bureau}.sqlite3")
            return
        mirror.prepare(bureau)
        with self.by_hand(bureau) as database:
            database.execute("VACUUM INTO %s", [str(self._ready)])

    def _prepare_schema(self, bureau: str) -> None:
        from zhilu.server.federation.services import mirror

        if _spare:
            with self.by_hand(bureau) as database:
                database.execute(f"ALTER SCHEMA {_spare.pop()} RENAME TO mirror_{bureau}")
            with mirror.of(bureau):
                kept.replace(_new)
            return
        mirror.prepare(bureau)
        with mirror.of(bureau):
            _new.update(kept.take())

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
        """Lets go of the mirrors; PostgreSQL's are spare then, and found under no mirror's name."""
        from django.db import connections

        from zhilu.server.ledger import lock

        for bureau in self.mirrors:
            alias = f"mirror-{bureau}"
            if alias not in connections.settings:
                continue  # a file that nobody has stood in
            if connections[alias].vendor == "postgresql":
                name = f"spare_{secrets.token_hex(4)}"
                with self.by_hand(bureau) as cursor:
                    cursor.execute(f"ALTER SCHEMA mirror_{bureau} RENAME TO {name}")
                _spare.append(name)
            connections[alias].close()
            lock.forget(alias)
            del connections[alias]
