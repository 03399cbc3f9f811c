"""`zhilu server take-people`: a county's people become the city's, with their ids."""

from __future__ import annotations

import argparse

from zhilu.i18n import _
from zhilu.server.commands import writing


def run(arguments: argparse.Namespace) -> None:
    writing.start(arguments.home)
    from zhilu.server.federation.services import people

    taken = people.take(arguments.county)
    for person, number in taken.left:
        print(_("{person}: another person of the city has the number {number}.").format(
            person=person, number=number
        ))  # fmt: skip
    print(_("{count} people of {bureau} were added.").format(count=taken.count, bureau=arguments.county))
