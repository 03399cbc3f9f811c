"""The following of every neighbour, as long as the worker works: a thread each, so that one that is slow or
hostile keeps up nobody but itself.

A round: a pass, what is stored applied, how it went written down (`Watch`), and what the city lays down taken
over. What contradicts is entered into the own ledger, with the bytes kept beside, and alarmed; of a neighbour
and code once an hour at most.
Whatever else happens is a state too, and in the log: a page that stands still says that all is well.
"""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from django.conf import settings
from django.db import close_old_connections, connections, transaction
from django.db.utils import OperationalError

from zhilu.encoding import sha256
from zhilu.errors import WorldError, ZhiluError
from zhilu.protocols import federation
from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.federation import own_keys
from zhilu.server.federation.events import BureauContradicted
from zhilu.server.federation.models import Contradiction, Joined, Kept, Watch
from zhilu.server.federation.services import adopting, applying, ledgers, mirror, posts, rekeying, sharing
from zhilu.server.federation.services.following import Pass, Seen
from zhilu.server.federation.services.neighbours import as_neighbour
from zhilu.server.federation.services.source import HttpSource, Source
from zhilu.server.ledger.clock import now, unix_s
from zhilu.server.ledger.services.commit import commit
from zhilu.server.ledger.services.replay import Unapplied

log = logging.getLogger("zhilu.federation")
POLL_S, RETRY_S, LOOK_S = 2.0, 15.0, 5.0
AGAIN = timedelta(hours=1)


def run(stop: threading.Event) -> None:
    """Until `stop`: for each neighbour, also those that join meanwhile, a thread."""
    threads: dict[str, threading.Thread] = {}
    while not stop.is_set():
        joined: list[str] = []
        try:
            close_old_connections()
            joined = list(Joined.objects.values_list("bureau", flat=True))
        except OperationalError:
            pass  # the database is away: the worker's pass says so
        except Exception:
            log.exception("the neighbours cannot be read")
        for bureau in joined:
            if bureau not in threads or not threads[bureau].is_alive():
                threads[bureau] = threading.Thread(
                    target=_follow, args=(bureau, stop), name=f"follow {bureau}", daemon=True
                )
                threads[bureau].start()
        stop.wait(LOOK_S)
    connections.close_all()


def _follow(bureau: str, stop: threading.Event) -> None:
    source: HttpSource | None = None
    address = ("", "", "")
    prepared = False
    while not stop.is_set():
        close_old_connections()
        good = False
        try:
            if not prepared:
                mirror.prepare(bureau)
                prepared = True
            joined = Joined.objects.filter(bureau=bureau).first()
            if joined is None:
                break  # it has parted; should it come again, another thread begins
            signer = own_keys.requests(settings.ZHILU)
            if source is None or address != (joined.url, joined.authority, signer.kid):
                address = joined.url, joined.authority, signer.kid
                source = HttpSource(joined.url, joined.authority, signer)
            good = once(joined, source)
        except Exception:
            _failed(bureau)
        stop.wait(POLL_S if good else RETRY_S)
    if source:
        source.close()
    connections.close_all()


def once(joined: Joined, source: Source, stage: int = federation.STAGE) -> bool:
    """One round; whether all was well. What fails is a state, not an exception."""
    try:
        return _round(joined, source, stage)
    except Exception:
        _failed(joined.bureau)
        return False


def _round(joined: Joined, source: Source, stage: int) -> bool:
    bureau = joined.bureau
    watch = _watch(bureau)
    error: ZhiluError | None = None

    def progress() -> None:
        _write(bureau, passing.seen, error, None)

    signer = own_keys.cosigner(settings.ZHILU)
    passing = Pass(as_neighbour(joined), source, signer, unix_s(), stage, progress)
    passing.seen.ahead, passing.seen.back = (watch.ahead, watch.back) if watch else (0, 0)
    try:
        before = (watch.cosigned, bytes(watch.note), bytes(watch.noted)) if watch else (0, b"", b"")
        passing.run(*before)
    except ZhiluError as found:
        error = found
    if error and federation.family(error) == "contradicts":
        try:
            _contradicted(bureau, error, passing.seen)
        except Exception:  # shown all the same, and entered in the next round
            log.exception("what contradicts could not be entered")
    if error and error.code == "rollback":
        raise_alarm("neighbour-back", bureau)
    if passing.seen.back > (watch.back if watch else 0):
        raise_alarm("neighbour-dates", bureau)
    was_stuck = watch is not None and watch.state == "unapplied"
    stuck = applying.apply_stored(bureau, progress, was_stuck)
    if stuck and not was_stuck:
        raise_alarm("neighbour-unapplied", bureau)
    _write(bureau, passing.seen, error, stuck)
    if joined.tier == ledgers.COUNTY:
        try:
            posts.look(bureau, watch.applied if watch else 0)
        except Exception:  # another's mirror: this one is followed all the same
            log.exception("whether somebody holds two posts could not be looked up")
    if error is None and stuck is None:
        rekeying.after_pass(joined)
    # An entry that cannot be applied to the mirror may be none that flows down.
    is_adopted = error is None and adopting.after_pass(joined)
    return is_adopted and stuck is None


