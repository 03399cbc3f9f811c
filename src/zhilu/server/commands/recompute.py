"""`zhilu server recompute`: a report of statistics, counted again from the ledgers; exit 0 where all numbers
are the same, 1 with a line for each that is not.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from zhilu import ending
from zhilu.errors import CallerError, plain
from zhilu.i18n import _
from zhilu.server.commands import boot

if TYPE_CHECKING:
    from zhilu.server.statistics.services.recompute import Difference


@ending.told_as_an_error()
def run(arguments: argparse.Namespace) -> int:
    boot.start(arguments.home)
    from zhilu.server.statistics.services import recompute
    from zhilu.server.statistics.services.report import LONGEST

    try:
        with arguments.file.open("rb") as file:
            data = file.read(LONGEST + 1)
    except OSError as error:
        raise CallerError(
            "file", "{path} cannot be read: {reason}", path=arguments.file, reason=error.strerror
        ) from None
    told = recompute.read(data)

    def progress(done: int) -> None:
        print(_("{count} entries replayed …").format(count=done), file=sys.stderr, flush=True)

    count = 0
    for one in recompute.recompute(told, progress):
        count += 1
        print(plain(_line(one)))
    for bureau, size, here in recompute.reach(told):
        said = _("{bureau}: counted from {size} of {here} entries.")
        print(said.format(bureau=bureau, size=size, here=here))
    if count:
        print(_("The report does not follow from the ledgers: {count} differences.").format(count=count))
        return 1
    print(_("Every number of the report follows from the ledgers."))
    return 0


def _line(one: Difference) -> str:
    place = f"{one.bureau}: {one.place}: {one.number}"
    if one.said == one.found:
        return place
    values = _("the report says {said}, the ledger gives {found}").format(said=one.said, found=one.found)
    return f"{place}: {values}"
