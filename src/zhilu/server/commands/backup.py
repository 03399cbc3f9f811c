"""`zhilu server backup`: a copy of this home while the server runs. As secret as the home: it has its keys.

Exit 1: the backup is there, and recordings lack or are damaged.
"""

from __future__ import annotations

import argparse

from zhilu.errors import CallerError
from zhilu.i18n import _
from zhilu.server.commands import boot


def run(arguments: argparse.Namespace) -> int:
    if arguments.keep is not None and arguments.keep < 1:
        raise CallerError("backup-keep", "At least one backup must be kept.")
    config = boot.start(arguments.home)
    from zhilu.server.backup import making

    path, made, carried = making.make(
        config, arguments.to, arguments.media or arguments.verify, arguments.verify
    )
    print(
        _("Backup {path}: {entries} entries, newest checkpoint of size {size}.").format(
            path=path, entries=made.entries, size=made.checkpoint_size
        )
    )
    print(_("It holds the server's keys: keep it as secret as {home}.").format(home=config.home))
    for name in making.forget(arguments.to, arguments.keep) if arguments.keep else ():
        print(_("Removed: {name}").format(name=name))
    return said_of_media(carried) if carried else 0


def said_of_media(carried: object) -> int:
    """1 where a recording lacks or is damaged."""
    from zhilu.server.backup.media import Carried

    assert isinstance(carried, Carried)
    text = _("Recordings: {seen}, new {new}, missing {missing}, damaged {damaged}.")
    print(text.format(**vars(carried)))
    return 1 if carried.missing or carried.damaged else 0
