"""A file of due tasks from when it was sent: one at a time, agreed to, given up, after a crash, swept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from django.db import connection

from support import bureau
from support.bureau import Bureau
from support.county_world import CountyWorld
from support.task_files import Sender, counts, csv, line, mine
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services import payloads
from zhilu.server.ledger.services.commit import size
from zhilu.server.oversight.models import TaskFile
from zhilu.server.oversight.services import tasks
from zhilu.server.pages.services import task_files


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return bureau.of(county)


@pytest.fixture
def sender(world: Bureau) -> Sender:
    return Sender(world)


@pytest.mark.db
def test_one_file_at_a_time(world: Bureau) -> None:
    first, other = Sender(world), Sender(world, "supervisor*")
    assert first.send(csv(line())).status_code == 302
    answer = other.send(csv(line()))
    assert answer.status_code == 400 and "正在检查或录入另一个文件" in answer.content.decode()
    assert len(list(task_files.path_of(UUID(int=0)).parent.iterdir())) == 1
    task_files.work_once()
    assert other.checked(csv(line())).state == "checked"  # what waits for a word keeps nobody off
    mine = TaskFile.objects.get(by=first.person)
    assert first.say(mine).state == "entered"
    theirs = TaskFile.objects.get(by=other.person)
    moved = other.say(theirs)
    assert (moved.state, moved.moved, counts(moved)) == ("checked", True, (0, 0, 1, 0))
    assert "结果与您同意时不同" in other.page(moved)


@pytest.mark.db
def test_the_newest_file_of_one_person_counts(sender: Sender) -> None:
    before = sender.checked(csv(line()))
    after = sender.checked(csv(line("T-2")))
    before.refresh_from_db()
    assert before.state == "dropped" and not task_files.path_of(before.id).exists()
    assert sender.say(before).state == "dropped" and not mine().exists()
    assert sender.say(after, "drop").state == "dropped" and not mine().exists()


def test_what_was_seen_is_what_is_entered(sender: Sender) -> None:
    file = sender.checked(csv(line()))
    assert sender.say(file, plan="0" * 64).state == "checked" and not mine().exists()
    assert sender.say(file).state == "entered"


@pytest.mark.db
def test_a_task_that_the_api_sent_meanwhile_is_asked_about(world: Bureau, sender: Sender) -> None:
    from support.api import Caller

    file = sender.checked(csv(line(), line("T-2")))
    caller = Caller("tasks:write")
    real = task_files._read

    def meanwhile(file: TaskFile) -> Any:
        found = real(file)
        caller.tasks(caller.task("T-1", place="由接口"))
        return found

    with mock.patch.object(task_files, "_read", meanwhile):
        file = sender.say(file)
    assert (file.state, file.moved, counts(file)) == ("checked", True, (1, 1, 0, 0))
    assert mine().get().place == "由接口"
    assert sender.say(file).state == "entered" and mine().get(number="T-1").version == 2


@pytest.mark.parametrize("at", ["before", "after"])
@pytest.mark.db
def test_a_crash_leaves_nothing_half(sender: Sender, at: str) -> None:
    """After a restart it goes on where it was."""
    file = sender.checked(csv(*(line(f"T-{n}") for n in range(600))))
    real, before = tasks.enter_prepared, size()

    def dies(*args: Any) -> None:
        if at == "after":
            real(*args)
        raise SystemExit

    sender.client.post(f"/due-tasks/files/{file.id}", {"do": "enter", "plan": file.plan})
    with mock.patch.object(tasks, "enter_prepared", dies), pytest.raises(SystemExit):
        task_files.work_once()
    file.refresh_from_db()
    assert (file.state, size(), mine().count()) == ("entering", before, 0)
    task_files.work_once()
    file.refresh_from_db()
    assert (file.state, mine().count()) == ("entered", 600)
    assert Entry.objects.filter(kind="tasks-entered/1", index__gte=before).count() == 3


def test_what_can_be_prepared_keeps_nobody_waiting(sender: Sender) -> None:
    """On SQLite a transaction holds the ledger's lock from its begin."""
    file, made = sender.checked(csv(line())), []
    real = payloads.make

    def make(*args: Any) -> Any:
        made.append(len(connection.savepoint_ids))
        return real(*args)

    with mock.patch.object(payloads, "make", make):
        assert sender.say(file).state == "entered"
    assert made == [len(connection.savepoint_ids)] * 2


def test_a_crash_while_it_is_checked(sender: Sender) -> None:
    sender.send(csv(line()))
    with mock.patch.object(tasks, "plan", side_effect=SystemExit), pytest.raises(SystemExit):
        task_files.work_once()
    assert TaskFile.objects.get().state == "checking"
    task_files.work_once()
    assert TaskFile.objects.get().state == "checked"


