"""`zhilu server audit`: exit 0 when everything follows from the ledger, 1 when not, each defect on a line;
and which rows of the access log no entry covers yet. After the own ledger those that are mirrored here.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from zhilu.i18n import _
from zhilu.server.commands import boot

if TYPE_CHECKING:
    from zhilu.server.ledger.services.reader import Finding


def run(arguments: argparse.Namespace) -> int:
    boot.start(arguments.home)
    from zhilu.server.federation.services import auditing, neighbours
    from zhilu.server.ledger.services.audit import audit
    from zhilu.server.organisation.services import access

    def progress(done: int) -> None:
        print(_("{count} entries replayed …").format(count=done), file=sys.stderr, flush=True)

    bad = _tell(*audit(progress))
    if waiting := access.waiting():
        print(f"{waiting.place}: {waiting.code}")
    for joined in neighbours.mirrored():
        print(_("Ledger of {bureau}, as it is mirrored here:").format(bureau=joined.bureau))
        bad |= _tell(*auditing.audit_mirror(joined, progress))
    return int(bad)


def _tell(count: int, findings: Sequence[Finding]) -> bool:
    for finding in findings:
        print(f"{finding.place}: {finding.code}")
    if findings:
        print(_("{count} entries audited: the tables do not follow from the ledger.").format(count=count))
    else:
        print(_("{count} entries audited: every evidential row follows from the ledger.").format(count=count))
    return bool(findings)
