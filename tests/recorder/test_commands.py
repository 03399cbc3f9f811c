"""The commands as a person meets them: one plain line on bad input, exit 2, nothing half-made."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from support import programs
from support.lines import payloads
from support.patience import until
from support.recorder_world import World
from zhilu.cli import main
from zhilu.recorder.screen import Screen


def zhilu(*arguments):
    return main(["--lang", "en", "recorder", *map(str, arguments)])


def said(capsys):
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def tree(folder):
    return sorted((str(path.relative_to(folder)), path.stat().st_size) for path in folder.rglob("*"))


def test_init_makes_keys_and_papers_for_the_bureau(tmp_path):
    home = tmp_path / "r"
    assert zhilu("init", "--home", home, "--serial", "XT-0001") == 0
    enrol = json.loads((home / "enrol.json").read_bytes())
    assert enrol["serial"] == "XT-0001" and enrol["counter_kind"] == "file" and len(enrol["kid"]) == 43
    for name in ("evidence.key", "tls.key", "counter"):
        assert (home / name).stat().st_mode & 0o777 == 0o600
    assert (home / "tls.csr").read_bytes().startswith(b"-----BEGIN CERTIFICATE REQUEST")


@pytest.mark.parametrize("serial", ["", "x" * 65, 'a"b', "a\nb", "a\\b"])
def test_init_refuses_a_serial_number_that_is_none(tmp_path, capsys, serial):
    assert zhilu("init", "--home", tmp_path / "r", "--serial", serial) == 2
    assert said(capsys).endswith("[serial]")
    assert list(tmp_path.iterdir()) == []


def test_init_refuses_a_folder_that_holds_something(tmp_path, capsys):
    (tmp_path / "file").write_text("x")
    assert zhilu("init", "--home", tmp_path, "--serial", "X") == 2
    assert said(capsys).endswith("[exists]") and [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("command", [("status",), ("run", "--source", "test")])
def test_no_recorder_here(tmp_path, capsys, command):
    assert zhilu(*command, "--home", tmp_path) == 2
    assert said(capsys).endswith("[no-recorder]")


def test_a_recorder_that_no_bureau_has_adopted_does_not_record(tmp_path, capsys):
    home = tmp_path / "r"
    zhilu("init", "--home", home, "--serial", "X")
    capsys.readouterr()
    before = tree(home)
    assert zhilu("run", "--home", home, "--source", "test", "--seconds", 1) == 2
    assert said(capsys).endswith("[not-adopted]") and tree(home) == before
    assert zhilu("run", "--home", home, "--source", "none", "--dock", "127.0.0.1:0") == 2
    assert tree(home) == before


@pytest.mark.parametrize("source", ["missing.mp4", "empty.mp4"])
def test_a_source_that_cannot_be_opened_is_on_record(world, tmp_path, capsys, source):
    """Power-on is recording, or a signed reason why not; and one plain line for whoever gave the command."""
    (tmp_path / "empty.mp4").write_bytes(b"")
    assert zhilu("run", "--home", world.home.folder, "--source", tmp_path / source) == 2
    assert said(capsys).endswith("[source]")
    boot, _storage, reason, shutdown = payloads(world.home.logbook)[-4:]
    assert (boot["type"], reason["type"], reason["reason"]) == ("boot", "not-recording", "camera")
    assert source in reason["detail"] and shutdown["reason"] == "not-recording"
    assert list(world.home.recordings.iterdir()) == []


def test_no_source_without_a_dock_is_a_mistake(world, capsys):
    before = tree(world.home.folder)
    assert zhilu("run", "--home", world.home.folder, "--source", "none") == 2
    assert said(capsys).endswith("[source]") and tree(world.home.folder) == before


def test_a_tcp_port_in_use_leaves_no_trace(world, capsys):
    before = tree(world.home.folder)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert (
            zhilu("run", "--home", world.home.folder, "--source", "test", "--seconds", 1, "--dock", address)
            == 2
        )
    assert said(capsys).endswith("[tcp-port]") and tree(world.home.folder) == before


@pytest.mark.parametrize("address", ["8631", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", ":8631"])
def test_an_address_that_is_none(world, capsys, address):
    assert zhilu("run", "--home", world.home.folder, "--source", "none", "--dock", address) == 2
    assert said(capsys).endswith("[address]")


def test_a_key_that_others_can_read_is_not_used(world, capsys):
    world.home.file("evidence.key").chmod(0o640)
    assert zhilu("run", "--home", world.home.folder, *SHORT) == 2
    assert said(capsys).endswith("[key-mode]")


def test_two_processes_of_one_recorder(world, capsys):
    with world.home.locked():
        assert zhilu("run", "--home", world.home.folder, *SHORT) == 2
    assert said(capsys).endswith("[in-use]")
    assert zhilu("run", "--home", world.home.folder, *SHORT) == 0


def test_status_in_both_languages(world, capsys):
    zhilu("run", "--home", world.home.folder, "--source", "test", "--seconds", 1)
    capsys.readouterr()
    assert zhilu("status", "--home", world.home.folder) == 0
    english = capsys.readouterr().out
    assert "XT-0001" in english and "recordings: 1" in english and "not yet cleared 1" in english
    assert main(["--lang", "zh", "recorder", "status", "--home", str(world.home.folder)]) == 0
    chinese = capsys.readouterr().out
    assert "序列号" in chinese and "未清除 1" in chinese


def test_the_logbook_tells_a_life_in_order(world):
    assert zhilu("run", "--home", world.home.folder, "--source", "test", "--seconds", 1) == 0
    lines = payloads(world.home.logbook)
    kinds = [line["type"] for line in lines]
    assert kinds == [
        "enrolled",
        "trust-changed",
        "trust-changed",
        "assigned",
        "boot",
        "storage",
        "recording-opened",
        "recording-closed",
        "shutdown",
    ]
    assert [line["counter"] for line in lines if "counter" in line] == [0, 1, 2, 3]
    import hashlib

    assert lines[4]["checkpoint"] == hashlib.sha256(world.note).hexdigest()


def test_nothing_on_storage_shows_picture_or_key(world):
    """The one thing in the clear that the scene's header would show is its box names."""
    zhilu("run", "--home", world.home.folder, "--source", "test", "--seconds", 1)
    for path in world.home.folder.rglob("*"):
        if path.is_file():
            assert b"moov" not in path.read_bytes() and b"mdat" not in path.read_bytes(), path


