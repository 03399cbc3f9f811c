"""`zhilu server audit`: exit 0 when everything follows from the ledger, 1 when not, each defect on a line;
and which rows of the access log no entry covers yet. After the own ledger those that are mirrored here.

With `--county` instead: that county's mirror, and then its own rows and entries, asked of its server.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from zhilu import ending
from zhilu.errors import CallerError
from zhilu.i18n import _
from zhilu.server.commands import boot

if TYPE_CHECKING:
    from zhilu.server.ledger.services.reader import Finding


@ending.told_as_an_error()
def run(arguments: argparse.Namespace) -> int:
    boot.start(arguments.home)
    from zhilu.server.federation.services import auditing, neighbours
    from zhilu.server.ledger.services.audit import audit
    from zhilu.server.organisation.services import access

    if arguments.county:
        return _county(arguments.county)
    bad = _tell(*audit(_progress))
    if waiting := access.waiting():
        print(waiting.line)
    for joined in neighbours.mirrored():
        print(_("Ledger of {bureau}, as it is mirrored here:").format(bureau=joined.bureau))
        bad |= _tell(*auditing.audit_mirror(joined, _progress))
    return int(bad)


def _county(bureau: str) -> int:
    from zhilu.server.federation.services import auditing, comparisons, neighbours

    joined = next((one for one in neighbours.mirrored() if one.bureau == bureau), None)
    if joined is None:
        raise CallerError("bureau-unknown", "No ledger of {bureau} is followed here.", bureau=bureau)
    print(_("Ledger of {bureau}, as it is mirrored here:").format(bureau=bureau))
    bad = _tell(*auditing.audit_mirror(joined, _progress))
    print(_("What the server of {bureau} answers now, against the mirror:").format(bureau=bureau), flush=True)
    with closing(comparisons.source_of(bureau)) as source:
        done = comparisons.once(bureau, source)
    for finding in done.findings:
        print(finding.line)
    if done.findings:
        text = _("{rows} rows compared, as of {size} entries: {bureau} has other rows than its ledger.")
    else:
        text = _("{rows} rows compared, as of {size} entries: all are what the ledger of {bureau} says.")
    print(text.format(rows=done.rows, size=done.size, bureau=bureau))
    if done.behind:
        print(
            _("NOT compared, for its newest entries are not here yet: {tables}").format(
                tables=", ".join(done.behind)
            )
        )
    return int(bad or bool(done.findings) or bool(done.behind))


def _progress(done: int) -> None:
    print(_("{count} entries replayed …").format(count=done), file=sys.stderr, flush=True)


def _tell(count: int, findings: Sequence[Finding]) -> bool:
    for finding in findings:
        print(finding.line)
    if findings:
        print(_("{count} entries audited: the tables do not follow from the ledger.").format(count=count))
    else:
        print(_("{count} entries audited: every evidential row follows from the ledger.").format(count=count))
    return bool(findings)
