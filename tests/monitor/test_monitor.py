"""A ledger followed from outside: in a folder of its public files, as any web server serves them."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from support.neighbour import Ledger, ed25519, fill
from zhilu.cli import main
from zhilu.monitor import sources
from zhilu.monitor.look import Fetch
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog import merkle
from zhilu.tlog.checkpoint import Checkpoint
from zhilu.tlog.cosign import cosign
from zhilu.tlog.note import Note, NoteSigner
from zhilu.tlog.tiles import HEIGHT, WIDTH, Tile, TileReader, parse_path, tile_of


class Outside:
    """What a ledger publishes, and a monitor of it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.public, self.state, self._capsys = folder / "public", folder / "state", capsys
        self.public.mkdir()
        self.place = str(self.public)
        self.ledger = Ledger()
        self.words = ["--key", self.ledger.signer.vkey, "--cosigner", self.ledger.keyholder.vkey]

    def publish(self, ledger: Ledger) -> None:
        level = 0
        while count := ledger.size >> HEIGHT * level:
            for index in range((count + WIDTH - 1) // WIDTH):
                path = tile_of(level, index, ledger.size).path
                (self.public / path).parent.mkdir(parents=True, exist_ok=True)
                (self.public / path).write_bytes(ledger.tile(path))
            level += 1
        (self.public / "checkpoint").write_bytes(ledger.publish())

    def look(self, *more: str) -> tuple[int, str]:
        code = main(["--lang", "en", "monitor", self.place, "--state", str(self.state), *self.words, *more])
        said = self._capsys.readouterr()
        return code, said.out + said.err

    @property
    def kept(self) -> list[Path]:
        return sorted(self.state.glob("contradictions/*"))


@pytest.fixture
def outside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Outside:
    """300 entries, seen."""
    made = Outside(tmp_path, capsys)
    fill(made.ledger, 300)
    made.publish(made.ledger)
    assert made.look("--begin")[0] == 0
    return made


def test_a_ledger_that_grows_is_followed(outside: Outside) -> None:
    assert outside.look() == (0, "300 entries, nothing new.\n")
    fill(outside.ledger, 700, 300)
    outside.publish(outside.ledger)
    assert outside.look() == (0, "1000 entries: it extends what was seen before.\n")
    assert json.loads((outside.state / "seen.json").read_bytes())["frontier"]["size"] == 1000
    assert outside.look()[0] == 0 and not outside.kept


def test_the_beginning_is_asked_for(outside: Outside, tmp_path: Path) -> None:
    outside.state = tmp_path / "another"
    code, said = outside.look()
    assert code == 2 and "monitor-new" in said


def test_two_ledgers_of_one_size_are_proved(outside: Outside) -> None:
    before = (outside.public / "checkpoint").read_bytes()
    outside.ledger.rewrite(7, at="2020-01-01T00:00:00.000Z")
    outside.publish(outside.ledger)
    code, said = outside.look()
    assert code == 1 and said.startswith("REWRITTEN: two ledgers of 300 entries")
    (kept,) = outside.kept
    assert kept.name.endswith("-fork")
    assert (kept / "seen.note").read_bytes() == before
    assert (kept / "signed.note").read_bytes() == (outside.public / "checkpoint").read_bytes()
    outside.look()
    assert outside.kept == [kept], "of the same two notes there is one"
    (outside.public / "checkpoint").write_bytes(before)
    code, said = outside.look()
    assert code == 1 and "Found before" in said, "a person takes it away, and nobody else"


def test_a_larger_ledger_with_another_past_is_found(outside: Outside) -> None:
    outside.ledger.rewrite(7, at="2020-01-01T00:00:00.000Z")
    fill(outside.ledger, 50, 300)
    outside.publish(outside.ledger)
    code, said = outside.look()
    assert code == 1 and "does not go with the one of 300" in said
    proof = json.loads((outside.kept[0] / "proof.json").read_bytes())
    assert proof and outside.kept[0].name.endswith("-consistency")
    assert json.loads((outside.state / "seen.json").read_bytes())["frontier"]["size"] == 300


def test_an_old_true_note_says_nothing_and_an_old_false_one_does(outside: Outside) -> None:
    old = outside.ledger.publish(120)
    (outside.public / "checkpoint").write_bytes(old)
    assert outside.look() == (
        0,
        "It shows 120 entries, and 300 were seen: an older note of the same ledger.\n",
    )
    assert json.loads((outside.state / "seen.json").read_bytes())["frontier"]["size"] == 300
    other = Ledger()
    fill(other, 120, 1)
    (outside.public / "checkpoint").write_bytes(other.publish())
    assert outside.look()[0] == 1


def test_what_is_not_signed_as_it_must_be_is_refused(outside: Outside) -> None:
    fill(outside.ledger, 1, 300)
    outside.publish(outside.ledger)
    note = outside.public / "checkpoint"
    good = note.read_bytes()
    for bad, code in (
        (outside.ledger.publish(cosigned=False), "quorum"),
        (good.replace(b"\n301\n", b"\n302\n"), "note-signature"),
        (b"", "note"),
        (bytes(70_000), "answer-too-long"),
    ):
        note.write_bytes(bad)
        exit_code, said = outside.look()
        assert (exit_code, f"[{code}]" in said) == (1, True), said
    outside.ledger.signer = NoteSigner(outside.ledger.signer.name, ed25519("nobody's"))
    note.write_bytes(outside.ledger.publish())
    assert "[note-signature]" in outside.look()[1]
    note.unlink()
    assert outside.look()[0] == 2
    assert not outside.kept, "none of it is a contradiction"


def test_tiles_that_are_none_lead_nowhere(outside: Outside) -> None:
    fill(outside.ledger, 300, 300)
    outside.publish(outside.ledger)
    tile = outside.public / "tile" / "0" / "002.p" / "88"
    good = tile.read_bytes()
    tile.write_bytes(good[:-1])
    assert outside.look()[0] == 1
    tile.unlink()
    code, said = outside.look()
    assert code == 1 and "[tile]" in said
    assert not outside.kept, "nothing was served that could bind two notes"
    tile.write_bytes(bytes(len(good)))
    assert "NOT THE SAME" in outside.look()[1] and len(outside.kept) == 1
    tile.write_bytes(good)
    assert "600 entries: it extends" in outside.look()[1], "it goes on, and what was found stays said"


def test_a_state_that_is_another_ledgers_or_damaged_is_not_used(outside: Outside) -> None:
    seen = outside.state / "seen.json"
    good = seen.read_bytes()
    for bad in (good[:-1], good.replace(b'"size":300', b'"size":301'), b"", b"[]"):
        seen.write_bytes(bad)
        code, said = outside.look()
        assert (code, "[monitor-state]" in said) == (2, True)
    seen.write_bytes(good)
    other = Ledger("qinghe")
    outside.words = ["--key", other.signer.vkey]
    assert "[monitor-other]" in outside.look()[1]
    assert seen.read_bytes() == good


@pytest.fixture
def web(outside: Outside) -> Iterator[Outside]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(outside.public)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    outside.place = f"http://127.0.0.1:{server.server_address[1]}/"
    yield outside
    server.shutdown()
    server.server_close()


def test_over_http_from_any_web_server(web: Outside) -> None:
    fill(web.ledger, 500, 300)
    web.publish(web.ledger)
    assert web.look() == (0, "800 entries: it extends what was seen before.\n")
    web.place = web.place.replace("127.0.0.1", "xingtai.demo.localhost")
    assert web.look() == (0, "800 entries, nothing new.\n"), "as a browser finds it"
    web.place = "http://127.0.0.1:1/"
    code, said = web.look()
    assert code == 2 and "[ledger-away]" in said
    web.place = "http://nowhere:port"
    assert "[monitor-place]" in web.look()[1]
    web.place = "ftp://nowhere"
    assert "[monitor-place]" in web.look()[1]


def test_a_rewriting_is_found_before_the_leaves_are_read(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside.ledger.rewrite(7, at="2020-01-01T00:00:00.000Z")
    fill(outside.ledger, 3000, 300)
    outside.publish(outside.ledger)
    asked: list[str] = []
    real = sources._read

    def read(path: Path) -> bytes:
        asked.append(str(path))
        return real(path)

    monkeypatch.setattr(sources, "_read", read)
    code, said = outside.look()
    assert code == 1 and "does not go with the one of 300" in said and len(outside.kept) == 1
    assert len(asked) < 8, "and not the 13 tiles of its leaves"


def test_a_look_that_is_broken_off_keeps_what_is_proved(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(outside.ledger, 2000, 300)
    outside.publish(outside.ledger)
    tile = outside.public / "tile" / "0" / "005"
    good = tile.read_bytes()
    tile.unlink()
    os.mkfifo(tile)  # nobody ever writes
    in_time = sources._in_time

    def impatient(fetch: Fetch, path: str, _until: float) -> bytes:
        return in_time(fetch, path, time.monotonic() + (0.2 if path.endswith("/005") else 60))

    monkeypatch.setattr(sources, "_in_time", impatient)
    for stage, read in ((2**16, 0), (256, 3 * 256)):
        monkeypatch.setattr("zhilu.monitor.look.STAGE", stage)
        code, said = outside.look()
        assert code == 2 and "[monitor-long]" in said
        kept = json.loads((outside.state / "seen.json").read_bytes())
        assert "\n2300\n" in kept["note"], "that it extends what was seen is proved"
        assert kept["frontier"]["size"] == 300 + read, "each stage is"

    before = (outside.public / "checkpoint").read_bytes()
    other = Ledger()
    fill(other, 2300, 5000)
    (outside.public / "checkpoint").write_bytes(other.publish())
    assert "REWRITTEN: two ledgers of 2300" in outside.look()[1], "though its leaves were not all read"
    (outside.public / "checkpoint").write_bytes(before)
    code, said = outside.look()
    assert code == 1 and "[monitor-long]" in said and "Found before" in said
    monkeypatch.setattr(sources, "_in_time", in_time)
    tile.unlink()
    for early in ("000", "001", "002", "003"):
        (outside.public / "tile" / "0" / early).unlink()
    code, said = outside.look()
    assert code == 1 and "[tile]" in said and "Found before" in said
    tile.write_bytes(good)
    assert "2300 entries: it extends" in outside.look()[1], "what was read is not read again"


def test_a_size_that_nobody_has_is_no_way_to_keep_a_monitor(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tree of 2^53 - 1 leaves that begins as the one that was seen; its tiles come without end."""
    huge, tiles = 2**53 - 1, Endless(outside.ledger)
    root = merkle.root(huge, TileReader(tiles.read, huge))
    signer = outside.ledger.signer
    note = Note.parse(checkpoints.sign(Checkpoint(signer.name, huge, root), signer))
    whole = note.add(cosign(note.text, outside.ledger.keyholder, 9)).format()
    in_time = sources._in_time

    def over(fetch: Fetch, path: str, until: float) -> bytes:
        """The time is, once the note is kept."""
        kept = str(huge) in (outside.state / "seen.json").read_text()
        return in_time(fetch, path, 0 if kept and path != "checkpoint" else until)

    monkeypatch.setattr(sources, "_in_time", over)
    monkeypatch.setattr(
        sources, "_read", lambda path: whole if path.name == "checkpoint" else tiles.read(path.as_posix())
    )
    code, said = outside.look()
    assert (code, "[monitor-long]" in said) == (2, True), said
    assert str(huge) in json.loads((outside.state / "seen.json").read_bytes())["note"]


class Endless:
    """Leaves of zeros after those that are there."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._kept: dict[tuple[int, int], bytes] = {}

    def read(self, path: str) -> bytes:
        tile = parse_path(path[path.index("tile/") :])
        assert isinstance(tile, Tile)
        first = WIDTH * tile.index
        return b"".join(self._hash(tile.level, at) for at in range(first, first + tile.width))

    def _hash(self, level: int, index: int) -> bytes:
        if level == 0:
            return self._ledger.hashes.read(0, index) if index < self._ledger.size else bytes(32)
        # All that lie behind what is there are alike.
        place = level, min(index, 2)
        if place not in self._kept:
            row = [self._hash(level - 1, WIDTH * place[1] + at) for at in range(WIDTH)]
            while len(row) > 1:
                row = [merkle.node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
            self._kept[place] = row[0]
        return self._kept[place]
