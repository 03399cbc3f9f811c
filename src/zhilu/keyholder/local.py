"""What the keyholder keeps that is in no ledger: `local.db`.

Counters that security keys have shown, challenges that were taken, registrations that wait for their
witnesses, the reasons of requests and the names of recipients (of which the ledger's core holds digests
only), when grants end, and revocations that were asked for here. If lost: counters and challenges start anew
(asks live 60 s), waiting registrations are made again, reasons are not shown any more. If rolled back: an old
counter may be shown again.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from zhilu.encoding import format_time, parse_time
from zhilu.errors import DataError
from zhilu.keyholder.believed import Credential, Evidence, Recording, Viewing
from zhilu.keyholder.state import State, connect_existing
from zhilu.protocols.viewing import Request

SCHEMA = """
CREATE TABLE IF NOT EXISTS counts (credential BLOB PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS taken (challenge BLOB PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS asked (viewing TEXT PRIMARY KEY, viewer TEXT NOT NULL, request BLOB NOT NULL,
    salt BLOB NOT NULL, reason TEXT NOT NULL, recipient TEXT NOT NULL, expires TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pending (id TEXT PRIMARY KEY, registration BLOB NOT NULL, binding TEXT NOT NULL,
    aaguid TEXT NOT NULL, witnesses TEXT NOT NULL, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS pending_from (id TEXT PRIMARY KEY, source TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS revoked (credential BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lent (viewing TEXT NOT NULL, recording TEXT NOT NULL, expires TEXT NOT NULL,
    PRIMARY KEY (viewing, recording)) WITHOUT ROWID;
"""
ASKED = "SELECT viewing, viewer, request, salt, reason, recipient FROM asked"
PENDING = "SELECT pending.*, coalesce(source, '') FROM pending LEFT JOIN pending_from USING (id)"
PENDING_LIFE_S = 7 * 86_400
TAKEN_LIFE_S = 600  # ten times as long as an ask lives


@dataclass(frozen=True)
class Pending:
    """A registration that waits. `witnesses`: `{"credential","assertion"}` as in the core to be posted;
    `source`: the address from which it came.
    """

    id: str
    registration: bytes
    binding: dict[str, Any]
    aaguid: str
    witnesses: list[dict[str, Any]]
    created: int
    source: str = ""


@dataclass(frozen=True)
class Asked:
    """A request with what the ledger's core does not hold of it."""

    viewing: str
    viewer: str
    request: bytes
    salt: bytes
    reason: str
    recipient: str = ""


class Local:
    def __init__(self, path: Path) -> None:
        self._db = connect_existing(path, SCHEMA)

    def close(self) -> None:
        self._db.close()

    # Counters and challenges

    def spend(self, evidence: Evidence, last_in_ledger: int, now_s: int) -> None:
        """Take an assertion that arrived just now.

        Its counter must be greater than any seen, or both zero (`sign-count`); the assertion is taken once
        (`taken`), for keys without a counter too.
        """
        row = self._one("SELECT count FROM counts WHERE credential = ?", evidence.credential)
        last = max(last_in_ledger, row[0] if row else 0)
        if (evidence.count or last) and evidence.count <= last:
            raise DataError("sign-count", "The security key's counter went back: it may have been copied.")
        self.take(evidence.digest, now_s)
        self._db.execute("INSERT OR REPLACE INTO counts VALUES (?, ?)", (evidence.credential, evidence.count))

    def take(self, challenge: bytes, now_s: int) -> None:
        """Refuses (`taken`) what was taken before."""
        self._db.execute("DELETE FROM taken WHERE at < ?", (now_s - TAKEN_LIFE_S,))
        try:
            self._db.execute("INSERT INTO taken VALUES (?, ?)", (challenge, now_s))
        except sqlite3.IntegrityError:
            raise DataError("taken", "This was asked before; ask again.") from None

    # Revocations asked for here hold at once, before the ledger has them, and though it may never have them.

    def revoke(self, credential: bytes) -> None:
        self._db.execute("INSERT OR IGNORE INTO revoked VALUES (?)", (credential,))

    def is_revoked(self, credential: bytes) -> bool:
        return self._one("SELECT 1 FROM revoked WHERE credential = ?", credential) is not None

    # Grants that were given: under a living one a picture or a copy may be made

    def lend(self, viewing: str, recording: str, expires: str, now_text: str) -> None:
        self._db.execute("DELETE FROM lent WHERE expires < ?", (now_text,))
        self._db.execute("INSERT OR REPLACE INTO lent VALUES (?, ?, ?)", (viewing, recording, expires))

    def lent(self, viewing: str, recording: str) -> datetime | None:
        """When the last one ends."""
        query = "SELECT expires FROM lent WHERE viewing = ? AND recording = ?"
        row = self._one(query, viewing, recording)
        return None if row is None else parse_time(row[0])

    # Reasons

    def keep_asked(self, asked: Asked, request: Request, now_text: str) -> None:
        """Keep the reason as long as the request can be used, and no longer: it is personal text."""
        self._db.execute("DELETE FROM asked WHERE expires < ?", (now_text,))
        values = (asked.viewing, asked.viewer, asked.request, asked.salt, asked.reason, asked.recipient)
        expires = format_time(request.expires)
        self._db.execute("INSERT OR REPLACE INTO asked VALUES (?, ?, ?, ?, ?, ?, ?)", (*values, expires))

    def drop_asked(self, viewing: str) -> None:
        self._db.execute("DELETE FROM asked WHERE viewing = ?", (viewing,))

    def asked(self, viewing: str) -> Asked | None:
        row = self._one(ASKED + " WHERE viewing = ?", viewing)
        return None if row is None else Asked(*row)

    def asked_by(self, viewer: str) -> list[Asked]:
        return [Asked(*row) for row in self._db.execute(ASKED + " WHERE viewer = ?", (viewer,))]

    # Registrations that wait

    def add_pending(self, pending: Pending) -> None:
        """The same registration again is no second one."""
        self._db.execute("DELETE FROM pending WHERE created < ?", (pending.created - PENDING_LIFE_S,))
        self._db.execute("DELETE FROM pending_from WHERE id NOT IN (SELECT id FROM pending)")
        self._db.execute("INSERT OR IGNORE INTO pending_from VALUES (?, ?)", (pending.id, pending.source))
        self._db.execute("INSERT OR IGNORE INTO pending VALUES (?, ?, ?, ?, ?, ?)", _pending_row(pending))

    def drop_pending(self, id_: str) -> None:
        self._db.execute("DELETE FROM pending WHERE id = ?", (id_,))

    def pending(self, id_: str) -> Pending | None:
        row = self._one(PENDING + " WHERE id = ?", id_)
        return None if row is None else _pending(row)

    def all_pending(self) -> list[Pending]:
        """Oldest first."""
        return [_pending(row) for row in self._db.execute(PENDING + " ORDER BY created, pending.rowid")]

    def set_witnesses(self, id_: str, witnesses: list[dict[str, Any]]) -> None:
        self._db.execute("UPDATE pending SET witnesses = ? WHERE id = ?", (json.dumps(witnesses), id_))

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._db.execute(query, values).fetchone()
        return row


class Live:
    """What is known now: the ledger as followed, and the revocations asked for here. Satisfies
    `rules.Known`.
    """

    def __init__(self, state: State, local: Local) -> None:
        self._state, self._local = state, local

    def credential(self, id_: bytes) -> Credential | None:
        credential = self._state.credential(id_)
        if credential is not None and self._local.is_revoked(id_):
            return replace(credential, revoked=True)
        return credential

    def viewing(self, id_: str) -> Viewing | None:
        return self._state.viewing(id_)

    def owed(self, viewer: str) -> list[Viewing]:
        return self._state.owed(viewer)

    def recording(self, id_: str) -> Recording | None:
        return self._state.recording(id_)

    def recorder(self, kid: str) -> dict[str, Any] | None:
        return self._state.recorder(kid)

    def station(self, kid: str) -> dict[str, Any] | None:
        return self._state.station(kid)


def _pending_row(pending: Pending) -> tuple[object, ...]:
    binding, witnesses = json.dumps(pending.binding), json.dumps(pending.witnesses)
    return (pending.id, pending.registration, binding, pending.aaguid, witnesses, pending.created)


def _pending(row: tuple[Any, ...]) -> Pending:
    id_, registration, binding, aaguid, witnesses, created, source = row
    return Pending(id_, registration, json.loads(binding), aaguid, json.loads(witnesses), created, source)
