"""`zhilu verify` as a person uses it: exit codes, what is said and in which language, where files lie."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support import recordings
from support.recordings import ORIGIN, RECORDING, Maker
from support.vectors.files import rewrite
from zhilu.browser.runner import find_node
from zhilu.cli import main
from zhilu.sealed.lines import JOURNAL, LOGBOOK

BROWSER = Path(__file__).parents[2] / "src/zhilu/browser"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Maker().make().write(tmp_path)


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: object, lang: str = "en") -> tuple[int, str, str]:
        code = main(["--lang", lang, "verify", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_sound_and_anchored(folder: Path, verify: Run) -> None:
    for path in (folder, folder / "recording"):
        code, out, err = verify(path, "--trust", folder / "trust.json")
        assert (code, err) == (0, "")
        assert out.startswith("Sound and anchored")
        for said in (
            "camera (captured)",
            "XT-0001",
            "not before 2026-11-24T09:40:03",
            "in hardware",
            "SHA-256",
        ):
            assert said in out
    code, out, _ = verify(folder, "--trust", folder / "trust.json", lang="zh")
    assert code == 0
    assert "Sound" not in out
    assert any("\u4e00" <= char <= "\u9fff" for char in out)


@pytest.mark.parametrize(("origin", "is_one"), [("julu.demo.localhost/ledger", True), (ORIGIN, False)])
def test_evidence_of_a_demonstration_is_said_to_be_one(
    tmp_path: Path, verify: Run, monkeypatch: pytest.MonkeyPatch, origin: str, is_one: bool
) -> None:
    monkeypatch.setattr(recordings, "ORIGIN", origin)
    folder = recordings.Maker().make().write(tmp_path)
    code, out, _ = verify(folder, "--trust", folder / "trust.json")
    assert code == 0 and ("DEMO: " in out.splitlines()[1]) is is_one
    done = subprocess.run(
        [find_node(), BROWSER / "verify-node.mjs", "--lang", "en", folder, "--trust", folder / "trust.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ("DEMO" in done.stdout) is is_one, done.stderr


def test_without_trust_it_is_consistent_and_not_anchored(folder: Path, verify: Run) -> None:
    code, out, _ = verify(folder)
    assert code == 1
    assert out.startswith("Consistent, not anchored")


def test_a_trust_document_that_lies_with_the_evidence_is_not_taken(folder: Path, verify: Run) -> None:
    assert (folder / "trust.json").exists()
    assert verify(folder)[0] == 1


def test_the_first_defect_is_named_with_layer_and_place(folder: Path, verify: Run) -> None:
    media = folder / "recording/media.sealed"
    data = bytearray(media.read_bytes())
    data[400] ^= 1
    media.write_bytes(data)
    code, out, _ = verify(folder, "--trust", folder / "trust.json")
    assert code == 1
    assert out.startswith("DEFECT")
    assert "[segment-hash]" in out
    assert "media.sealed, segment 1, offset 296" in out


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("recording/journal.jws", "closed-as"),
        ("recording/media.sealed", "media-short"),
        ("logbook.jws", "torn-tail"),
        ("receipt.json", "json"),
    ],
)
def test_a_truncated_file(folder: Path, verify: Run, name: str, code: str) -> None:
    data = (folder / name).read_bytes()
    cut = b"".join(data.splitlines(keepends=True)[:-1]) if "journal" in name else data[:-1]
    (folder / name).write_bytes(cut)
    status, out, _ = verify(folder, "--trust", folder / "trust.json")
    assert status == 1
    assert f"[{code}]" in out


def test_a_file_that_is_not_there(folder: Path, verify: Run) -> None:
    (folder / "recording/media.sealed").unlink()
    code, out, _ = verify(folder, "--trust", folder / "trust.json")
    assert (code, "[media-short]" in out) == (1, True)
    (folder / "receipt.json").unlink()
    (folder / "logbook.jws").unlink()
    code, out, _ = verify(folder, "--trust", folder / "trust.json")
    assert (code, "[no-key]" in out) == (1, True)


def test_what_cannot_be_read_is_one_plain_line(folder: Path, verify: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    long = tmp_path / "long.json"
    long.write_bytes(b" " * (2**20 + 1))
    for words in [
        (tmp_path / "nothing",),
        (empty,),
        (folder, "--trust", tmp_path / "nothing"),
        (folder, "--trust", empty),
        (folder, "--trust", long),
        (folder, "--trust", folder / "receipt.json"),
        (folder, "--trust", folder / "recording/media.sealed"),
    ]:
        code, out, err = verify(*words)
        assert code == 2
        assert out == ""
        assert err.count("\n") == 1
        assert "Traceback" not in err


def test_a_receipt_beyond_the_limit(folder: Path, verify: Run) -> None:
    (folder / "receipt.json").write_bytes(b" " * (8 * 2**20 + 1))
    assert verify(folder)[0] == 2


def test_a_line_without_end_is_not_read_into_memory(folder: Path, verify: Run) -> None:
    with (folder / "recording/journal.jws").open("wb") as file:
        file.truncate(3 * 2**30)  # sparse: three GiB of zeros
    code, out, _ = verify(folder, "--trust", folder / "trust.json")
    assert code == 1
    assert "[line-too-long]" in out


def test_a_folder_named_for_another_recording(folder: Path, verify: Run) -> None:
    right, wrong = folder / str(RECORDING), folder / "019ab4c5-0000-7000-8000-00000000002a"
    shutil.copytree(folder / "recording", right)
    shutil.copytree(folder / "recording", wrong)
    assert verify(right, "--trust", folder / "trust.json")[0] == 0
    code, out, _ = verify(wrong, "--trust", folder / "trust.json")
    assert (code, "[id]" in out) == (1, True)


@pytest.mark.parametrize("name", ["journal.jws", "media.sealed"])
def test_one_part_of_a_recording_is_not_taken_for_a_logbook(folder: Path, verify: Run, name: str) -> None:
    code, out, _ = verify(folder / "recording" / name, "--trust", folder / "trust.json")
    assert (code, str(RECORDING) in out) == (0, True)


def test_a_logbook_alone(folder: Path, verify: Run) -> None:
    code, out, _ = verify(folder / "logbook.jws", "--trust", folder / "trust.json")
    assert code == 0
    assert "1 recordings, 0 cleared, 0 open" in out
    assert "unknown since" in out
    # These are of one recording, not of the logbook.
    assert "bracket" not in out
    assert "officer check" not in out
    (folder / "receipt.json").unlink()
    assert verify(folder / "logbook.jws", "--trust", folder / "trust.json")[0] == 1


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_a_logbook_cut_before_what_its_receipt_says(folder: Path, verify: Run, lines: int) -> None:
    """The receipt beside it proves that a recording was closed in it: an earlier end was made later."""
    logbook = folder / "logbook.jws"
    logbook.write_bytes(b"".join(logbook.read_bytes().splitlines(True)[:lines]))
    code, out, _ = verify(logbook, "--trust", folder / "trust.json")
    assert code == 1
    assert ("[open-recording]" if lines == 3 else "[id]") in out


def test_a_logbook_of_a_key_revoked_after_its_receipt(tmp_path: Path, verify: Run) -> None:
    """Lines of after the receipt lie in no bracket: whoever stole the key may have added them."""
    kid = Maker().recorder.kid
    revoked = [{"kid": kid, "since": "2026-12-24T00:00:00.000Z", "reason": "stolen"}]
    folder = Maker(trust_changes={"revoked": revoked}).make().write(tmp_path)
    assert verify(folder, "--trust", folder / "trust.json")[0] == 0
    code, out, _ = verify(folder / "logbook.jws", "--trust", folder / "trust.json")
    assert code == 1 and "[revoked-within]" in out


def test_the_report_as_json(folder: Path, verify: Run) -> None:
    code, out, _ = verify(folder, "--trust", folder / "trust.json", "--json")
    report: dict[str, Any] = json.loads(out)
    assert code == 0
    assert (report["sound"], report["anchored"], report["findings"]) == (True, True, [])
    (folder / "recording/media.sealed").write_bytes(b"")
    code, out, _ = verify(folder, "--json")
    first = json.loads(out)["findings"][0]
    assert (code, first["code"], first["layer"], first["defect"]) == (1, "media-short", "media", True)


@pytest.mark.parametrize(("origin", "said"), [("file", "not captured"), ("test", "not captured")])
def test_what_was_not_captured_is_never_called_so(
    tmp_path: Path, verify: Run, origin: str, said: str
) -> None:
    folder = Maker(origin=origin).make().write(tmp_path)
    code, out, _ = verify(folder, "--trust", folder / "trust.json")
    assert code == 0
    assert said in out
    assert "(captured" not in out


def test_a_tail_that_cannot_be_proved_is_said_to_be_so(tmp_path: Path, verify: Run) -> None:
    folder = Maker(counter_kind="file").make().write(tmp_path)
    assert "tail not provable" in verify(folder, "--trust", folder / "trust.json")[1]


def test_a_counter_in_hardware_is_believed_to_the_ledger_only(tmp_path: Path, verify: Run) -> None:
    """Whoever has the key can write `tpm` into a logbook."""
    folder = Maker(counter_kind="tpm", enrolled_changes={"counter_kind": "file"}).make().write(tmp_path)
    code, out, _ = verify(folder, "--trust", folder / "trust.json")
    assert (code, "file: tail not provable" in out) == (0, True)


def test_a_power_cut_accuses_nobody(tmp_path: Path, verify: Run) -> None:
    folder = Maker(cut=True).make().write(tmp_path)
    code, out, _ = verify(folder, "--trust", folder / "trust.json")
    assert code == 0
    assert "[recovered]" in out


def test_no_file_writes_its_own_verdict(tmp_path: Path, verify: Run) -> None:
    """A recorder's serial that clears the screen and says that all is well."""
    spoof = "\x1b[2J\x1b[H\nSound and anchored: as the recorder signed it\x07"
    sample = Maker().make()
    lines = rewrite(sample.logbook_lines, lambda p: p[0].update(serial=spoof), sample.recorder, LOGBOOK)
    sample.logbook = b"".join(lines)
    journal = rewrite(sample.journal_lines, lambda p: p[0].update(officer=spoof), sample.recorder, JOURNAL)
    sample.journal = b"".join(journal)
    sample.trust["name"] = {"en": spoof, "zh": spoof}
    folder = sample.write(tmp_path)
    code, out, _ = verify(folder, "--trust", folder / "trust.json")
    assert code == 1
    assert "\x1b" not in out
    assert "\x07" not in out
    assert not any(line.startswith("Sound and anchored") for line in out.splitlines())


