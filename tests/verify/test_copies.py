"""A copy at its recipient's: opened whole or not at all, and its clip judged against the signed journal."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from support.recordings import Maker, Sample, fixed_bytes, fixed_key
from zhilu.cli import main
from zhilu.encoding import b64u, sha256
from zhilu.errors import DataError
from zhilu.sealed.clip import Clip, disclosed
from zhilu.sealed.copies import CHUNK, make_head, open_package, parts, seal_package
from zhilu.sealed.keys import load_private_key, thumbprint
from zhilu.sealed.segments import segment_key
from zhilu.verify.copies import make_key, public_half

VIEWING = "019ab4ad-5c00-7c11-8a52-3c1f0000aa01"
Files = dict[str, bytes]


@pytest.fixture
def recipient(tmp_path: Path) -> tuple[Path, ec.EllipticCurvePrivateKey]:
    path = tmp_path / "recipient.pem"
    make_key(path)
    return path, load_private_key(path.read_bytes())


def clip_of(sample: Sample, first: int, last: int) -> Clip:
    keys = {i: segment_key(sample.key, sample.recording, i) for i in disclosed(first, last)}
    return Clip(sample.recording, first, last, "clip.mp4", keys)


def files_of(sample: Sample, first: int = 1, last: int = 2, clip: Clip | None = None) -> Files:
    clip = clip or clip_of(sample, first, last)
    return {
        "clip.json": clip.dumps(),
        "journal.jws": sample.files()["recording/journal.jws"],
        "receipt.json": sample.files()["receipt.json"],
        "logbook.jws": sample.files()["logbook.jws"],
        "clip": b"".join(sample.plaintexts[i] for i in disclosed(first, last)),
        "film": b"a film",
    }


def package(files: Files, to: ec.EllipticCurvePublicKey, sample: Sample, **head: Any) -> bytes:
    body = {"bureau": "julu", "viewing": VIEWING, "recording": str(sample.recording), "from": 1, "to": 2}
    body |= {"recipient": thumbprint(to), "made": "2026-11-29T13:00:00.000Z"} | head
    plain = parts({name: [data] for name, data in files.items()}, {n: len(d) for n, d in files.items()})
    return b"".join(seal_package(make_head(body), plain, to, fixed_bytes("content key")))


@pytest.fixture
def sample() -> Sample:
    return Maker().make()


@pytest.fixture
def verify(tmp_path: Path, sample: Sample, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Writes a clip's folder and judges it."""
    trust = tmp_path / "trust.json"
    trust.write_bytes(sample.files()["trust.json"])

    def run(files: Files, *more: str, name: str = "clip.mp4", trusted: bool = True) -> tuple[int, Any]:
        folder = tmp_path / "clip-folder"
        folder.mkdir(exist_ok=True)
        for part, data in files.items():
            (folder / {"clip": name, "film": "not-evidence.mp4"}.get(part, part)).write_bytes(data)
        words = ["--trust", str(trust)] if trusted else []
        code = main(["--lang", "en", "verify", str(folder), "--json", *words, *more])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else {}

    return run


def codes(report: Any) -> list[str]:
    return [finding["code"] for finding in report["findings"] if finding["defect"]]


def test_a_clip_is_sound_and_anchored_and_says_what_it_is_of(verify: Any, sample: Sample) -> None:
    code, report = verify(files_of(sample))
    assert (code, codes(report)) == (0, [])
    assert report["clip"] == {"from": 1, "to": 2, "file": "clip.mp4"}
    assert report["segments_sound"] == 3 and report["recording"] == str(sample.recording)
    assert report["clip_us"][0] < report["clip_us"][1]


