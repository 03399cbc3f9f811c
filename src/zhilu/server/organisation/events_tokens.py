"""Events about tokens of the API (spec/registers.md §1)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Code, Hex, Id, Ids, JsonList, Natural, Time


@event("api-token-granted/1", subject="token", by=("security-administrator",))
class ApiTokenGranted:
    """`hash` of the secret, which nobody keeps; `departments`: with those below them, null is the whole
    bureau; `tasks`: how many due tasks it enters a day at most. Personal: name (of the system that has it).
    """

    token: Id
    scopes: JsonList
    departments: Ids | None
    hash: Hex
    expires: Time
    tasks: Natural | None = None


@event("api-token-withdrawn/1", subject="token", by=("security-administrator",))
class ApiTokenWithdrawn:
    token: Id
    reason: Code