STOPS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]


def test_a_program_hears_sighup_where_its_test_does():
    """Whatever the first test did whose program was forked from the same process."""
    said = "import signal; print(signal.getsignal(signal.SIGHUP) == signal.SIG_IGN)"
    heard = []
    for handler in (signal.SIG_IGN, signal.SIG_DFL):
        signal.signal(signal.SIGHUP, handler)
        heard.append(programs.run([sys.executable, "-c", said], capture_output=True, text=True).stdout)
    assert heard == ["True\n", "False\n"]


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_ends_the_recording_in_order(world, number):
    process = programs.Popen(
        [
            sys.executable,
            "-m",
            "zhilu.cli",
            "recorder",
            "run",
            "--home",
            world.home.folder,
            "--source",
            "test",
        ],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "ZHILU_LANG": "en"},
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("● recording")
    until(lambda: sum(path.read_bytes().count(b"\n") for path in world.home.recordings.glob("*/*.jws")) > 2)
    process.send_signal(number)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and "○ not recording" in rest
    kinds = [line["type"] for line in payloads(world.home.logbook)]
    assert kinds[-2:] == ["recording-closed", "shutdown"]
    (folder,) = world.home.recordings.iterdir()
    journal = payloads(folder / "journal.jws")
    assert journal[-1]["reason"] == "power-off"
    assert journal[-1]["segments"] == sum(line["type"] == "segment" for line in journal) >= 2


@pytest.mark.parametrize("source", [("none",), ("test", "--seconds", "1")])
@pytest.mark.parametrize("number", STOPS)
def test_a_signal_between_recording_and_dock_ends_the_dock_in_order(world, monkeypatch, number, source):
    say = Screen.say

    def told(screen, text):
        say(screen, text)
        if text.startswith("in the dock"):
            os.kill(os.getpid(), number)

    def torn_out(*_):
        raise AssertionError("by the process's own handler")

    monkeypatch.setattr(Screen, "say", told)
    before = signal.signal(number, torn_out)
    try:
        words = ["--lang", "en", "recorder", "run", "--home", str(world.home.folder), "--source", *source]
        assert main([*words, "--dock", "127.0.0.1:0"]) == 0
    finally:
        signal.signal(number, before)
    assert payloads(world.home.logbook)[-1]["type"] == "shutdown"
    assert payloads(world.home.logbook)[-1]["reason"] == "power-off"


@pytest.mark.parametrize("numbers", [[signal.SIGTERM], [signal.SIGHUP], [signal.SIGINT] * 2])
def test_the_end_of_all_ends_recording_and_dock_at_once_another_signal_one_of_them(
    world, monkeypatch, numbers
):
    say, left = Screen.say, list(numbers)

    def told(screen, text):
        say(screen, text)
        if text.startswith(("● recording", "in the dock")) and left:
            os.kill(os.getpid(), left.pop(0))

    monkeypatch.setattr(Screen, "say", told)
    words = ["--lang", "en", "recorder", "run", "--home", str(world.home.folder), "--source", "test"]
    assert main([*words, "--dock", "127.0.0.1:0"]) == 0
    assert not left
    last = payloads(world.home.logbook)[-2:]
    assert [line["type"] for line in last] == ["recording-closed", "shutdown"]
    assert last[1]["reason"] == "power-off"