def _watch(bureau: str) -> Watch | None:
    return Watch.objects.filter(bureau=bureau).first()


def _failed(bureau: str) -> None:
    """While an exception is handled that nobody thought of."""
    log.exception("following %s failed", bureau)
    before, at = _watch(bureau), now()
    same = before is not None and before.code == "failed"
    values = {"state": "away", "code": "failed", "since": before.since if before and same else at, "at": at}
    Watch.objects.update_or_create(bureau=bureau, defaults=values)


def _contradicted(bureau: str, error: ZhiluError, seen: Seen) -> None:
    """The evidence: entry, bytes, alarm."""
    log.error("%s contradicts itself: %s", bureau, error)
    raise_alarm("neighbour-contradicts", bureau)
    if Contradiction.objects.filter(bureau=bureau, code=error.code, at__gt=now() - AGAIN).exists():
        return
    size, root = seen.stored
    event = BureauContradicted(
        bureau=bureau,
        code=error.code,
        stored_size=size,
        stored_root=root.hex(),
        signed_size=seen.signed.size if seen.signed else 0,
        signed_root=(seen.signed.root if seen.signed else bytes(32)).hex(),
        note=sha256(seen.note).hex(),
        index=seen.index,
    )
    with transaction.atomic():
        done = commit(event, settings.ZHILU.bureau)
        Kept.objects.create(
            contradiction=done.index,
            note=seen.note,
            stored_note=seen.against or seen.stored_note,
            proof=[value.hex() for value in seen.proof],
        )
        _let_go(bureau, error.code)


def _let_go(bureau: str, code: str) -> None:
    """Of the bytes of one neighbour and code the first and the newest stay: none has another's place."""
    found = Contradiction.objects.filter(bureau=bureau, code=code)
    kept = Kept.objects.filter(contradiction__in=found.values("id")).order_by("contradiction")
    between = list(kept.values_list("contradiction", flat=True))[1:-1]
    Kept.objects.filter(contradiction__in=between).delete()


def _write(bureau: str, seen: Seen, error: ZhiluError | None, stuck: Unapplied | None) -> None:
    before, own = _watch(bureau), sharing.own_holders()
    with mirror.of(bureau):
        frontier, _, applied = mirror.known()
        if before is None or before.applied != applied:
            left_out = sharing.leaving_out(own)
        else:
            left_out = before.left_out
    if left_out > (before.left_out if before else 0):
        raise_alarm("neighbour-alone", bureau)
    state, code = _state(error, stuck, frontier.size, applied)
    at = now()
    same = before is not None and (before.state, before.code) == (state, code)
    if error and not same:
        log.warning("%s: %s", bureau, error)
    reached = bool(seen.note) or not isinstance(error, WorldError)
    values = {
        "state": state,
        "code": code,
        "since": before.since if same and before else at,
        "at": at,
        "reached_at": at if reached else before.reached_at if before else None,
        "signed": max(seen.signed.size if seen.signed else 0, before.signed if before else 0),
        "stored": frontier.size,
        "applied": applied,
        "cosigned": seen.cosigned,
        "ahead": seen.ahead,
        "back": seen.back,
        "left_out": left_out,
        "index": stuck.index if stuck else seen.index,
        "note": seen.stored_note,
        "noted": seen.noted,
    }
    Watch.objects.update_or_create(bureau=bureau, defaults=values)


def _state(error: ZhiluError | None, stuck: Unapplied | None, stored: int, applied: int) -> tuple[str, str]:
    if error:
        family = federation.family(error)
        # Before anything was stored a neighbour that does not answer is one that was never reached.
        return ("new" if family == "away" and not stored else family), error.code
    if stuck:
        return "unapplied", stuck.code
    return ("following" if applied == stored else "behind"), ""
