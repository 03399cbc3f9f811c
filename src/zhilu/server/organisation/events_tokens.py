"""Events about tokens of the API (spec/registers.md §1)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Code, Hex, Id, Ids, JsonList, Time


@event("api-token-granted/1", subject="token", by=("security-administrator",))
class ApiTokenGranted:
    """`hash` of the secret, which nobody keeps; `departments`: with those below them, null is the whole
    bureau. Personal: name (of the system that has it).
    """

    token: Id
    scopes: JsonList
    departments: Ids | None
    hash: Hex
    expires: Time


@event("api-token-withdrawn/1", subject="token", by=("security-administrator",))
class ApiTokenWithdrawn:
    token: Id
    reason: Code