def test_the_verdict_calls_it_a_clip(
    verify: Any, sample: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verify(files_of(sample))
    words = ["verify", str(tmp_path / "clip-folder"), "--trust", str(tmp_path / "trust.json")]
    assert main(["--lang", "en", *words]) == 0
    out = capsys.readouterr().out
    assert "a clip of a recording" in out and "segments 1 to 2" in out and "no other was disclosed" in out


def test_without_a_trust_document_a_clip_is_not_anchored(verify: Any, sample: Sample) -> None:
    assert verify(files_of(sample), trusted=False)[0] == 1


@pytest.mark.parametrize("span", [(0, 0), (0, 3), (1, 3), (3, 3)])
def test_any_span_can_be_disclosed(verify: Any, sample: Sample, span: tuple[int, int]) -> None:
    code, report = verify(files_of(sample, *span))
    assert (code, codes(report)) == (0, [])


def altered(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_swapped_keys_are_seen(verify: Any, sample: Sample) -> None:
    clip = clip_of(sample, 1, 2)
    swapped = replace(clip, keys={0: clip.keys[0], 1: clip.keys[2], 2: clip.keys[1]})
    code, report = verify(files_of(sample, clip=swapped))
    assert (code, codes(report)) == (1, ["segment-hash"])


def test_a_wrong_segment_under_the_right_name_is_seen(verify: Any, sample: Sample) -> None:
    """Key and plaintext of segment 3 where 2 should be: both fit together, and not the journal."""
    clip = clip_of(sample, 1, 2)
    other = replace(clip, keys=clip.keys | {2: segment_key(sample.key, sample.recording, 3)})
    files = files_of(sample, clip=other)
    files["clip"] = b"".join(sample.plaintexts[i] for i in (0, 1, 3))
    assert set(codes(verify(files)[1])) <= {"segment-hash", "media-short", "media-long"} != set()


def test_one_bit_of_the_pictures_is_seen(verify: Any, sample: Sample) -> None:
    files = files_of(sample)
    files["clip"] = altered(files["clip"], -5 % len(files["clip"]))
    assert codes(verify(files)[1]) == ["segment-hash"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda data: data[:-1], ["media-short"]),
        (lambda data: data + b"x", ["media-long"]),
        (lambda data: b"", ["media-short"]),
    ],
)
def test_more_or_less_than_was_sealed_is_seen(
    verify: Any, sample: Sample, change: Callable[[bytes], bytes], expected: list[str]
) -> None:
    files = files_of(sample)
    files["clip"] = change(files["clip"])
    assert codes(verify(files)[1]) == expected


def test_a_span_beyond_the_recording_is_seen(verify: Any, sample: Sample) -> None:
    clip = clip_of(sample, 1, 3)
    beyond = replace(clip, last=4, keys=clip.keys | {4: bytes(32)})
    files = files_of(sample, 1, 3) | {"clip.json": beyond.dumps()}
    assert codes(verify(files)[1]) == ["clip-span"]


def test_a_clip_of_another_recording_is_seen(verify: Any, sample: Sample) -> None:
    from uuid import UUID

    clip = replace(clip_of(sample, 1, 2), recording=UUID(VIEWING))
    assert "id" in codes(verify(files_of(sample, clip=clip))[1])


@pytest.mark.parametrize(
    "change",
    [
        {"keys": []},
        {"keys": [b64u(bytes(32))] * 4},
        {"keys": [b64u(bytes(31))] * 3},
        {"keys": [1, 2, 3]},
        {"file": "../../etc/passwd"},
        {"file": "clip.exe"},
        {"from": 2, "to": 1},
        {"from": -1},
        {"to": 2**32 - 1},
        {"type": "zhilu-clip/2"},
        {"recording": "x"},
    ],
)
def test_a_malformed_list_is_unreadable(verify: Any, sample: Sample, change: dict[str, Any]) -> None:
    files = files_of(sample)
    files["clip.json"] = json.dumps(json.loads(files["clip.json"]) | change).encode()
    with pytest.raises(DataError, match="form") as refused:
        Clip.loads(files["clip.json"])
    assert refused.value.code == "clip"
    assert verify(files)[0] == 2


def test_a_clip_beside_a_whole_recording_is_not_judged(verify: Any, sample: Sample) -> None:
    assert verify(files_of(sample) | {"media.sealed": b"x"})[0] == 2


# The package


def run_open(tmp_path: Path, key: Path, data: bytes) -> int:
    (tmp_path / "copy.zhilu").write_bytes(data)
    out = tmp_path / "opened"
    words = ["open-copy", str(tmp_path / "copy.zhilu"), "--key", str(key), "-o", str(out)]
    code = main(["--lang", "en", *words])
    if code:
        assert not out.exists() and not [p for p in tmp_path.iterdir() if p.name.startswith(".opened")]
    return code


