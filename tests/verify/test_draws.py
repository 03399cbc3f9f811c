"""`zhilu verify-draw`: what a stranger reads of a draw's file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.vectors.draws import IDS, cases
from zhilu.cli import main
from zhilu.encoding import unb64u
from zhilu.sealed import draws

CASES = {name: (expect, file, trust) for name, expect, file, trust in cases()}


def run(folder: Path, name: str, *more: str) -> int:
    _, file, trust = CASES[name]
    (folder / "draw.json").write_bytes(file)
    arguments = ["verify-draw", str(folder / "draw.json"), *more]
    if trust is not None:
        (folder / "trust.json").write_bytes(trust)
        arguments += ["--trust", str(folder / "trust.json")]
    return main(arguments)


def test_a_sound_draw_is_said_with_all_that_was_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "ok", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["sound"] and said["anchored"] and len(said["chosen"]) == 3 and set(said["chosen"]) <= set(IDS)
    assert run(tmp_path, "ok") == 0
    out = capsys.readouterr().out
    assert all(one in out for one in said["chosen"]) and said["seed"] in out


def test_whether_somebody_vouches_for_the_cosigner_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key of one's own making can bear the city's name."""
    _, file, trust = CASES["ok"]
    assert trust is not None
    known = json.loads(trust)
    cosigner = json.loads(unb64u(json.loads(file)["announced"]["core"]))["cosigner"]
    (tmp_path / "draw.json").write_bytes(file)
    for cosigners, named in ((known["cosigners"], False), ([*known["cosigners"], cosigner], True)):
        (tmp_path / "trust.json").write_text(json.dumps(known | {"cosigners": cosigners}))
        arguments = ["verify-draw", str(tmp_path / "draw.json"), "--trust", str(tmp_path / "trust.json")]
        assert main(["--lang", "en", *arguments]) == 0
        assert ("does not name this cosigner" in capsys.readouterr().out) is not named
        assert main([*arguments, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["cosigner_named"] is named


@pytest.mark.parametrize("name", [name for name in CASES if not name.startswith("ok")])
def test_whatever_is_wrong_ends_in_a_defect(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, name, "--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["code"] or "not-anchored") == CASES[name][0]
    assert run(tmp_path, name) == 1


def test_the_list_has_one_spelling_and_the_order_follows_from_the_seed_alone() -> None:
    assert draws.list_bytes(reversed(IDS)) == "".join(f"{one}\n" for one in IDS).encode()
    seed = bytes(range(32))
    order = draws.ordered(seed, IDS)
    assert draws.ordered(seed, reversed(IDS)) == order and sorted(order) == IDS and order != IDS
    # Whoever is left out of the list moves nobody else.
    assert draws.ordered(seed, IDS[1:]) == [one for one in order if one != IDS[0]]


def test_shares_are_rounded_up() -> None:
    assert [draws.sample_size(10, None, percent) for percent in (0, 1, 10, 11, 100)] == [0, 1, 1, 2, 10]
    assert draws.sample_size(3, 5, None) == 3 and draws.share(0, 50) == 0


def test_each_recording_is_drawn_as_often_as_another() -> None:
    drawn = dict.fromkeys(IDS, 0)
    for number in range(2_000):
        for one in draws.ordered(number.to_bytes(32, "big"), IDS)[:3]:
            drawn[one] += 1
    assert all(400 < count < 600 for count in drawn.values()), drawn
