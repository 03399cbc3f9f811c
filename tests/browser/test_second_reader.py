"""The verifier in JavaScript against the one in Python: two readers of one spec say the same."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from support.attacks.stores import ATTACKS
from support.mutations import draw, pair
from support.recordings import Maker, fixed_id
from support.shapes import Evidence
from support.stores import StoreWriter, defects, with_other_recipients
from support.verdicts import sound, verdict
from zhilu.browser.runner import find_node
from zhilu.cli import main
from zhilu.encoding import b64u
from zhilu.sealed.report import Report

BROWSER = Path(__file__).parents[2] / "src/zhilu/browser"
JUDGE = Path(__file__).parent / "modules/judge-node.mjs"
SEEDS = range(1000, 1009)
MUTANTS = 12
Case = tuple[str, Mapping[str, bytes], Evidence]


def cases() -> list[Case]:
    """Sound evidence of random shape, and what somebody made of it."""
    found: list[Case] = []
    for seed in SEEDS:
        evidence, other = pair(seed)
        rng = Random(f"mutants {seed}")
        another = sound(seed)
        found += [("sound", evidence.files, evidence), ("sound", another.files, another)]
        found += [(*draw(rng, evidence, other), evidence) for _ in range(MUTANTS)]
    return found


def asked(files: Mapping[str, bytes], evidence: Evidence) -> dict[str, str]:
    parts = {name: b64u(data) for name, data in files.items()} | {"trust.json": b64u(evidence.trust)}
    return {
        "input": "recording",
        "folder": str(evidence.recording),
        "body": json.dumps(parts).encode().hex(),
    }


def first(report: Report) -> list[str]:
    finding = next((finding for finding in report if finding.defect), None)
    if finding is not None:
        return [finding.code, finding.layer]
    return ["ok", "none"] if report.facts["anchored"] is True else ["not-anchored", "none"]


@pytest.mark.timeout(500)  # some seconds of reckoning, and minutes where the machine has much else to do
def test_two_readers_agree_about_what_was_altered() -> None:
    altered = cases()
    questions = json.dumps([asked(files, evidence) for _, files, evidence in altered])
    done = subprocess.run(
        [str(find_node()), str(JUDGE)],
        input=questions,
        capture_output=True,
        text=True,
        check=True,
        timeout=450,
    )
    pairs = [
        (name, first(verdict(files, evidence)), said)
        for (name, files, evidence), said in zip(altered, json.loads(done.stdout), strict=True)
    ]
    assert [one for one in pairs if one[0] == "sound" and one[1:] != (["ok", "none"],) * 2] == []
    # What one believes and the other does not would be a hole in one of them.
    believed = (["ok", "none"], ["not-anchored", "none"])
    assert [one for one in pairs if (one[1] in believed) != (one[2] in believed)] == []
    assert [one for one in pairs if (one[1] == believed[0]) != (one[2] == believed[0])] == []
    # Of two defects in different files either may be said first.
    single = [one for one in pairs if one[0] != "two_at_once"]
    differing = [one for one in single if one[1] != one[2]]
    assert len(single) > 100
    assert len(differing) <= len(single) // 100, differing


def run(*words: object) -> tuple[int, str, str]:
    command = [str(find_node()), str(BROWSER / "verify-node.mjs"), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=150)
    return done.returncode, done.stdout, done.stderr


def python(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any]]:
    code = main(["verify", "--json", *map(str, words)])
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, report


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Maker(minutes=True).make().write(tmp_path)


@pytest.mark.parametrize("path", ["", "recording", "recording/media.sealed", "logbook.jws"])
def test_the_command_learns_the_same_facts(
    folder: Path, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for trust in ([], ["--trust", folder / "trust.json"]):
        code, out, err = run(folder / path, *trust, "--json")
        wanted, facts = python(capsys, folder / path, *trust)
        assert (code, err) == (wanted, "")
        said = json.loads(out)
        assert {name: said.get(name) for name in facts} == facts
        assert code == (0 if trust else 1)


def test_the_command_says_where_and_when(folder: Path) -> None:
    media = folder / "recording/media.sealed"
    data = media.read_bytes()
    media.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    code, out, _ = run(folder, "--trust", folder / "trust.json", "--lang", "en")
    assert code == 1
    assert out.startswith("DEFECT: the media of a segment are not those that were signed [segment-hash]")
    assert "segment 3" in out
    assert "proves nothing about itself" in out
    lines = (folder / "recording/journal.jws").read_bytes().splitlines(keepends=True)
    (folder / "recording/journal.jws").write_bytes(b"".join(lines[:3] + lines[4:]))
    code, out, _ = run(folder, "--lang", "en")
    assert code == 1
    assert "[sequence]" in out
    assert "not proved: from 2026-11-24T10:40:" in out


def test_a_line_that_was_seen_must_still_be_there(tmp_path: Path) -> None:
    store = StoreWriter(tmp_path / "store")
    store.day("2026-11-24", 1)
    seen, other = f"{store.head.n}:{store.head.digest.hex()}", f"{store.head.n}:{'ab' * 32}"
    assert "[logbook-cut]" not in run(store.folder, "--since-head", seen)[1]
    assert "[fork]" in run(store.logbook, "--since-head", other)[1]
    store.write_book(store.book_lines[:-1])
    assert "[logbook-cut]" in run(store.folder, "--since-head", seen)[1]
    assert run(store.path(store.recordings[0]), "--since-head", seen)[0] == 2
    assert run(store.folder, "--since-head", "5")[0] == 2


@pytest.mark.parametrize("what", ["counter", "open-recording"])
def test_what_the_logbook_says_of_other_times_is_a_note(
    tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store = StoreWriter(tmp_path / "store")
    store.day("2026-11-24", 1)
    store.boot()
    if what == "counter":
        store.count()
    store.record(close=what != "open-recording")
    store.boot()
    store.record()
    for name, is_defect in zip(store.recordings, (False, what == "open-recording", False), strict=True):
        _, facts = python(capsys, store.path(name))
        said = json.loads(run(store.path(name), "--json")[1])["findings"]
        for findings in (said, facts["findings"]):
            assert {one["defect"] for one in findings if one["code"] == what} == {is_defect}
    assert f"[{what}]" in run(store.folder, "--lang", "en")[1].splitlines()[0]


def test_what_cannot_be_read_ends_with_2(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    large = tmp_path / "large"
    large.mkdir()
    (large / "logbook.jws").write_bytes((folder / "logbook.jws").read_bytes())
    (large / "receipt.json").write_bytes(b" " * (2**20 + 1))
    for words in (
        [tmp_path / "none"],
        [tmp_path / "gone"],
        [folder, "--trust", broken],
        [folder, "--trust", tmp_path / "gone"],
        [large],
        [],
        [folder, "--unknown"],
    ):
        code, out, err = run(*words)
        assert (code, out) == (2, "")
        assert err
        assert "    at " not in err


def test_a_store_that_was_attacked_is_told_the_same_with_the_same_times(tmp_path: Path) -> None:
    whole = StoreWriter(tmp_path / "whole")
    for date in ("2026-11-24", "2026-11-25", "2026-11-26"):
        whole.day(date, 2)
    _, out, _ = run(whole.folder, "--json")
    assert json.loads(out)["recordings_sound"] == 6
    unlike = []
    for attack in ATTACKS[::2]:
        store = whole.copied(tmp_path / attack.name)
        assert callable(attack.do)
        attack.do(store)
        wanted = [(one.code, one.layer, one.since, one.until) for one in defects(store.folder)[:1]]
        code, out, err = run(store.folder, "--json")
        assert (code, err) == (1, ""), attack.name
        told = [one for one in json.loads(out)["findings"] if one["defect"]]
        said = [(one["code"], one["layer"], one["since"], one["until"]) for one in told]
        # This reader goes on after a break, so it may say more; where nobody can tell without the county,
        # neither says anything.
        if (bool(wanted), *wanted) != (bool(said), *[one for one in said if one in wanted][:1]):
            unlike.append((attack.name, wanted, said))
    assert unlike == []


def test_a_store_that_hides_what_is_gone_is_told_the_same(tmp_path: Path) -> None:
    whole = StoreWriter(tmp_path / "whole")
    whole.day("2026-11-24", 2)
    emptied = whole.copied(tmp_path / "emptied")
    shutil.rmtree(emptied.folder / "recordings")
    code, out, _ = run(emptied.folder, "--json")
    assert (code, [one["code"] for one in json.loads(out)["findings"]]) == (1, ["recording-missing"] * 2)
    assert json.loads(run(emptied.logbook, "--json")[1])["sound"] is True
    for place in ("", "recording"):
        masked = whole.copied(tmp_path / f"masked {place}")
        shutil.copytree(masked.path(masked.recordings[0]), masked.folder / place, dirs_exist_ok=True)
        shutil.rmtree(masked.path(masked.recordings[1]))
        assert run(masked.folder)[0] == 2


def test_recipients_in_a_store_are_judged_the_same(tmp_path: Path) -> None:
    store = StoreWriter(tmp_path / "store")
    store.day("2026-11-24", 2)
    other = with_other_recipients(store)
    findings = json.loads(run(store.folder, "--json")[1])["findings"]
    found = [one["place"] for one in findings if one["code"] == "recipients"]
    assert [str(place) for place in found] == [f"recordings/{other}/journal.jws, line 1"]


HEX = "ab" * 32
CLEARED = {"receipt": HEX, "index": 3, "checkpoint": HEX}
ASSIGNED = {"entry": HEX, "index": 1, "station": "s", "bay": 1, "drill": False}
SET = {"offset_us": 1, "station": "s", "source": "station"}
GOOD = "2026-11-24T01:00:00.000Z"


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        ("clock-set", SET | {"before": "x", "after": GOOD}, "field"),
        ("assigned", ASSIGNED | {"officer": "somebody"}, "field"),
        ("docked", {"handover": HEX, "station_nonce": "!", "checkpoint": HEX}, "field"),
        ("docked", {"handover": HEX, "station_nonce": "AA", "checkpoint": "zz"}, "field"),
        ("cleared", CLEARED | {"checkpoint": "zz"}, "field"),
        ("cleared", CLEARED, "recording-order"),
        ("follows", {}, "recording-order"),
    ],
)
def test_both_refuse_the_same_lines_of_a_logbook(
    kind: str, more: dict[str, Any], code: str, tmp_path: Path
) -> None:
    store = StoreWriter(tmp_path / "store")
    first = store.day("2026-11-24", 1)[0]
    if kind == "follows":
        # Two recordings say that they go on from the same one.
        kind, more = "recording-opened", {"follows": {"id": first, "until": GOOD}}
        nothing = {"lines": 0, "last": "00" * 32, "segments": 0, "length": 0, "minutes": 0}
        nothing |= {"cut": 0, "torn": 0}
        one, other = str(fixed_id("one")), str(fixed_id("other"))
        store.log(kind, counter=store.count(), id=one, **more)
        store.log("recovered", counter=store.count(), id=one, until=GOOD, **nothing)
        more |= {"counter": store.count(), "id": other}
    elif kind == "cleared":
        more = more | {"id": first}
        if code == "recording-order":
            store.log(kind, **more)
    store.log(kind, **more)
    assert [one.code for one in defects(store.logbook)] == [code]
    said = json.loads(run(store.logbook, "--json")[1])["findings"]
    assert {one["code"] for one in said if one["defect"]} - {"open-recording"} == {code}