def test_everything_that_can_be_found_has_a_sentence(folder: Path) -> None:
    from support.vectors.judge import read
    from zhilu.verify.words import SENTENCES

    vectors = Path(__file__).parents[2] / "spec/vectors"
    read_ones = [read(path) for path in vectors.glob("*/*.vector")]
    codes = {
        vector["expect"] for vector in read_ones if vector["input"] in ("recording", "journal", "logbook")
    }
    assert codes - {"ok", "not-anchored"} - SENTENCES.keys() == set()


def test_revocation_is_said(tmp_path: Path, verify: Run) -> None:
    sample = Maker().make()
    revoked = {"kid": sample.recorder.kid, "since": "2026-11-24T10:00:00.000Z", "reason": "lost"}
    sample.trust["revoked"] = [revoked]
    folder = sample.write(tmp_path)
    code, out, _ = verify(folder, "--trust", folder / "trust.json")
    assert (code, "[revoked-within]" in out) == (1, True)


@pytest.mark.parametrize(
    ("since", "code"),
    [("2026-11-24T09:00:00.000Z", "revoked"), ("2026-11-24T13:00:00.000Z", "revoked-within")],
)
def test_no_checkpoint_covers_the_end_of_a_logbook(
    tmp_path: Path, verify: Run, since: str, code: str
) -> None:
    """A recording stored before 12:40 stays sound; a logbook may have been written on with the stolen key."""
    sample = Maker().make()
    sample.trust["revoked"] = [{"kid": sample.recorder.kid, "since": since, "reason": "lost"}]
    folder = sample.write(tmp_path)
    status, out, _ = verify(folder / "logbook.jws", "--trust", folder / "trust.json")
    assert (status, f"[{code}]" in out) == (1, True)
    recording = verify(folder, "--trust", folder / "trust.json")[0]
    assert recording == (1 if code == "revoked" else 0)


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_media_that_are_no_file(folder: Path, verify: Run, make: Callable[[Path], None]) -> None:
    """A pipe would keep the verifier waiting for ever."""
    media = folder / "recording/media.sealed"
    media.unlink()
    make(media)
    code, out, err = verify(folder, "--trust", folder / "trust.json")
    assert (code, out) == (2, "") and "[no-recording]" in err


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_chinese_gets_the_verdict_all_the_same(folder: Path, encoding: str) -> None:
    words = [sys.executable, "-m", "zhilu.cli", "verify", str(folder), "--trust", str(folder / "trust.json")]
    done = subprocess.run(
        words,
        env={**os.environ, "PYTHONIOENCODING": encoding, "ZHILU_LANG": "zh"},
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_is_full_is_no_verdict(folder: Path, unbuffered: str) -> None:
    words = [sys.executable, "-m", "zhilu.cli", "verify", str(folder), "--trust", str(folder / "trust.json")]
    with Path("/dev/full").open("w") as full:
        environ = os.environ | {"PYTHONUNBUFFERED": unbuffered}
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, timeout=60, env=environ)
    assert done.returncode == 2 and b"[unwritable]" in done.stderr and b"Traceback" not in done.stderr
