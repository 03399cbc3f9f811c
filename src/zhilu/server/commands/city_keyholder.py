"""`zhilu server city-keyholder`: from now on recordings are sealed in two shares, the second to the city's
keyholder (spec/viewing.md §8, ADR 0024).

server.toml first, so that the new cosigner is asked at its own place; then peer and policy, both or neither.
A crash between them: the same command again.
"""

from __future__ import annotations

import argparse
import json
from typing import Any
from urllib.parse import urlsplit

from zhilu import durable
from zhilu.errors import CallerError
from zhilu.i18n import _
from zhilu.sealed.keys import thumbprint
from zhilu.server.commands import keyholder, writing
from zhilu.server.config import FILE_NAME, Config


def run(arguments: argparse.Namespace) -> None:
    said = keyholder.read_enrolment(arguments.enrol, {"origin": str})
    config = writing.start(arguments.home)
    if config.tier != "county":
        raise CallerError("city-keyholder", "Only a county shares its keys with its city's keyholder.")
    from zhilu.server.ledger.events import read
    from zhilu.server.ledger.services.commit import Proposal, commit_all
    from zhilu.server.organisation.models import Peer, Policy

    newest = Policy.objects.order_by("-version").first()
    if newest is None:
        raise CallerError("no-keyholder", "This bureau has no keyholder yet: see `zhilu server keyholder`.")
    name_place(config, arguments.url.rstrip("/"), urlsplit(said["origin"]).netloc)
    events = [read("policy-set/1", shared_policy(newest.core, said, arguments.quorum))]
    if not Peer.objects.filter(kid=thumbprint(said["request_jwk"])).exists():
        events.insert(0, read("peer-registered/1", peer_of(said)))
    done = commit_all([Proposal(event, config.bureau) for event in events])
    print(
        _("{count} entries committed, the last is number {index}.").format(
            count=len(done), index=done[-1].index
        )
    )


def peer_of(said: dict[str, Any]) -> dict[str, Any]:
    """Core of `peer-registered/1`; `said`: the enrol.json of the city's keyholder."""
    return {
        "role": "city-keyholder",
        "name": said["name"],
        "jwk": said["request_jwk"],
        "cosigner": said["cosigner"],
    }


def shared_policy(newest: dict[str, Any], said: dict[str, Any], quorum: int = 1) -> dict[str, Any]:
    """The next policy after `newest`: the first share stays, the second is the city's."""
    return {
        **newest,
        "version": newest["version"] + 1,
        "sharing": "county+city",
        "shares": [newest["shares"][0], {"keyholder": said["jwk"], "escrow": said["escrow_jwk"]}],
        "quorum": quorum,
    }


def name_place(config: Config, url: str, authority: str) -> None:
    """Where the new cosigner is asked."""
    if config.city_keyholder:
        return
    path = config.home / FILE_NAME
    lines = ["", "[city_keyholder]", f"url = {json.dumps(url)}", f"authority = {json.dumps(authority)}", ""]
    durable.replace(path, path.read_bytes() + "\n".join(lines).encode(), path.stat().st_mode & 0o777)