def test_a_failure_nobody_thought_of_ends_it(sender: Sender) -> None:
    with mock.patch.object(tasks, "plan", side_effect=ZeroDivisionError):
        file = sender.checked(csv(line()))
    assert (file.state, file.error[0]) == ("failed", "task-file-failed")
    assert sender.checked(csv(line())).state == "checked"


def test_who_is_no_supervisor_any_more_enters_nothing(world: Bureau, sender: Sender) -> None:
    from zhilu.server.ledger.services.commit import commit
    from zhilu.server.organisation.events import RoleWithdrawn

    file = sender.checked(csv(line()))
    sender.client.post(f"/due-tasks/files/{file.id}", {"do": "enter", "plan": file.plan})
    commit(RoleWithdrawn(str(sender.person), "supervisor", "other"), "julu")
    task_files.work_once()
    file.refresh_from_db()
    assert not mine().exists() and file.state != "entered"


def test_nobody_sees_the_file_of_another(world: Bureau, sender: Sender) -> None:
    file = sender.checked(csv(line("T-1", procedure="Z99")))
    other = Sender(world, "supervisor*")
    for path in ("", "/rejected.xlsx"):
        assert other.client.get(f"/due-tasks/files/{file.id}{path}").status_code == 404
    assert other.client.post(f"/due-tasks/files/{file.id}", {"do": "drop"}).status_code == 404


def test_a_file_that_is_given_up_is_read_no_further(sender: Sender) -> None:
    sender.send(csv(*(line(f"T-{n}") for n in range(2))))
    file = TaskFile.objects.get()

    def given_up(*args: Any) -> Any:
        task_files.drop(file.id, sender.person)
        return real(*args)

    real = task_files._tell
    with (
        mock.patch("zhilu.server.pages.services.sheets.sheet.STEP", 1),
        mock.patch.object(task_files, "_tell", given_up),
    ):
        task_files.work_once()
    file.refresh_from_db()
    assert file.state == "dropped" and not task_files.path_of(file.id).exists()


@pytest.mark.db
def test_what_is_left_lying_is_swept(sender: Sender) -> None:
    import os

    file = sender.checked(csv(line()))
    stray = task_files.path_of(UUID(int=7))
    stray.write_bytes(b"x")
    old = (now() - timedelta(hours=1)).timestamp()
    os.utime(stray, (old, old))
    TaskFile.objects.filter(id=file.id).update(at=now() - timedelta(days=2))
    task_files.work_once()
    file.refresh_from_db()
    assert file.state == "dropped" and not stray.exists() and not task_files.path_of(file.id).exists()


def test_a_page_asks_again_until_there_is_nothing_to_wait_for(sender: Sender) -> None:
    def part(file: TaskFile) -> str:
        answer = sender.client.get(f"/due-tasks/files/{file.id}", headers={"HX-Request": "true"})
        text: str = answer.content.decode()
        assert text.startswith('<div id="file"') and "<html" not in text
        return text

    sender.send(csv(line()))
    file = TaskFile.objects.get()
    for state in ("waiting", "checking", "agreed", "entering"):
        TaskFile.objects.update(state=state)
        asks = f'hx-get="/due-tasks/files/{file.id}" hx-trigger="every 2s" hx-swap="outerHTML"'
        assert asks in part(file) and asks in sender.page(file), state
    TaskFile.objects.update(state="checking", rows=200_000, done=45_000)
    assert "已读 45000 / 200000 行" in part(file)
    TaskFile.objects.update(state="waiting")
    task_files.work_once()
    assert "hx-get" not in part(file) and "录入合格的行" in part(file)
    file.refresh_from_db()
    assert sender.say(file).state == "entered" and "hx-get" not in part(file)
    for state in ("failed", "dropped"):
        TaskFile.objects.update(state=state)
        assert "hx-get" not in part(file), state


@pytest.mark.db
def test_a_file_enters_what_others_can_wait_for(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_files, "MOST_AT_ONCE", 9)
    assert sender.entered(csv(*(line(f"T-{n}") for n in range(3)))).state == "entered"
    changed = [line(f"T-{n}", place="别处") for n in range(3)]
    file = sender.checked(csv(*changed))
    assert (file.state, file.error[0]) == ("failed", "task-file-work") and "请拆分" in sender.page(file)
    assert sender.entered(csv(*changed[:2], line("T-3"), line("T-2"))).state == "entered"
    assert mine().filter(place="别处").count() == 2
