"""`zhilu server keyholder`: the first keyholder enters the ledger, and the first policy that seals to it.

Once, after `keyholder init`: peer and policy, both or neither. Until then no recording can be sealed.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from zhilu import strictjson
from zhilu.errors import CallerError, DataError
from zhilu.i18n import _
from zhilu.sealed.keys import load_private_key, public_jwk
from zhilu.server.commands import writing
from zhilu.server.config import Config

MAX_ENROL = 65_536
FIELDS: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "jwk": dict,
    "escrow_jwk": dict,
    "request_jwk": dict,
    "cosigner": str,
}


def run(arguments: argparse.Namespace) -> None:
    said = read_enrolment(arguments.enrol)
    config = writing.start(arguments.home)
    from zhilu.server.ledger.events import read
    from zhilu.server.ledger.services.commit import Proposal, commit_all

    peer = {
        "role": "keyholder",
        "name": said["name"],
        "jwk": said["request_jwk"],
        "cosigner": said["cosigner"],
    }
    events = [
        read("peer-registered/1", peer),
        read("policy-set/1", _policy(config, said, arguments.officer_check)),
    ]
    done = commit_all([Proposal(event, config.bureau) for event in events])
    print(
        _("{count} entries committed, the last is number {index}.").format(
            count=len(done), index=done[-1].index
        )
    )


def _policy(config: Config, said: dict[str, Any], officer_check: str) -> dict[str, Any]:
    return {
        "version": 1,
        "sharing": "county",
        "shares": [{"keyholder": said["jwk"], "escrow": said["escrow_jwk"]}],
        "text_key": public_jwk(load_private_key(config.text_key.read_bytes()).public_key()),
        "officer_check_least": officer_check,
        "quorum": 1,
        "copies": 1,
    }


def read_enrolment(path: Path, more: dict[str, type] | None = None) -> dict[str, Any]:
    """A keyholder's enrol.json; `more`: fields besides."""
    try:
        return strictjson.fields(
            strictjson.loads_object(path.read_bytes(), MAX_ENROL), {**FIELDS, **(more or {})}
        )
    except (OSError, DataError):
        raise CallerError(
            "keyholder-enrol", "{path} is not what `zhilu keyholder init` wrote.", path=path
        ) from None
