"""What pages are shown: what was signed, as it was signed; and beside it, for reading only, names from the
county server. Nothing is decided by those, and a server that is away costs the names, not the page.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from zhilu.encoding import b64u, format_time
from zhilu.keyholder.believed import Credential, Viewing
from zhilu.keyholder.desk import Desk
from zhilu.keyholder.desk_viewings import ViewingDesk
from zhilu.keyholder.local import Asked, Pending
from zhilu.keyholder.names import About, Names
from zhilu.keyholder.sight import Found, Sight

RECORDING = ("recording", "segments", "opened_at", "closed_at", "officer", "origin", "drill", "length")


class Shown:
    def __init__(self, desk: Desk, viewings: ViewingDesk, names: Names) -> None:
        self._desk, self._viewings, self._names = desk, viewings, names
        self._sight = Sight(viewings, names)

    async def name(self, person: str) -> str:
        return (await self._names.of([person])).get(person, person)

    # Security keys

    async def credential(self, item: Credential) -> dict[str, Any]:
        return {
            "credential": b64u(item.id),
            "person": item.person,
            "name": await self.name(item.person),
            "roles": list(item.roles),
            "aaguid": item.aaguid,
            "state": "revoked" if item.revoked else "valid",
        }

    async def pending(self, pending: Pending) -> dict[str, Any]:
        got = self._desk.read(pending)
        witnesses = [
            {"credential": item["credential"], "name": await self.name(person)}
            for item, person in self._desk.witnesses(pending)
        ]
        return {
            "registration_id": pending.id,
            "registration": b64u(pending.registration),
            "binding": pending.binding,
            "aaguid": pending.aaguid,
            "name": await self.name(got.person),
            "created": format_time(datetime.fromtimestamp(pending.created, UTC)),
            "witnesses": witnesses,
        }

    # Recordings

    async def recording(self, id_: str, who: Credential) -> dict[str, Any]:
        return await self._recording(id_, await self._sight.recording(id_, who))

    async def _recording(self, id_: str, about: About) -> dict[str, Any]:
        core = self._viewings.stored_core(id_)
        officer = core.get("officer")
        name = await self.name(officer) if isinstance(officer, str) else None
        told = {"department": about.get("department", ""), "procedures": about.get("procedures", [])}
        return {**{field: core.get(field) for field in RECORDING}, "officer_name": name, **told}

    # Viewings

    async def viewings(self, who: Credential) -> dict[str, Any]:
        """Those of the person, those that were decided by him, and the first page of those that wait."""
        mine = await self._sight.of(self._viewings.my_viewings(who), who)
        decided = await self._sight.of(self._viewings.decided(who), who)
        return {
            "mine": [await self._viewing(one, who) for one in mine],
            "decided": [await self._viewing(one, who) for one in decided],
            **await self.queue(who, None),
        }

    async def queue(self, who: Credential, before: int | None) -> dict[str, Any]:
        """`older`: what to ask with as `before` for the next page; None where there is none."""
        waiting, older = await self._sight.queue(who, before)
        return {"to_decide": [await self._viewing(one, who) for one in waiting], "older": older}

    async def viewing(self, id_: str, who: Credential) -> dict[str, Any]:
        return await self._viewing(await self._sight.one(id_, who), who)

    async def _viewing(self, found: Found, who: Credential) -> dict[str, Any]:
        id_, viewing, asked = found
        decisions = await self._decisions(viewing)
        newest = decisions[-1] if decisions else {"decision": None, "approver_name": None}
        report, due = self._viewings.report_state(viewing)
        return {
            "viewing": id_,
            **_private(asked),
            "request": b64u(viewing.raw if viewing else asked.request if asked else b""),
            "viewer_name": await self.name(_viewer(viewing, asked)),
            "state": self._viewings.stage(viewing),
            **newest,
            "decisions": decisions,
            "until": format_time(viewing.until) if viewing else None,
            "report": report,
            "report_due": format_time(due) if due else None,
            "recordings": await self._recordings(viewing, who),
        }

    async def _decisions(self, viewing: Viewing | None) -> list[dict[str, Any]]:
        return [
            {"decision": b64u(taken.raw), "approver_name": await self.name(taken.decision.approver)}
            for taken in (viewing.decisions if viewing else ())
        ]

    async def _recordings(self, viewing: Viewing | None, who: Credential) -> list[dict[str, Any]]:
        named = [span.recording for span in viewing.request.spans] if viewing else []
        about = await self._names.about(named, who.person)
        return [await self._recording(id_, about.get(id_, {})) for id_ in named]


def _viewer(viewing: Viewing | None, asked: Asked | None) -> str:
    return viewing.request.viewer if viewing else asked.viewer if asked else ""


def _private(asked: Asked | None) -> dict[str, str]:
    """What the ledger's core does not hold; kept while the request can be used."""
    if asked is None:
        return {"salt": "", "reason": "", "recipient": ""}
    return {"salt": b64u(asked.salt), "reason": asked.reason, "recipient": asked.recipient}