def test_who_is_told_to_outlive_his_terminal_does(world, monkeypatch):
    say, handlers = Screen.say, []

    def told(screen, text):
        say(screen, text)
        handlers.append(signal.getsignal(signal.SIGHUP))

    monkeypatch.setattr(Screen, "say", told)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    words = ["--lang", "en", "recorder", "run", "--home", str(world.home.folder), "--source", "test"]
    assert main([*words, "--seconds", "1"]) == 0
    assert set(handlers) == {signal.SIG_IGN}


def test_a_signal_that_comes_when_the_recording_has_ended_by_itself_is_the_docks(world, monkeypatch):
    @contextmanager
    def desk(*_):
        yield
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("zhilu.recorder.run.desk", desk)
    words = ["--lang", "en", "recorder", "run", "--home", str(world.home.folder), "--source", "test"]
    assert main([*words, "--seconds", "1", "--dock", "127.0.0.1:0"]) == 0
    assert payloads(world.home.logbook)[-1]["reason"] == "power-off"


SHORT = ("--source", "test", "--seconds", "4")


def test_a_screen_that_is_gone_stops_nothing(world):
    process = subprocess.Popen(
        [sys.executable, "-m", "zhilu.cli", "recorder", "run", "--home", world.home.folder, *SHORT],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    process.wait(timeout=60)
    assert [line["type"] for line in payloads(world.home.logbook)][-2:] == ["recording-closed", "shutdown"]


def test_a_terminal_sees_one_line_that_renews_itself(world):
    import io

    from zhilu.recorder.screen import elapsed, size

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    class Shown:
        duration_us, segments = 3_723_000_000, 5

    out = Terminal()
    screen = Screen(out)
    for _ in range(3):
        screen.recording(world.officer, Shown(), (5 * 2**30, 10 * 2**30))
    assert out.getvalue().count("\n") == 0 and out.getvalue().count("\r●") == 3
    assert "01:02:03" in out.getvalue() and "5.0 GB" in out.getvalue()
    assert (elapsed(59_999_999), size(0), size(2**40)) == ("00:00:59", "0 B", "1.0 TB")


def test_every_line_of_a_demonstration_says_so():
    import io

    for ledger, begins in (("julu.demo.localhost/ledger", "DEMO "), ("julu.tax.example/ledger", "")):
        out = io.StringIO()
        screen = Screen(out)
        screen.belongs_to(ledger)
        screen.fault("write-error", "EIO")
        screen.storage(9)
        assert len(out.getvalue().splitlines()) == 2
        assert all(line.startswith("DEMO ") is bool(begins) for line in out.getvalue().splitlines())


# -- adoption


def test_adopting_again_renews_the_papers(world):
    before = len(payloads(world.home.logbook))
    papers = world.papers()
    assert world.adopt(papers.__class__(**papers.__dict__ | {"entries": _renewed(world)})) == 1
    assert world.home.file("tls.crt").read_bytes() == papers.certificate
    assert len(payloads(world.home.logbook)) == before + 1


def test_a_certificate_is_renewed_without_entries(world, tmp_path, capsys):
    papers = world.papers(entries=b"")
    for name in ("trust", "certificate", "roots", "crl"):
        (tmp_path / name).write_bytes(getattr(papers, name))
    before = len(payloads(world.home.logbook))
    given = ["--trust", tmp_path / "trust", "--cert", tmp_path / "certificate", "--roots", tmp_path / "roots"]
    assert zhilu("adopt", "--home", world.home.folder, *given, "--crl", tmp_path / "crl") == 0
    assert world.home.file("tls.crt").read_bytes() == papers.certificate
    assert len(payloads(world.home.logbook)) == before
    fresh = tmp_path / "fresh"
    zhilu("init", "--home", fresh, "--serial", "X")
    capsys.readouterr()
    assert zhilu("adopt", "--home", fresh, *given) == 2
    assert not (fresh / "logbook.jws").exists()


def test_a_recorder_is_not_adopted_under_other_ledger_keys(world, tmp_path):
    """Same root, another ledger: whoever has the root key alone cannot turn a recorder."""
    from zhilu.errors import DataError

    other = World(tmp_path / "o")
    other.authority, other.signer = world.authority, world.signer
    papers = world.papers(entries=b"", trust=other.trust())
    with pytest.raises(DataError) as refused:
        world.adopt(papers)
    assert refused.value.code == "trust"


@pytest.mark.parametrize("changed", [{"recorder": "A" * 43}, {"serial": "XT-0002"}])
def test_the_enrolment_of_another_recorder_is_not_ours(tmp_path, changed):
    from zhilu.errors import DataError

    world = World(tmp_path / "w")
    papers = json.loads(world.papers().entries)
    core = {"recorder": world.signer.kid, "serial": world.serial} | changed
    index = world.ledger.add("recorder-enrolled/1", core)
    note = world.ledger.note()
    papers |= {"checkpoint": note.decode(), "entries": []}
    papers["enrolled"] = world.ledger.prove(index, note).to_json()
    before = tree(world.home.folder)
    with pytest.raises(DataError) as refused:
        world.adopt(world.papers(entries=json.dumps(papers).encode()))
    assert refused.value.code == "enrolled" and tree(world.home.folder) == before


def _renewed(world):
    """A newer policy, proved under a newer checkpoint that extends the one held."""
    from zhilu.tlog.checkpoint import parse
    from zhilu.tlog.note import Note

    held = parse(Note.parse(world.home.file("checkpoint").read_bytes()).text).size
    index = world.ledger.add("policy-set/1", world.policy_core(version=2))
    note = world.ledger.note()
    body = {
        "checkpoint": note.decode(),
        "consistency": [value.hex() for value in world.ledger.consistency(held)],
        "entries": [world.ledger.prove(index, note).to_json()],
        "enrolled": world.ledger.prove(0, note).to_json(),
    }
    return json.dumps(body).encode()


def _spoiled(world, other):
    """name → (what is changed of the papers, the code of the refusal)"""
    from zhilu.pki import certificates

    good = world.papers()
    entries = json.loads(good.entries)
    stranger_csr = certificates.make_csr(certificates.new_key(), world.signer.kid, "x")
    from datetime import UTC, datetime

    now = datetime.now(UTC)

    def body(**changed):
        return {"entries": json.dumps(entries | changed).encode()}

    csr = world.home.file("tls.csr").read_bytes()
    return good, {
        "certificate of another key": (
            {"certificate": world.authority.issue(stranger_csr, "recorder", now)},
            "certificate",
        ),
        "certificate in another role": ({"certificate": world.authority.issue(csr, "station", now)}, "role"),
        "certificate of another bureau": (
            {"certificate": other.authority.issue(csr, "recorder", now)},
            "certificate",
        ),
        "roots of another bureau": ({"roots": other.roots()}, "certificate"),
        "certificate that is none": ({"certificate": b"x"}, "certificate"),
        "list of another bureau": ({"crl": (other.authority.folder / "crl.pem").read_bytes()}, "crl"),
        "trust that is none": ({"trust": b"{}"}, "field"),
        "trust of another ledger": ({"trust": other.trust()}, "certificate"),
        "entries that are none": ({"entries": b"[]"}, "json"),
        "no enrolment": (body(enrolled=None), "field"),
        "another entry as enrolment": (body(enrolled=entries["entries"][0]), "kind"),
        "an entry altered": (body(entries=[entries["entries"][0] | {"core": "e30"}]), "payload"),
    }


SPOILED = [
    "certificate of another key",
    "certificate in another role",
    "certificate of another bureau",
    "roots of another bureau",
    "certificate that is none",
    "list of another bureau",
    "trust that is none",
    "trust of another ledger",
    "entries that are none",
    "no enrolment",
    "another entry as enrolment",
    "an entry altered",
]


@pytest.mark.parametrize("name", SPOILED)
def test_papers_that_are_not_in_order_change_nothing(tmp_path, name):
    from zhilu.errors import DataError

    world, other = World(tmp_path / "w"), World(tmp_path / "o", "qinghe")
    good, cases = _spoiled(world, other)
    assert set(cases) == set(SPOILED)
    changed, wanted = cases[name]
    before = tree(world.home.folder)
    with pytest.raises(DataError) as refused:
        world.adopt(good.__class__(**good.__dict__ | changed))
    assert refused.value.code == wanted
    assert tree(world.home.folder) == before


def test_held_entries_that_were_exchanged_are_not_believed(world, tmp_path, capsys):
    """Whoever can write the recorder's storage cannot make himself a recipient, nor go back to an older
    policy."""
    held = json.loads(world.home.file("adopted.json").read_bytes())
    his = World(tmp_path / "his")
    his.found()
    note = his.ledger.note()
    mine = his.ledger.prove(his.policy_index, note).to_json()
    for entries, wanted in (
        ([mine], "note-signature"),
        (held["entries"][1:], "adopted"),
        ([], "adopted"),
    ):
        world.home.file("adopted.json").write_text(json.dumps({"entries": entries}))
        assert zhilu("run", "--home", world.home.folder, "--source", "test", "--seconds", 1) == 2
        assert said(capsys).endswith(f"[{wanted}]")
    world.home.file("adopted.json").unlink()
    assert zhilu("run", "--home", world.home.folder, "--source", "test", "--seconds", 1) == 2
