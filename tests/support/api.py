"""A caller of the API: a token, and a client that sends it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.test import Client

from support.county_world import named_id

ADMIN = named_id("admin 1")
ALL = ("references:read", "text:read", "statistics:read", "links:write", "tasks:write")


class Caller:
    """Asks under /api/v1/; answers as (status, JSON)."""

    def __init__(
        self,
        *scopes: str,
        departments: Collection[UUID | str] | None = None,
        life: timedelta = timedelta(days=30),
        name: str = "金税系统",
        tasks: int | None = None,
    ) -> None:
        from zhilu.server.ledger.clock import now
        from zhilu.server.organisation.services import api_tokens

        places = None if departments is None else [UUID(str(one)) for one in departments]
        self.id, self.token = api_tokens.grant(name, scopes or ALL, places, now() + life, ADMIN, tasks)
        self.client = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="en")

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        more: dict[str, Any] = {} if body is None else {"data": body, "content_type": "application/json"}
        answer = getattr(self.client, method)(f"/api/v1/{path}", headers=headers, **more)
        return answer.status_code, answer.json()

    def get(self, path: str, **headers: str) -> Any:
        status, said = self.send("get", path, **headers)
        assert status == 200, (status, said)
        return said

    def refused(self, path: str, **headers: str) -> tuple[int, str]:
        status, said = self.send("get", path, **headers)
        return status, said["code"]

    def link(self, *rows: dict[str, Any], **headers: str) -> Any:
        status, said = self.send("post", "links", {"rows": list(rows)}, **headers)
        assert status == 200, (status, said)
        return said

    def task(self, number: str = "DT-1", **more: Any) -> dict[str, Any]:
        """A due task of the county's officer."""
        from support.county_world import OFFICER
        from zhilu.server.organisation.models import Person

        officer = Person.objects.get(id=OFFICER).number
        told = {"number": number, "procedure": "H01", "officers": [officer], "taxpayer": "91130529MA0TEST01X"}
        return told | {"since": "2026-11-20T09:30:00+08:00", "until": "2026-11-20T11:30:00+08:00"} | more

    def tasks(self, *rows: dict[str, Any], **headers: str) -> Any:
        status, said = self.send("post", "due-tasks", {"rows": list(rows)}, **headers)
        assert status == 200, (status, said)
        return said

    def end_of(self, what: str) -> str:
        """The cursor behind all changes of `acts` or `recordings` that there are."""
        page = self.get(f"{what}/changes")
        while page["more"]:
            page = self.get(f"{what}/changes?since={page['next']}")
        return str(page["next"])
