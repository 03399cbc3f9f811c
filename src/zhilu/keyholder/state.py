"""What the keyholder has read in the ledger and believes: `state.db`.

Everything here follows from the entries up to the size in `frontier`; a lost file is read anew from the
ledger. But it also says what was cosigned last, so it must never be rolled back behind the back of the
cosigners' others: with an old copy the keyholder would cosign a second history. It is therefore written with
full sync, and the frontier in one transaction with what was read.

One connection writes, in a transaction that spans the reading of many pages of entries; another reads, and
sees only what is committed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zhilu import strictjson
from zhilu.errors import DataError, WorldError
from zhilu.keyholder.believed import Credential, Evidence, Recording, Taken, Viewing
from zhilu.protocols.viewing import parse_decision, parse_request
from zhilu.tlog.frontier import Frontier

SCHEMA = """
CREATE TABLE IF NOT EXISTS frontier (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS roots (size INTEGER PRIMARY KEY, root BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS credentials (id BLOB PRIMARY KEY, person TEXT NOT NULL, public_key BLOB NOT NULL,
    viewer_key BLOB NOT NULL, roles TEXT NOT NULL, aaguid TEXT NOT NULL, entry INTEGER NOT NULL,
    revoked INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS evidence (credential BLOB NOT NULL, count INTEGER NOT NULL, digest BLOB NOT NULL,
    PRIMARY KEY (credential, count)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS recorders (kid TEXT PRIMARY KEY, jwk TEXT NOT NULL, entry INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS stations (kid TEXT PRIMARY KEY, jwk TEXT NOT NULL, entry INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS imports (id TEXT PRIMARY KEY, entry INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS recordings (id TEXT PRIMARY KEY, recorder TEXT NOT NULL, segments INTEGER NOT NULL,
    core TEXT NOT NULL, entry INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS viewings (id TEXT PRIMARY KEY, viewer TEXT NOT NULL, kind TEXT NOT NULL,
    raw BLOB NOT NULL, credential BLOB NOT NULL, entry INTEGER NOT NULL, decided INTEGER, report BLOB);
CREATE INDEX IF NOT EXISTS viewings_of ON viewings (viewer, entry);
CREATE INDEX IF NOT EXISTS viewings_open ON viewings (entry) WHERE decided IS NULL;
CREATE TABLE IF NOT EXISTS decisions (entry INTEGER PRIMARY KEY, viewing TEXT NOT NULL, raw BLOB NOT NULL,
    credential BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS decisions_on ON decisions (viewing, entry);
CREATE TABLE IF NOT EXISTS ignored (entry INTEGER PRIMARY KEY, kind TEXT NOT NULL, code TEXT NOT NULL);
"""
KEPT_ROOTS = 1000
DECIDED_BY = """WHERE id IN (SELECT viewing FROM decisions
    WHERE credential IN (SELECT id FROM credentials WHERE person = ?))"""
CREDENTIALS = "SELECT id, person, public_key, viewer_key, roles, revoked, aaguid FROM credentials"


class State:
    """A connection to `state.db`; satisfies `rules.Known`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    # What rules ask (rules.Known)

    def credential(self, id_: bytes) -> Credential | None:
        row = self._one(CREDENTIALS + " WHERE id = ?", id_)
        return None if row is None else _credential(row)

    def viewing(self, id_: str) -> Viewing | None:
        return next(iter(self._viewings("WHERE id = ?", id_)), None)

    def owed(self, viewer: str) -> list[Viewing]:
        condition = "WHERE viewer = ? AND kind = 'urgent' AND decided NOT NULL AND report IS NULL"
        return [one for one in self._viewings(condition, viewer) if one.owes_report]

    def recording(self, id_: str) -> Recording | None:
        row = self._one("SELECT recorder, segments FROM recordings WHERE id = ?", id_)
        if row is None:
            return None
        imported = self._one("SELECT 1 FROM imports WHERE id = ?", id_) is not None
        return Recording(id_, row[0], row[1], imported)

    def recorder(self, kid: str) -> dict[str, Any] | None:
        row = self._one("SELECT jwk FROM recorders WHERE kid = ?", kid)
        return None if row is None else json.loads(row[0])

    def station(self, kid: str) -> dict[str, Any] | None:
        row = self._one("SELECT jwk FROM stations WHERE kid = ?", kid)
        return None if row is None else json.loads(row[0])

    # What the viewing room shows

    def viewings_of(self, person: str, limit: int = 200) -> list[Viewing]:
        """Newest first."""
        return self._viewings("WHERE viewer = ? ORDER BY entry DESC LIMIT ?", person, limit)

    def undecided(self, before: int | None, limit: int) -> list[tuple[int, Viewing]]:
        """With their entries, newest first; those before an entry."""
        query = "SELECT entry FROM viewings WHERE decided IS NULL AND entry < ? ORDER BY entry DESC LIMIT ?"
        entries = [row[0] for row in self._db.execute(query, (2**62 if before is None else before, limit))]
        return [(entry, self._viewings("WHERE entry = ?", entry)[0]) for entry in entries]

    def urgent(self, limit: int = 200) -> list[Viewing]:
        """Undecided ones, newest first."""
        condition = "WHERE decided IS NULL AND kind = 'urgent' ORDER BY entry DESC LIMIT ?"
        return self._viewings(condition, limit)

    def decided_by(self, person: str, limit: int = 200) -> list[Viewing]:
        """Newest first."""
        return self._viewings(DECIDED_BY + " ORDER BY entry DESC LIMIT ?", person, limit)

    def credentials(self) -> list[Credential]:
        """All that were ever registered, oldest first."""
        return [_credential(row) for row in self._db.execute(CREDENTIALS + " ORDER BY entry")]

    def stored_core(self, id_: str) -> dict[str, Any] | None:
        """Core of the `recording-stored/1` or `recording-imported/1` entry; its origin is there in both."""
        row = self._one("SELECT core FROM recordings WHERE id = ?", id_)
        recording = self.recording(id_)
        if row is None or recording is None:
            return None
        # The kind of the entry says that it is an import, whatever its core may say.
        core: dict[str, Any] = json.loads(row[0])
        return core | ({"origin": "import", "drill": False} if recording.imported else {})

    def ignored(self) -> list[tuple[int, str, str]]:
        """(index, kind, code) of entries that did not count."""
        return list(self._db.execute("SELECT entry, kind, code FROM ignored ORDER BY entry"))

    # The place in the ledger

    def frontier(self) -> Frontier:
        row = self._one("SELECT body FROM frontier")
        return Frontier() if row is None else Frontier.from_json(strictjson.loads(row[0].encode()))

    def root_at(self, size: int) -> bytes | None:
        """The root that was computed at this size, if it was one that a checkpoint named, lately."""
        row = self._one("SELECT root FROM roots WHERE size = ?", size)
        return None if row is None else bytes(row[0])

    def last_count(self, credential: bytes) -> int:
        """The highest counter that this security key showed in the ledger."""
        row = self._one("SELECT max(count) FROM evidence WHERE credential = ?", credential)
        return int(row[0] or 0) if row else 0

    # Writing: inside `transaction` only

    @contextmanager
    def transaction(self) -> Iterator[State]:
        """All or nothing. A crash inside: nothing was read, and it is read again."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield self
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:  # SQLite ends some failed ones itself
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise WorldError(
                    "state-db", "The database cannot be written: {reason}", reason=error
                ) from error
            raise

    @contextmanager
    def entry(self) -> Iterator[None]:
        """What one entry changes, all or nothing, inside the transaction."""
        self._db.execute("SAVEPOINT entry")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK TO entry")
            raise
        finally:
            self._db.execute("RELEASE entry")

    def set_frontier(self, frontier: Frontier) -> None:
        body = strictjson.dumps(frontier.to_json()).decode()
        self._db.execute("INSERT OR REPLACE INTO frontier VALUES (1, ?)", (body,))
        self._db.execute("INSERT OR REPLACE INTO roots VALUES (?, ?)", (frontier.size, frontier.root()))
        self._db.execute(
            "DELETE FROM roots WHERE size NOT IN (SELECT size FROM roots ORDER BY size DESC LIMIT ?)",
            (KEPT_ROOTS,),
        )

    def add_evidence(self, evidence: Evidence) -> None:
        """Refuses (`sign-count`) two assertions of one security key with one counter: it was copied.

        The order of entries is not the order of signing, so a lower counter proves nothing here.
        """
        if evidence.count == 0:
            return  # a key without a counter
        key = (evidence.credential, evidence.count)
        row = self._one("SELECT digest FROM evidence WHERE credential = ? AND count = ?", *key)
        if row is not None and row[0] != evidence.digest:
            raise DataError("sign-count", "The security key's counter came twice: it may have been copied.")
        self._db.execute("INSERT OR IGNORE INTO evidence VALUES (?, ?, ?)", (*key, evidence.digest))

    def add_credential(self, credential: Credential, entry: int) -> None:
        values = (credential.id, credential.person, credential.public_key, credential.viewer_key)
        self._db.execute(
            "INSERT INTO credentials VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
            (*values, json.dumps(credential.roles), credential.aaguid, entry),
        )

    def revoke(self, credential: bytes, entry: int) -> None:
        self._db.execute("UPDATE credentials SET revoked = ? WHERE id = ?", (entry, credential))

    def add_recorder(self, kid: str, jwk: dict[str, Any], entry: int) -> None:
        self._db.execute("INSERT INTO recorders VALUES (?, ?, ?)", (kid, json.dumps(jwk), entry))

    def add_station(self, kid: str, jwk: dict[str, Any], entry: int) -> None:
        self._db.execute("INSERT INTO stations VALUES (?, ?, ?)", (kid, json.dumps(jwk), entry))

    def add_recording(self, recording: Recording, core: dict[str, Any], entry: int) -> None:
        values = (recording.id, recording.sealer, recording.segments, json.dumps(core), entry)
        self._db.execute("INSERT INTO recordings VALUES (?, ?, ?, ?, ?)", values)
        if recording.imported:
            self._db.execute("INSERT INTO imports VALUES (?, ?)", (recording.id, entry))

    def add_viewing(self, viewing: Viewing, entry: int) -> None:
        request = viewing.request
        values = (request.viewing, request.viewer, request.kind, viewing.raw, viewing.credential, entry)
        self._db.execute("INSERT INTO viewings VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)", values)

    def decide(self, taken: Taken, entry: int) -> None:
        id_ = taken.decision.viewing
        values = (entry, id_, taken.raw, taken.credential)
        self._db.execute("INSERT INTO decisions VALUES (?, ?, ?, ?)", values)
        viewing = self.viewing(id_)
        if viewing is not None and viewing.decided:
            self._db.execute("UPDATE viewings SET decided = ? WHERE id = ?", (entry, id_))

    def report(self, viewing: str, raw: bytes) -> None:
        self._db.execute("UPDATE viewings SET report = ? WHERE id = ?", (raw, viewing))

    def ignore(self, entry: int, kind: str, code: str) -> None:
        self._db.execute("INSERT INTO ignored VALUES (?, ?, ?)", (entry, kind, code))

    def close(self) -> None:
        self._db.close()

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._db.execute(query, values).fetchone()
        return row

    def _viewings(self, condition: str, *values: object) -> list[Viewing]:
        query = "SELECT id, raw, credential, report FROM viewings "
        rows = self._db.execute(query + condition, values).fetchall()
        return [Viewing(raw, parse_request(raw), by, self._taken(id_), told) for id_, raw, by, told in rows]

    def _taken(self, viewing: str) -> tuple[Taken, ...]:
        query = "SELECT raw, credential FROM decisions WHERE viewing = ? ORDER BY entry"
        return tuple(Taken(raw, parse_decision(raw), by) for raw, by in self._db.execute(query, (viewing,)))


def _credential(row: tuple[Any, ...]) -> Credential:
    id_, person, public_key, viewer_key, roles, revoked, aaguid = row
    told = tuple(json.loads(roles))
    return Credential(id_, person, public_key, viewer_key, told, revoked is not None, aaguid)


def connect(path: Path, schema: str) -> sqlite3.Connection:
    """A connection of its own, in autocommit; every commit is on the disk before it returns."""
    try:
        db = sqlite3.connect(path, isolation_level=None, timeout=5)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.executescript(schema)
    except sqlite3.Error as error:
        raise WorldError("state-db", "The database {path} cannot be opened.", path=path) from error
    return db


def create(path: Path, schema: str) -> None:
    """A new, empty database; part of `init`."""
    connect(path, schema).close()
    path.chmod(0o600)


def connect_existing(path: Path, schema: str) -> sqlite3.Connection:
    """Never creates one: a cosigner that forgot what it cosigned would sign a second history."""
    if not path.exists():
        raise WorldError(
            "state-missing",
            "{path} is missing. Without it this keyholder could cosign a second history: take over by hand.",
            path=path,
        )
    return connect(path, schema)


def open_state(path: Path) -> tuple[State, State]:
    """(for reading, for writing)."""
    writer = State(connect_existing(path, SCHEMA))
    return State(connect(path, SCHEMA)), writer
