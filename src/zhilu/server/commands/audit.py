"""`zhilu server audit`: exit 0 when everything follows from the ledger, 1 when not, each defect on a line."""

from __future__ import annotations

import argparse
import sys

from zhilu.i18n import _
from zhilu.server.commands import boot


def run(arguments: argparse.Namespace) -> int:
    boot.start(arguments.home)
    from zhilu.server.ledger.services.audit import audit

    def progress(done: int) -> None:
        print(_("{count} entries replayed …").format(count=done), file=sys.stderr, flush=True)

    count, findings = audit(progress)
    for finding in findings:
        print(f"{finding.place}: {finding.code}")
    if findings:
        print(_("{count} entries audited: the tables do not follow from the ledger.").format(count=count))
        return 1
    print(_("{count} entries audited: every evidential row follows from the ledger.").format(count=count))
    return 0
