"""The city sees of each county how many of its findings wait, and what came of them: figures, no names."""

from __future__ import annotations

from typing import Any

import pytest

from server.test_findings_city import LATER, follow, go_on, julu, raise_all
from server.test_statistics_city import READER, client, one
from support.city_world import BUREAU, CityWorld
from support.neighbour import Ledger
from support.queries import queries
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import PersonAdded, RoleGranted
from zhilu.server.oversight.models import Evaluated
from zhilu.server.oversight.services import evaluating

pytestmark = pytest.mark.db
__all__ = ["julu"]


def figures() -> dict[str, int]:
    evaluating.everything()
    found: dict[str, int] = Evaluated.objects.get(bureau="julu").found
    return found


def test_the_city_counts_what_became_of_a_countys_findings(city: CityWorld, julu: Ledger) -> None:
    assert figures() == {"open": 0, "fault": 0, "referred": 0, "sanctions": 0, "appeals": 0}
    many = raise_all(julu)
    assert figures()["open"] == len(many) > 2
    officer = many[0].persons[0]
    concluded: dict[str, Any] = {"finding": many[0].finding, "conclusion": "fault", "exemption": None}
    head = one("julu", "officer 1")
    said = {"text": "x"}
    julu.add("finding-concluded/1", concluded | {"persons": [officer]}, said, at=LATER, actor=head,
             subject=many[0].finding)  # fmt: skip
    sanction = {"sanction": one("julu", "sanction"), "person": officer, "findings": [many[0].finding]}
    julu.add("sanction-decided/1", sanction | {"form": "criticism", "months": 0}, said, at=LATER, actor=head,
             subject=sanction["sanction"])  # fmt: skip
    appeal = {"appeal": one("julu", "appeal"), "finding": None, "sanction": sanction["sanction"]}
    julu.add("appeal-filed/1", appeal, said, at=LATER, actor=officer, subject=appeal["appeal"])
    follow(julu)
    assert figures() == {"open": len(many) - 1, "fault": 1, "referred": 0, "sanctions": 1, "appeals": 1}
    go_on(julu, "finding-referred/1", {"finding": many[1].finding})
    assert figures()["referred"] == 0  # nobody did


def test_the_page_shows_the_figures(city: CityWorld, julu: Ledger) -> None:
    many = raise_all(julu)
    commit(PersonAdded(READER), BUREAU, {"name": "市局某", "number": "1"})
    commit(RoleGranted(READER, "leader", None), BUREAU)
    reader = client(READER)

    def table() -> str:
        return reader.get("/federation").content.decode().split("各县监督问题")[1].split("</table>")[0]

    assert f">{len(many)}<" not in table()
    evaluating.everything()
    assert f">{len(many)}<" in table()
    assert queries(reader, "/federation") <= 15
