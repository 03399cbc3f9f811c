"""`zhilu server import`: events from a JSON file, each through `commit`, all or none."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from zhilu.errors import CallerError
from zhilu.i18n import _
from zhilu.server.commands import writing

MOST_BYTES = 64 << 20


def run(arguments: argparse.Namespace) -> None:
    proposals = read(arguments.file)
    config = writing.start(arguments.home)

    from zhilu.server.catalogue.services.catalogue import first_version
    from zhilu.server.ledger.events import read as read_event
    from zhilu.server.ledger.services.commit import Proposal, commit_all

    found: list[Proposal] = []
    has_catalogue = any(one["kind"] == "catalogue-set/1" for one in proposals)
    for one in proposals:
        event = read_event(one["kind"], one["core"])
        found.append(Proposal(event, one.get("actor", config.bureau), one.get("personal")))
        # A bureau begins with the catalogue that comes with this release, unless it brings its own.
        if one["kind"] == "bureau-founded/1" and not has_catalogue:
            found.append(Proposal(first_version(), config.bureau))
    done = commit_all(found)
    print(
        _("{count} entries committed, the last is number {index}.").format(
            count=len(done), index=done[-1].index
        )
    )


def read(path: Path) -> list[dict[str, Any]]:
    """The file's events, with the fields that every event has."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CallerError(
                "import-size", "{path} is longer than {limit} bytes.", path=path, limit=MOST_BYTES
            )
        events = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CallerError(
            "import-file", "{path} cannot be read: {reason}", path=path, reason=error.strerror
        ) from None
    except ValueError:
        raise CallerError("import-file", "{path} is not JSON.", path=path) from None
    if not isinstance(events, list) or not events:
        raise CallerError("import-file", "{path} is not a list of events.", path=path)
    for number, event in enumerate(events):
        if (
            not isinstance(event, dict)
            or not isinstance(event.get("kind"), str)
            or not isinstance(event.get("core"), dict)
        ):
            raise CallerError(
                "import-event", "Event {number} of {path} lacks kind or core.", number=number, path=path
            )
        if not isinstance(event.get("personal"), (dict, type(None))):
            raise CallerError(
                "import-event", "Event {number} of {path} lacks kind or core.", number=number, path=path
            )
    return events
