"""Files of due tasks, and a supervisor who sends them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from support.bureau import Bureau
from support.county_world import OFFICER
from zhilu.server.organisation.models import Person
from zhilu.server.oversight.models import DueTask, TaskFile
from zhilu.server.pages.services import task_files

HEADER = ["任务编号", "环节代码", "执法人员工号", "计划开始时间", "计划结束时间", "纳税人识别号",
          "纳税人名称", "文书号", "地点", "已撤回"]  # fmt: skip


def number(person: str = OFFICER) -> str:
    return Person.objects.get(id=person).number


def line(task: str = "T-1", **more: Any) -> list[Any]:
    told = {
        "number": task, "procedure": "H01", "officers": number(), "since": "2026-11-20 09:30",
        "until": "2026-11-20 11:30", "taxpayer": "91130529MA0TEST01X", "name": "巨鹿宏达商贸有限公司",
        "document": "", "place": "健康路 1 号", "withdrawn": "",
    }  # fmt: skip
    return list((told | more).values())


def csv(*lines: Sequence[Any], between: str = ",", encoding: str = "utf-8", header: Any = HEADER) -> bytes:
    return "\r\n".join(between.join(map(str, one)) for one in [header, *lines]).encode(encoding)


class Sender:
    """A supervisor at the page."""

    def __init__(self, world: Bureau, persona: str = "supervisor") -> None:
        self.person, self.client = UUID(world.people[persona]), world.client(persona)

    def send(self, data: bytes, name: str = "任务.csv") -> HttpResponse:
        return self.client.post("/due-tasks/files", {"file": SimpleUploadedFile(name, data)})

    def checked(self, data: bytes, name: str = "任务.csv") -> TaskFile:
        answer = self.send(data, name)
        assert answer.status_code == 302, answer.content.decode()
        task_files.work_once()
        return TaskFile.objects.get(id=answer["Location"].rpartition("/")[2])

    def page(self, file: TaskFile) -> str:
        answer = self.client.get(f"/due-tasks/files/{file.id}")
        assert answer.status_code == 200
        return answer.content.decode()

    def say(self, file: TaskFile, do: str = "enter", plan: str | None = None) -> TaskFile:
        told = {"do": do, "plan": file.plan if plan is None else plan}
        assert self.client.post(f"/due-tasks/files/{file.id}", told).status_code == 302
        task_files.work_once()
        file.refresh_from_db()
        return file

    def entered(self, data: bytes, name: str = "任务.csv") -> TaskFile:
        return self.say(self.checked(data, name))


def mine() -> Any:
    """Without those that the bureau has."""
    return DueTask.objects.exclude(number__startswith="RW-")


def counts(file: TaskFile) -> tuple[int, int, int, int]:
    return file.new, file.changed, file.same, file.refused


def why(file: TaskFile) -> list[tuple[int | None, str, str]]:
    """Row, column, code of each problem."""
    return [(one.row, one.column, one.error[0]) for one in file.problems.order_by("row", "id")]
