"""`zhilu verify` of a recorder's whole store: what is missing is named, from when to when."""

import json
import os
import shutil
from pathlib import Path

import pytest

from support.recordings import at_of
from support.stores import StoreWriter, defects, verify, with_other_recipients
from support.vectors.files import payload_of
from zhilu.cli import main
from zhilu.errors import CallerError


@pytest.fixture
def store(tmp_path: Path) -> StoreWriter:
    """Three days, two recordings each."""
    writer = StoreWriter(tmp_path / "store")
    for date in ("2026-11-24", "2026-11-25", "2026-11-26"):
        writer.day(date, 2)
    return writer


def test_a_store_that_nobody_touched_is_sound(store: StoreWriter) -> None:
    report = verify(store.folder, store.head)
    assert report.findings == []
    assert (report.facts["recordings"], report.facts["recordings_sound"]) == (6, 6)
    assert report.facts["tail_provable"] is False


def test_a_deleted_day_is_named_recording_by_recording(store: StoreWriter) -> None:
    for name in store.recordings[2:4]:
        shutil.rmtree(store.path(name))
    found = defects(store.folder)
    assert [finding.code for finding in found] == ["recording-missing"] * 2
    for finding, name in zip(found, store.recordings[2:4], strict=True):
        book = [payload_of(line) for line in store.book_lines]
        opened, closed = (payload["at"] for payload in book if payload.get("id") == name)
        assert (finding.since, finding.until) == (opened, closed)
        assert name in str(finding.place)
        assert finding.since.startswith("2026-11-25")


def test_what_was_cleared_may_be_gone_or_half_gone(store: StoreWriter) -> None:
    for name in store.recordings[:2]:
        store.log("cleared", id=name, receipt="ab" * 32, index=3, checkpoint="cd" * 32)
    shutil.rmtree(store.path(store.recordings[0]))
    (store.path(store.recordings[1]) / "media.sealed").unlink()
    assert defects(store.folder) == []


def test_a_recording_that_power_cut_before_its_first_line_is_not_missed(store: StoreWriter) -> None:
    name = "019aa000-0000-7000-8000-000000000001"
    opened = store.log("recording-opened", counter=store.count(), id=name)
    nothing = {"lines": 0, "last": "00" * 32, "segments": 0, "length": 0, "minutes": 0}
    store.log("recovered", counter=store.count(), id=name, **nothing, cut=0, torn=0, until=at_of(opened))
    assert defects(store.folder) == []


@pytest.mark.parametrize("name", ["019aa000-0000-7000-8000-000000000009", "notes"])
def test_a_folder_that_the_logbook_does_not_know(store: StoreWriter, name: str) -> None:
    shutil.copytree(store.path(store.recordings[0]), store.path(name))
    assert [finding.code for finding in defects(store.folder)] == ["recording-unknown"]
    shutil.rmtree(store.path(name))
    store.path(name).mkdir()
    assert {finding.code for finding in defects(store.folder)} == {"recording-unknown", "journal-empty"}


def test_an_open_recording_at_the_end_is_unknown_since_its_last_line(store: StoreWriter) -> None:
    store.boot()
    name = store.record(close=False)
    found = {finding.code: finding for finding in defects(store.folder)}
    assert found.keys() == {"open-recording", "unclosed"}
    last = at_of(store.lines(name)[-1])
    assert {(finding.since, finding.until) for finding in found.values()} == {(last, "")}


def test_the_place_of_a_finding_names_the_recording(store: StoreWriter) -> None:
    name = store.recordings[4]
    (store.path(name) / "media.sealed").write_bytes(b"")
    (finding,) = defects(store.folder)
    assert finding.place.file == f"recordings/{name}/media.sealed"


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "en",
            ["DEFECT", "not proved: from 2026-11-26T", "tail not provable", "unknown since", "5 recordings"],
        ),
        ("zh", ["录制不在", "无法证明的时段：2026-11-26T", "在存且完好的录制 5 次"]),
    ],
)
def test_it_is_said_from_when_to_when(
    store: StoreWriter, capsys: pytest.CaptureFixture[str], lang: str, said: list[str]
) -> None:
    shutil.rmtree(store.path(store.recordings[5]))
    assert main(["--lang", lang, "verify", str(store.folder)]) == 1
    out = capsys.readouterr().out
    assert [word for word in said if word not in out] == []
    assert main(["verify", str(store.folder), "--json"]) == 1
    first = json.loads(capsys.readouterr().out)["findings"][0]
    assert first["since"] < first["until"]


def test_a_head_that_was_seen_must_still_be_there(
    store: StoreWriter, capsys: pytest.CaptureFixture[str]
) -> None:
    head = store.head
    words = ["verify", str(store.logbook), "--since-head", f"{head.n}:{head.digest.hex()}"]
    main(["--lang", "en", *words])
    assert "DEFECT" not in capsys.readouterr().out
    kept = store.book_lines[:-1]
    store.write_book(kept)
    main(["--lang", "en", *words])
    out = capsys.readouterr().out
    assert "[logbook-cut]" in out and f"from {at_of(kept[-1])}, until when is unknown" in out
    for wrong in ("5", "x:" + "ab" * 32, "5:ab", "-1:" + "ab" * 32):
        with pytest.raises(SystemExit):
            main(["verify", str(store.logbook), f"--since-head={wrong}"])
    recording = str(store.path(store.recordings[0]))
    assert main(["verify", recording, "--since-head", f"5:{'ab' * 32}"]) == 2


def test_a_store_whose_recordings_are_all_gone_is_no_logbook_by_itself(store: StoreWriter) -> None:
    shutil.rmtree(store.folder / "recordings")
    assert [finding.code for finding in defects(store.folder)] == ["recording-missing"] * 6
    assert defects(store.logbook) == []


@pytest.mark.parametrize("place", ["", "recording"])
def test_a_sound_recording_beside_them_does_not_hide_the_others(store: StoreWriter, place: str) -> None:
    shutil.copytree(store.path(store.recordings[0]), store.folder / place, dirs_exist_ok=True)
    shutil.rmtree(store.path(store.recordings[1]))
    with pytest.raises(CallerError) as refused:
        verify(store.folder)
    assert refused.value.code == "several"


def test_a_pipe_for_a_journal_keeps_nobody_waiting(store: StoreWriter) -> None:
    path = store.path(store.recordings[0]) / "journal.jws"
    path.unlink()
    os.mkfifo(path)
    assert "journal-empty" in {finding.code for finding in defects(store.folder)}


def test_recipients_are_those_of_the_policy_that_the_evidence_proves(store: StoreWriter) -> None:
    other = with_other_recipients(store)
    found = [finding for finding in defects(store.folder) if finding.code == "recipients"]
    assert [str(finding.place) for finding in found] == [f"recordings/{other}/journal.jws, line 1"]
