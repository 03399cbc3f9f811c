"""`zhilu unseal`: what comes out is what was sealed, or nothing comes out."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from support.recordings import Maker, Sample, fixed_key
from support.vectors.files import rewrite
from zhilu.cli import main
from zhilu.sealed.lines import JOURNAL

Run = Callable[..., tuple[int, str]]


def pem(name: str, folder: Path, key: ec.EllipticCurvePrivateKey | None = None) -> Path:
    path = folder / f"{name}.pem"
    key = key or fixed_key(name)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


@pytest.fixture
def unseal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs it on a sample with the keys of these names; checks that a refusal leaves nothing behind."""

    def run(sample: Sample, *names: str, out: str = "out.mp4") -> tuple[int, str]:
        folder = sample.write(tmp_path / "evidence")
        keys = [word for name in names for word in ("--key", str(pem(name, tmp_path)))]
        before = sorted(tmp_path.rglob("*"))
        code = main(["--lang", "en", "unseal", str(folder), *keys, "-o", str(tmp_path / out)])
        if code:
            assert sorted(tmp_path.rglob("*")) == before
        return code, capsys.readouterr().err

    return run


@pytest.mark.parametrize("name", ["county escrow", "county keyholder"])
def test_what_was_sealed_comes_out(unseal: Run, tmp_path: Path, name: str) -> None:
    sample = Maker().make()
    assert unseal(sample, name) == (0, "")
    assert (tmp_path / "out.mp4").read_bytes() == b"".join(sample.plaintexts)
    assert (tmp_path / "out.mp4").stat().st_mode & 0o777 == 0o600


def test_a_request_to_end_leaves_nothing(
    unseal: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*_args: object) -> bytes:
        os.kill(os.getpid(), signal.SIGTERM)
        return b""

    monkeypatch.setattr("zhilu.verify.unseal.open_segment", ended)
    with pytest.raises(SystemExit):
        unseal(Maker().make(), "county escrow")
    assert list(tmp_path.glob("*out.mp4*")) + list(tmp_path.glob(".*")) == []


def test_two_shares_need_two_keys(unseal: Run, tmp_path: Path) -> None:
    sample = Maker(city=True).make()
    code, err = unseal(sample, "county escrow")
    assert code == 2
    assert "2 shares" in err
    assert unseal(sample, "county escrow", "county keyholder")[0] == 2
    assert unseal(sample, "county escrow", "city escrow")[0] == 0
    assert (tmp_path / "out.mp4").read_bytes() == b"".join(sample.plaintexts)


def test_a_key_that_is_none_of_the_recipients(unseal: Run) -> None:
    code, err = unseal(Maker().make(), "recorder")
    assert code == 2
    assert "not-a-recipient" in err


@pytest.mark.parametrize("at", [10, 400, -1])
def test_altered_media_give_nothing(unseal: Run, at: int) -> None:
    sample = Maker().make()
    media = bytearray(sample.media)
    media[at] ^= 1
    sample.media = bytes(media)
    code, err = unseal(sample, "county escrow")
    assert code == 2
    assert "segment-hash" in err


def test_truncated_media_give_nothing(unseal: Run) -> None:
    sample = Maker().make()
    sample.media = sample.media[:-1]
    assert "media-short" in unseal(sample, "county escrow")[1]


def test_an_altered_journal_gives_nothing(unseal: Run) -> None:
    sample = Maker().make()
    lines = sample.journal_lines
    sample.journal = b"".join([*lines[:2], *lines[3:]])
    code, err = unseal(sample, "county escrow")
    assert code == 2
    assert "sequence" in err


def test_a_commitment_that_is_not_the_keys(unseal: Run) -> None:
    """A rooted recorder commits to another key than it sealed."""
    sample = Maker().make()
    lines = rewrite(
        sample.journal_lines, lambda p: p[0].update(key_commitment="00" * 32), sample.recorder, JOURNAL
    )
    sample.journal = b"".join(lines)
    code, err = unseal(sample, "county escrow")
    assert code == 2
    assert "commitment" in err


def test_without_receipt_and_logbook_nobody_knows_whose_journal_it_is(unseal: Run, tmp_path: Path) -> None:
    sample = Maker().make()
    folder = sample.write(tmp_path / "bare")
    (folder / "receipt.json").unlink()
    (folder / "logbook.jws").unlink()
    key = str(pem("county escrow", tmp_path))
    out = tmp_path / "out.mp4"
    assert main(["unseal", str(folder / "recording"), "--key", key, "-o", str(out)]) == 2
    assert not out.exists()


def test_an_existing_file_is_not_overwritten(unseal: Run, tmp_path: Path) -> None:
    (tmp_path / "out.mp4").write_bytes(b"mine")
    code, err = unseal(Maker().make(), "county escrow")
    assert code == 2
    assert "exists" in err
    assert (tmp_path / "out.mp4").read_bytes() == b"mine"


def test_a_place_that_cannot_be_written(unseal: Run) -> None:
    assert unseal(Maker().make(), "county escrow", out="nowhere/out.mp4")[0] == 2


def test_keys_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Maker().make().write(tmp_path / "evidence")
    other = pem("p384", tmp_path, ec.generate_private_key(ec.SECP384R1()))
    text = tmp_path / "text.pem"
    text.write_text("no key")
    long = tmp_path / "long.pem"
    long.write_bytes(b"x" * 20_000)
    for key in (other, text, long, tmp_path / "nothing.pem"):
        out = tmp_path / "out.mp4"
        assert main(["unseal", str(folder), "--key", str(key), "-o", str(out)]) == 2
        assert capsys.readouterr().err.count("\n") == 1
        assert not out.exists()


def test_a_recording_without_segments_says_so(unseal: Run) -> None:
    sample = Maker().make()
    sample.journal = sample.journal_lines[0]
    code, err = unseal(sample, "county escrow")
    assert code == 2
    assert "journal-empty" in err


def test_where_no_hard_links_are(unseal: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A memory stick with FAT knows none."""

    def refuses(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuses)
    sample = Maker().make()
    assert unseal(sample, "county escrow")[0] == 0
    assert (tmp_path / "out.mp4").read_bytes() == b"".join(sample.plaintexts)


def test_a_journal_without_end_is_opened_and_said_to_be_so(unseal: Run, tmp_path: Path) -> None:
    sample = Maker().make()
    sample.journal = b"".join(sample.journal_lines[:4])
    code, err = unseal(sample, "county escrow")
    assert (code, "no end" in err) == (0, True)
    assert (tmp_path / "out.mp4").read_bytes() == b"".join(sample.plaintexts[:2])
