"""Who is fit to carry a recorder: the two courses that everybody needs, and results in one line.

commit_all(train(person))
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from support.recordings import test_id

HELD_ON, VALID_DAYS = "2026-01-05", 3660
CONDUCT, OPERATION = str(test_id("course conduct")), str(test_id("course recorder"))
COURSES = {CONDUCT: ("conduct", "执法规范"), OPERATION: ("recorder", "记录仪使用")}


def courses() -> Iterator[tuple[str, dict[str, Any], None]]:
    for course, (kind, name) in COURSES.items():
        rest = {"valid_days": VALID_DAYS, "pass_score": 60, "required": True, "closed": False}
        yield "course-set/1", {"course": course, "kind": kind, "name": name} | rest, None


def results(person: str, score: int = 90) -> Iterator[tuple[str, dict[str, Any], None]]:
    """Of both courses."""
    for course in COURSES:
        result = str(test_id(f"result {person} {course} {score}"))
        core = {"result": result, "course": course, "person": person, "held_on": HELD_ON}
        yield "training-recorded/1", core | {"score": score, "passed": score >= 60, "recording": None}, None


def train(person: str, score: int = 90) -> list[Any]:
    """Proposals that make a person fit."""
    from zhilu.server.ledger.events import read
    from zhilu.server.ledger.services.commit import Proposal

    return [Proposal(read(kind, core), "julu") for kind, core, _none in results(person, score)]
