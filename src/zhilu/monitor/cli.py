"""`zhilu monitor`: one look at a ledger from outside; a timer makes it a watch."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from zhilu.i18n import _

if TYPE_CHECKING:
    from zhilu.monitor.look import Verdict
    from zhilu.monitor.state import State
    from zhilu.tlog.proof import LedgerKeys


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("follow a ledger from outside, by its public files: has its history been rewritten?")
    parser = subparsers.add_parser(
        "monitor",
        help=text,
        description=text,
        epilog=_(
            "Exit code: 0 it extends what was seen, 1 it contradicts it or is not signed as it must be, 2 it"
            " could not be read."
        ),
    )
    parser.add_argument(
        "place",
        metavar="URL",
        help=_("where checkpoint and tiles are: https://HOST/ledger, or a folder of `server export tiles`"),
    )
    parser.add_argument("--key", metavar="VKEY", help=_("the ledger's verifier key"))
    parser.add_argument(
        "--cosigner", metavar="VKEY", action="append", default=[], help=_("a cosigner's verifier key")
    )
    parser.add_argument(
        "--quorum", type=int, help=_("how many of them must have cosigned (default: all that are named)")
    )
    parser.add_argument("--trust", type=Path, help=_("in place of the keys: the bureau's trust document"))
    parser.add_argument(
        "--state",
        type=Path,
        required=True,
        help=_("folder in which is kept what was seen, and what contradicts"),
    )
    parser.add_argument(
        "--begin", action="store_true", help=_("the first time: take what it shows now as the beginning")
    )
    parser.set_defaults(func=_run)


def _run(arguments: argparse.Namespace) -> int:
    from zhilu.errors import CallerError, DataError, WorldError
    from zhilu.i18n import error_line
    from zhilu.monitor.look import look
    from zhilu.monitor.sources import opened
    from zhilu.monitor.state import held

    keys = _keys(arguments)
    with held(arguments.state, keys) as state, opened(arguments.place) as fetch:
        seen = state.load()
        if seen is None and not arguments.begin:
            raise CallerError(
                "monitor-new",
                "{folder} knows nothing yet: say --begin to take what the ledger shows now as the beginning.",
                folder=arguments.state,
            )
        try:
            note = fetch("checkpoint")
            verdict = look(keys, note, fetch, seen, state.save)
        except LookupError:
            raise CallerError(
                "monitor-empty", "There is no checkpoint at {place}.", place=arguments.place
            ) from None
        except DataError as error:
            print(error_line(error))
            _told_before(state)
            return 1
        except WorldError as error:
            if not state.contradictions():
                raise
            print(error_line(error))
            return _told_before(state)
        return _tell(verdict, note, state) or _told_before(state)


def _tell(verdict: Verdict, note: bytes, state: State) -> int:
    from datetime import UTC, datetime

    size, seen = verdict.signed.size, verdict.seen.signed.size
    if verdict.contradicts:
        folder = state.keep(verdict, note, datetime.now(UTC))
        if verdict.code == "fork":
            print(_("REWRITTEN: two ledgers of {size} entries were signed.").format(size=size))
        else:
            text = _(
                "NOT THE SAME: the ledger of {size} entries does not go with the one of {seen} seen before."
            )
            print(text.format(size=size, seen=seen))
        print(_("Both notes and what was served are kept in {folder}").format(folder=folder))
        return 1
    if verdict.code == "older":
        text = _("It shows {size} entries, and {seen} were seen: an older note of the same ledger.")
        print(text.format(size=size, seen=seen))
        return 0
    state.save(verdict.seen)
    if verdict.code == "first":
        print(_("{size} entries: followed from here on.").format(size=size))
    elif verdict.code == "same":
        print(_("{size} entries, nothing new.").format(size=size))
    else:
        print(_("{size} entries: it extends what was seen before.").format(size=size))
    return 0


def _told_before(state: State) -> int:
    """What was once found stays said, until somebody has taken it away."""
    kept = state.contradictions()
    if kept:
        print(_("Found before, and kept: {folder}").format(folder=kept[-1]))
    return int(bool(kept))


def _keys(arguments: argparse.Namespace) -> LedgerKeys:
    from zhilu.errors import CallerError, WorldError
    from zhilu.sealed.trust import MAX_TRUST, Trust
    from zhilu.tlog.proof import LedgerKeys

    if (arguments.trust is None) == (arguments.key is None):
        raise CallerError("monitor-keys", "Name either --key or --trust.")
    if arguments.key:
        quorum = len(arguments.cosigner) if arguments.quorum is None else arguments.quorum
        return LedgerKeys.from_vkeys(arguments.key, arguments.cosigner, quorum)
    try:
        with arguments.trust.open("rb") as file:
            return Trust.loads(file.read(MAX_TRUST + 1)).keys
    except OSError as error:
        raise WorldError(
            "unreadable", "{path} cannot be read: {reason}", path=arguments.trust, reason=error.strerror
        ) from None
