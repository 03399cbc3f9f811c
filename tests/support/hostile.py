"""What a hostile web process does, for tests/keyholder: it commits what it likes and keeps back what it
likes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from support.keyholder_world import BUREAU, Film, World, new_id
from zhilu import strictjson
from zhilu.encoding import b64u, unb64u
from zhilu.protocols import viewing as messages
from zhilu.protocols.viewing import Span
from zhilu.softkey.ceremonies import Holder

Core = dict[str, Any]
RELEASED = "key-released/1"


def refused(answer: tuple[int, Core], code: str) -> None:
    status, body = answer
    assert status >= 400, body
    assert body["error"] == code, body
    assert set(body) == {"error", "hint", "fields"}


def ignored(world: World) -> list[tuple[str, str]]:
    """(kind, code) of the entries that did not count."""
    return [(kind, code) for _, kind, code in world.keyholder.state[0].ignored()]


def impatient(world: World, seconds: float = 0.4) -> None:
    """Attacks that end in waiting need not wait a minute."""
    world.keyholder.parts.releases.life_s = seconds


def keep_back(world: World) -> list[Core]:
    """What is posted is not committed, but kept."""
    kept: list[Core] = []

    def keep(kind: str, core: Core) -> list[tuple[str, Core]]:
        kept.append(core)
        return []

    world.county.instead = keep
    return kept


async def requested(world: World, by: Holder, *, film: Film | None = None, **changed: Any) -> Core:
    """Core of `viewing-requested/1`, signed by `by` over whatever `changed` makes of it."""
    body = by.request(new_id(), BUREAU, [Span((film or world.film).id, 0, 9)], "r", datetime.now(UTC))
    request = strictjson.loads(unb64u(body["request"])) | changed
    raw = strictjson.dumps(request)
    return {"request": b64u(raw), "assertion": by.sign(messages.request_challenge(raw))}


def raw_of(core: Core) -> bytes:
    return unb64u(core["request"])


def viewing_of(core: Core) -> str:
    return str(strictjson.loads(raw_of(core))["viewing"])


async def commit_decision(
    world: World, by: Holder, request: bytes, *, over: bytes | None = None, **changed: Any
) -> Core:
    """Commit `viewing-decided/1` as the web process would; `over`: the request bytes that the signature
    covers."""
    made = by.decision(request, datetime.now(UTC))
    raw = strictjson.dumps(strictjson.loads(unb64u(made["decision"])) | changed)
    assertion = by.sign(messages.decision_challenge(over or request, raw))
    viewing = strictjson.loads(request)["viewing"]
    core = {"viewing": viewing, "decision": b64u(raw), "assertion": assertion}
    await world.county.commit("viewing-decided/1", core)
    return core