def test_what_was_sealed_to_a_recipient_opens_and_verifies(
    tmp_path: Path, sample: Sample, recipient: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path, key = recipient
    data = package(files_of(sample), key.public_key(), sample)
    assert run_open(tmp_path, path, data) == 0
    out = capsys.readouterr().out
    assert sha256(data).hex() in out and str(len(data)) in out and VIEWING in out
    opened = tmp_path / "opened"
    assert sorted(item.name for item in opened.iterdir()) == [
        "clip.json",
        "clip.mp4",
        "journal.jws",
        "logbook.jws",
        "not-evidence.mp4",
        "receipt.json",
    ]
    (tmp_path / "trust.json").write_bytes(sample.files()["trust.json"])
    assert main(["verify", str(opened), "--trust", str(tmp_path / "trust.json")]) == 0


def test_the_number_to_compare_is_of_the_public_point(recipient: Any) -> None:
    _, key = recipient
    half = public_half(key.public_key())
    assert len(half.text) == 87 and len(half.number) == 14


def test_the_private_key_is_the_owners_alone_and_not_overwritten(tmp_path: Path, recipient: Any) -> None:
    path, _ = recipient
    assert path.stat().st_mode & 0o777 == 0o600
    assert main(["recipient-key", "-o", str(path)]) == 2


def test_a_package_for_another_does_not_open(tmp_path: Path, sample: Sample, recipient: Any) -> None:
    path, key = recipient
    other = fixed_key("another recipient").public_key()
    assert run_open(tmp_path, path, package(files_of(sample), other, sample)) == 2
    # … nor where its head claims that it is for this one
    lying = package(files_of(sample), other, sample, recipient=thumbprint(key.public_key()))
    assert code_of(lying, key) == "envelope"


def code_of(data: bytes, key: ec.EllipticCurvePrivateKey) -> str:
    try:
        for _ in open_package(BytesIO(data).read, key)[1]:
            pass
    except DataError as error:
        return error.code
    return "ok"


@pytest.fixture
def long(sample: Sample) -> Files:
    """Of three chunks and a bit."""
    return files_of(sample) | {"film": fixed_bytes("film", 3 * CHUNK)}


def starts(data: bytes) -> list[int]:
    """Where the chunks of a package begin, and its end."""
    begin = 12 + int.from_bytes(data[8:12], "big") + 113
    return [*range(begin, len(data), CHUNK + 16), len(data)]


def test_pieces_cannot_be_cut_moved_repeated_or_exchanged(sample: Sample, long: Files) -> None:
    key = fixed_key("recipient")
    data = package(long, key.public_key(), sample)
    at = starts(data)
    piece = [data[a:b] for a, b in itertools.pairwise(at)]
    head = data[: at[0]]
    assert len(piece) == 4 and code_of(data, key) == "ok"
    twin = b"".join(
        seal_package(
            make_head(json.loads(head[12 : 12 + int.from_bytes(head[8:12], "big")])),
            parts({n: [d] for n, d in long.items()}, {n: len(d) for n, d in long.items()}),
            key.public_key(),
            fixed_bytes("another content key"),
        )
    )
    found = {
        "cut at a piece": code_of(head + b"".join(piece[:3]), key),
        "cut within one": code_of(data[:-1], key),
        "longer": code_of(data + b"x", key),
        "left out": code_of(head + piece[0] + piece[2] + piece[3], key),
        "turned round": code_of(head + piece[1] + piece[0] + piece[2] + piece[3], key),
        "repeated": code_of(head + piece[0] + b"".join(piece), key),
        "spliced": code_of(data[: at[1]] + twin[at[1] :], key),
        "no pieces": code_of(head, key),
        "no key": code_of(data[: at[0] - 1], key),
        "half a head": code_of(data[:40], key),
        "nothing": code_of(b"", key),
    }
    assert found == {
        "cut at a piece": "copy-cut",
        "cut within one": "copy-chunk",
        "longer": "copy-chunk",
        "left out": "copy-chunk",
        "turned round": "copy-chunk",
        "repeated": "copy-chunk",
        "spliced": "copy-chunk",
        "no pieces": "copy-chunk",
        "no key": "envelope",
        "half a head": "copy",
        "nothing": "copy",
    }


@pytest.mark.parametrize("name", ["bureau", "viewing", "made", "from"])
def test_no_word_of_the_head_can_be_exchanged(sample: Sample, name: str) -> None:
    key = fixed_key("recipient")
    data = package(files_of(sample), key.public_key(), sample)
    length = int.from_bytes(data[8:12], "big")
    body = json.loads(data[12 : 12 + length])
    body[name] = {"bureau": "nanhe", "viewing": str(sample.recording), "from": 0}.get(
        name, body[name][:-2] + "1Z" if isinstance(body[name], str) else 0
    )
    head = make_head({k: v for k, v in body.items() if k not in ("type", "suite")}).raw
    assert code_of(data[:8] + len(head).to_bytes(4, "big") + head + data[12 + length :], key) == "envelope"


def test_a_list_that_says_another_span_than_the_head_leaves_nothing(
    tmp_path: Path, sample: Sample, recipient: Any
) -> None:
    path, key = recipient
    for files, head in ((files_of(sample, 1, 3), {}), (files_of(sample), {"from": 2})):
        assert run_open(tmp_path, path, package(files, key.public_key(), sample, **head)) == 2


@pytest.mark.parametrize("length", [2**63, 2**31, 10**6])
def test_lengths_that_do_not_fit_are_refused(sample: Sample, length: int) -> None:
    key = fixed_key("recipient")
    plain = length.to_bytes(8, "big") + b"{}"
    body = {"bureau": "julu", "viewing": VIEWING, "recording": str(sample.recording), "from": 1, "to": 2}
    body |= {"recipient": thumbprint(key.public_key()), "made": "2026-11-29T13:00:00.000Z"}
    data = b"".join(seal_package(make_head(body), [plain], key.public_key(), bytes(32)))
    assert code_of(data, key) == "copy-parts"


def test_names_that_lead_elsewhere_make_no_file(tmp_path: Path, sample: Sample, recipient: Any) -> None:
    """The only name in a package is the clip's, of a list."""
    path, key = recipient
    for name in ("../evil.mp4", "/tmp/evil", "journal.jws", "not-evidence.mp4", "clip.mp4/../../x", ""):
        files = files_of(sample)
        files["clip.json"] = json.dumps(json.loads(files["clip.json"]) | {"file": name}).encode()
        assert run_open(tmp_path, path, package(files, key.public_key(), sample)) == 2
    assert not (tmp_path / "evil.mp4").exists()


def test_an_existing_folder_is_left_as_it_is(tmp_path: Path, sample: Sample, recipient: Any) -> None:
    path, key = recipient
    (tmp_path / "opened").mkdir()
    (tmp_path / "opened" / "mine").write_text("mine")
    (tmp_path / "copy.zhilu").write_bytes(package(files_of(sample), key.public_key(), sample))
    words = ["open-copy", str(tmp_path / "copy.zhilu"), "--key", str(path), "-o", str(tmp_path / "opened")]
    assert main(words) == 2
    assert [item.name for item in (tmp_path / "opened").iterdir()] == ["mine"]


def test_a_package_is_opened_in_bounded_memory(sample: Sample) -> None:
    """No read is longer than a piece, however long the package is."""
    key = fixed_key("recipient")

    def film() -> Iterator[bytes]:
        for _ in range(20):
            yield bytes(CHUNK)

    files = files_of(sample)
    lengths = {name: len(data) for name, data in files.items()}
    contents: dict[str, Any] = {name: [data] for name, data in files.items()} | {"film": film()}
    body = {"bureau": "julu", "viewing": VIEWING, "recording": str(sample.recording), "from": 1, "to": 2}
    body |= {"recipient": thumbprint(key.public_key()), "made": "2026-11-29T13:00:00.000Z"}
    made = seal_package(make_head(body), parts(contents, lengths), key.public_key(), bytes(32))
    whole = BytesIO(b"".join(made))
    asked: list[int] = []

    def read(most: int) -> bytes:
        asked.append(most)
        return whole.read(most)

    total = sum(len(piece) for name, piece in open_package(read, key)[1] if name == "film")
    assert total == 20 * CHUNK and max(asked) == CHUNK + 16


def test_a_film_of_another_name_is_not_left_to_be_opened_beside(
    verify: Callable[..., Any], sample: Sample
) -> None:
    """Whoever opens the folder opens `clip.mp4`: it is the file that was judged."""
    files = files_of(sample, clip=replace(clip_of(sample, 1, 2), file="clip.bin"))
    code, report = verify(files, name="clip.bin")
    assert (code, codes(report)) == (1, ["clip"])
