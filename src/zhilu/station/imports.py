"""`zhilu station import`: a folder of files of recorders that do not seal, sealed by the station
(spec/journal.md §6). Sealed at import, never at capture.

Every name in the folder is reported, in order: imported, imported before (the same bytes), or refused and
why. The source is opened for reading only; nothing of it is changed or erased. Whatever ends this, the next
run goes on: what is in the row stays, what was half sealed is sealed again. Sending is the daemon's
(`import_upload`).

Only a receipt that this station verified says that a source may be erased, and it says so of bytes, not of
names: `status` reads the files again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from zhilu.encoding import uuid_bytes
from zhilu.errors import CallerError, DataError, WorldError, ZhiluError, fill, plain
from zhilu.i18n import N_, _
from zhilu.protocols.snapshot import Snapshot, open_snapshot
from zhilu.sealed.segments import TAG_SIZE
from zhilu.station import home as homes
from zhilu.station.home import Home
from zhilu.station.import_names import Pattern, read_name
from zhilu.station.import_seal import Read, Terms, digest, examine, new_id, private_claims, seal
from zhilu.station.import_store import RECEIPT, SEALED, STORED, Done, ImportStore
from zhilu.station.import_walk import Found, open_source, walk
from zhilu.station.spool import Recording, Spool, check_room

IMPORTED, BEFORE, REFUSED = "imported", "before", "refused"

_REASONS = {
    "link": N_("a link; links are not followed"),
    "not-a-file": N_("not a plain file"),
    "too-deep": N_("too many folders deep"),
    "unreadable-folder": N_("the folder cannot be read"),
}
_STATES = {
    "sound": N_("sound"),
    "truncated": N_("TRUNCATED: bytes are missing at its end; kept as it is"),
    "unreadable": N_("UNREADABLE: no picture and no sound found in it; kept as it is"),
}
_STAGES = {
    SEALED: N_("sealed, not yet with the county"),
    STORED: N_("stored at the county, waiting for the receipt"),
    RECEIPT: N_("receipt verified: the source may be erased"),
}


@dataclass(frozen=True)
class Outcome:
    """What became of one name. `detail`: state of the file, stage of the earlier import, or a reason."""

    path: Path
    result: str
    detail: str
    id: str = ""


def run(home_path: Path, folder: Path, patterns: Sequence[Pattern], officer: str | None) -> int:
    """Import all of `folder`; exit code 0, or 1 where something was refused."""
    home = homes.load(home_path)
    terms = terms_of(home, officer)
    store = ImportStore(Spool(home.path / "spool"))
    found = walk(folder)
    with store.locked():
        outcomes = [_tell(import_one(one, store, terms, patterns or home.settings.patterns)) for one in found]
    print(_summary(outcomes))
    return 1 if any(one.result == REFUSED for one in outcomes) else 0


def status(home_path: Path, folder: Path) -> int:
    """What of `folder` may be erased; exit code 0 where all of it may."""
    store = ImportStore(Spool(homes.load(home_path).path / "spool"))
    codes = [_tell_stage(one, store) for one in walk(folder)]
    return 0 if all(codes) else 1


def terms_of(
    home: Home, officer: str | None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Terms:
    """From the held snapshot alone: an import needs no network, but a list of devices that still holds."""
    snapshot = _snapshot(home, clock())
    if home.kid not in snapshot.stations or home.kid in snapshot.revoked or snapshot.policy is None:
        raise DataError("not-enrolled", "The county's list names no such station, or no policy.")
    if officer is not None:
        uuid_bytes(officer)
        if officer not in snapshot.names:
            raise CallerError("officer", "The station knows no officer {officer}.", officer=officer)
    return Terms(home.signer, snapshot.policy, snapshot.digest, officer, clock)


def _snapshot(home: Home, now: datetime) -> Snapshot:
    path = home.path / "snapshot.json"
    if not path.exists():
        raise DataError("no-snapshot", "The station has no list of devices yet: reach the county server.")
    return open_snapshot(path.read_bytes(), home.ledger, bureau=home.settings.bureau, now=now)


def import_one(found: Found, store: ImportStore, terms: Terms, patterns: Sequence[Pattern]) -> Outcome:
    """Never raises for one file what the next need not suffer from."""
    if found.refused:
        return Outcome(found.path, REFUSED, _(_REASONS[found.refused]))
    try:
        with open_source(found.path) as file:
            whole = digest(file)
            before = store.held(whole[0].hex())
            if before is not None:
                return Outcome(found.path, BEFORE, _(_STAGES[before.stage]), before.id)
            name = os.fsencode(found.path.name)
            claims = read_name(name.decode("utf-8", "replace"), patterns)
            private = private_claims(name, claims, os.fstat(file.fileno()).st_mtime)
            read = examine(file, whole)
            check_room(store.root, read.source.size + read.source.pieces * (TAG_SIZE + 1024))
            place = store.place()
            draft = store.draft(new_id(terms.clock, place.id))
            try:
                last = seal(file, read, private, terms, place.last, draft)
            except BaseException:
                shutil.rmtree(draft.folder, ignore_errors=True)
                raise
    except ZhiluError as error:
        if error.code == "damaged":
            raise
        return Outcome(found.path, REFUSED, fill(_(error.hint), error.fields))
    except OSError as error:
        return Outcome(found.path, REFUSED, error.strerror or str(error))
    return _join(store, draft, last, found, read)


def _join(store: ImportStore, draft: Recording, last: bytes, found: Found, read: Read) -> Outcome:
    try:
        store.join(draft, last, read.source.sha256.hex())
    except OSError as error:
        # Whether it is in the row is for `settle` to find out; nothing may join before that.
        raise WorldError(
            "write", "{path} cannot be written: {detail}", path=store.root, detail=error.strerror or error
        ) from None
    return Outcome(found.path, IMPORTED, _(_STATES[read.source.state]), str(draft.id))


def _tell(outcome: Outcome) -> Outcome:
    words = {IMPORTED: _("imported"), BEFORE: _("imported before"), REFUSED: _("REFUSED")}
    print(
        f"{words[outcome.result]}: {plain(outcome.path)}: {outcome.detail} {outcome.id}".rstrip(), flush=True
    )
    return outcome


def _summary(outcomes: Sequence[Outcome]) -> str:
    counts = {name: sum(one.result == name for one in outcomes) for name in (IMPORTED, BEFORE, REFUSED)}
    text = _("{imported} sealed at import, {before} imported before, {refused} refused.").format(**counts)
    more = _("Erase nothing yet: `zhilu station import --status` tells when each file may be erased.")
    return f"{text} {more}" if outcomes else _("The folder holds no file.")


def _tell_stage(found: Found, store: ImportStore) -> bool:
    """Prints; whether the file may be erased."""
    done: Done | None = None
    if found.refused:
        text = _(_REASONS[found.refused])
    else:
        try:
            with open_source(found.path) as file:
                done = store.held(digest(file)[0].hex())
            text = _(_STAGES[done.stage]) if done else _("NOT imported")
            if done and done.refused:
                text += " " + _("(refused by the county: {code})").format(code=done.refused)
        except ZhiluError as error:
            text = fill(_(error.hint), error.fields)
    print(f"{plain(found.path)}: {text}", flush=True)
    return done is not None and done.stage == RECEIPT
