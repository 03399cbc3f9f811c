"""Somebody at the page for imports, and what the report says."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from support.workbooks import book

DEPARTMENTS = ["部门（全路径）", "类别", "排序", "已停用"]
PEOPLE = ["工号", "姓名", "部门（全路径）", "职务", "任职开始日期"]
NAME = "巨鹿县税务局"


@dataclasses.dataclass
class Visitor:
    client: Client

    def send(self, sheet: str, rows: Any, what: str = "import", name: str = "名单.xlsx") -> HttpResponse:
        data = rows if isinstance(rows, bytes) else book(rows)
        return self.client.post(f"/imports/{sheet}", {"file": SimpleUploadedFile(name, data), "what": what})

    def imported(self, sheet: str, rows: Any, **more: str) -> tuple[int, ...]:
        """New, changed, as they stood."""
        answer = self.send(sheet, rows, **more)
        text = answer.content.decode()
        assert answer.status_code == 200, problems(answer)
        found = re.search(r"\d+ rows: (\d+) new, (\d+) changed, (\d+) as", text)
        assert found, text
        return tuple(map(int, found.groups()))


def problems(answer: HttpResponse) -> list[tuple[str, str, str]]:
    """(row, column, what is wrong)"""
    text = answer.content.decode()
    rows = re.findall(
        r'<tr><td class="z-num z-mono">(.*?)</td><td class="z-when">(.*?)</td><td>(.*?)</td>', text
    )
    assert rows, text
    return rows


def refused(answer: HttpResponse) -> list[tuple[str, str]]:
    assert answer.status_code == 400
    return [(row, column) for row, column, _said in problems(answer)]


def visitor(person: str, role: str = "") -> Visitor:
    from zhilu.server.ledger.services.commit import commit
    from zhilu.server.organisation.events import PersonAdded, RoleGranted
    from zhilu.server.organisation.models import User

    if role:
        commit(PersonAdded(person), "julu", {"name": role, "number": ""})
        commit(RoleGranted(person, role), "julu")
    client = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="en")
    user = User.objects.create(username=f"u{person[-8:]}", person=person)
    client.force_login(user, "zhilu.server.organisation.services.accounts.LockoutBackend")
    return Visitor(client)


def entries() -> int:
    from zhilu.server.ledger.services.commit import size

    return size()


def paths() -> set[str]:
    from zhilu.server.organisation.services.people import paths as all_paths

    return set(all_paths().values())


def person(number: str) -> Any:
    from zhilu.server.organisation.models import Person

    return Person.objects.get(number=number)


def post(number: str) -> Any:
    from zhilu.server.organisation.models import Post

    return Post.objects.get(person=person(number).id, until=None)
