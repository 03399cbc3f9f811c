"""`zhilu server check-store`: exit 0 when the store has what the ledger names, 1 when not, each loss on a
line.
"""

from __future__ import annotations

import argparse
import sys

from zhilu.i18n import _
from zhilu.server.commands import boot


def run(arguments: argparse.Namespace) -> int:
    boot.start(arguments.home)
    from zhilu.server.evidence.services.wanted import DAMAGED, check_store

    def progress(done: int) -> None:
        print(_("{count} recordings compared …").format(count=done), file=sys.stderr, flush=True)

    count, lost = check_store(progress)
    for one in lost:
        if one.how == DAMAGED:
            text = _("{recording}: damaged; move its folder out of the store, then it can come again")
        else:
            text = _("{recording}: not in the store; stations and recorders are asked for it")
        print(text.format(recording=one.recording))
    if lost:
        print(_("{count} recordings compared: {lost} are lost.").format(count=count, lost=len(lost)))
        return 1
    print(_("{count} recordings compared: the store has them all.").format(count=count))
    return 0
