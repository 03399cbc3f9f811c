"""An exported import before a stranger: `verify`, `unseal`, and what is altered on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.county_world import CountyWorld
from support.import_world import ImportWorld, Made, card, named_key
from zhilu.errors import DataError
from zhilu.i18n import use_language
from zhilu.pki.certificates import key_pem
from zhilu.sealed.lines import JOURNAL
from zhilu.server.evidence.models import Recording
from zhilu.server.evidence.services import export
from zhilu.verify.check import check
from zhilu.verify.unseal import unseal


@pytest.fixture
def station(county: CountyWorld, tmp_path: Path) -> ImportWorld:
    use_language("en")
    return ImportWorld(county, tmp_path)


# A stranger's programs


@pytest.fixture
def evidence(station: ImportWorld, tmp_path: Path) -> Path:
    """What `zhilu server evidence` writes of an import of three pieces; trust and an escrow key beside it."""
    station.run(card(tmp_path / "card", bytes(range(256)) * 10_000))
    (id_,) = station.recordings()
    station.send()
    station.receipts()
    folder = tmp_path / "evidence"
    for name, chunks in export.files(Recording.objects.get(id=id_)).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"".join(chunks))
    (folder / "trust.json").write_bytes(station.trust_bytes())
    (folder / "escrow.pem").write_bytes(key_pem(named_key("county escrow")))
    return folder


def verdict(folder: Path, capsys: Any, trust: bool = True) -> tuple[int, dict[str, Any], str]:
    """Exit code, the report as JSON, and as a person reads it."""
    path = folder / "trust.json" if trust else None
    check(folder, path, as_json=True)
    report = json.loads(capsys.readouterr().out)
    code = check(folder, path)
    return code, report, capsys.readouterr().out


def codes(report: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in report["findings"] if finding["defect"]}


def test_verify_says_sealed_at_import(evidence: Path, capsys: Any) -> None:
    code, report, told = verdict(evidence, capsys)
    assert (code, report["sound"], report["captured"], report["origin"]) == (0, True, False, "import")
    assert "sealed it at import" in told and "nobody vouches" in told
    assert "captured" not in told and "recorder" not in told
    assert verdict(evidence, capsys, trust=False)[0] == 1


def test_unseal_gives_the_file_back(evidence: Path, tmp_path: Path) -> None:
    out = tmp_path / "back.mp4"
    unseal(evidence, [evidence / "escrow.pem"], out)
    (source,) = (tmp_path / "card").iterdir()
    assert out.read_bytes() == source.read_bytes()


def test_unseal_compares_the_source(evidence: Path, station: ImportWorld, tmp_path: Path) -> None:
    """A station that says one hash and seals another file."""
    other = {"sha256": "ab" * 32, "size": 9, "state": "sound", "duration_us": None}
    made = Made(station, b"some film", source=other)
    (evidence / "recording" / "journal.jws").write_bytes(made.journal)
    (evidence / "recording" / "media.sealed").write_bytes(b"".join(made.media))
    with pytest.raises(DataError) as refused:
        unseal(evidence, [evidence / "escrow.pem"], tmp_path / "back.mp4")
    # The key that was made anew for the changed line is another: the same station, the same policy.
    assert refused.value.code == "source-hash" and not (tmp_path / "back.mp4").exists()


def altered(path: Path, change: Any) -> None:
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("journal.jws", lambda data: data[:-9] + b"AAAAAAAA\n", "signature"),
        ("journal.jws", lambda data: b"".join(data.splitlines(True)[:-1]), "unclosed"),
        ("journal.jws", lambda data: b"".join(data.splitlines(True)[i] for i in (0, 1, 3, 4)), "sequence"),
        ("media.sealed", lambda data: data[:-1], "media-short"),
        ("media.sealed", lambda data: data + b"x", "media-long"),
        ("media.sealed", lambda data: data[:5] + bytes([data[5] ^ 1]) + data[6:], "segment-hash"),
    ],
)
def test_what_is_altered_is_found(evidence: Path, capsys: Any, name: str, change: Any, code: str) -> None:
    altered(evidence / "recording" / name, change)
    exit_code, report, _ = verdict(evidence, capsys)
    assert exit_code == 1 and code in codes(report)


def test_the_receipt_of_another_import(evidence: Path, station: ImportWorld, capsys: Any) -> None:
    other = Made(station, b"other")
    assert other.store(station).status_code == 200
    station.county.publish()
    receipt = json.dumps(export.receipt_file(Recording.objects.get(id=other.id)))
    (evidence / "receipt.json").write_text(receipt)
    code, report, _ = verdict(evidence, capsys)
    assert code == 1 and "receipt-recording" in codes(report)


def test_an_import_dressed_as_a_capture(evidence: Path, station: ImportWorld, capsys: Any) -> None:
    """The station signs a journal as a recorder would: no entry enrols its key as a recorder's."""
    made = Made(station, typ=JOURNAL, origin="camera", media="video/mp4")
    (evidence / "recording" / "journal.jws").write_bytes(made.journal)
    code, report, told = verdict(evidence, capsys)
    assert code == 1 and "kind" in codes(report) and "(captured)" not in told


def test_a_recording_dressed_as_an_import(evidence: Path, station: ImportWorld, capsys: Any) -> None:
    """A recorder's key under the import's typ: only a station's enrolment counts for one."""
    made = Made(station, signer=station.county.recorder)
    (evidence / "recording" / "journal.jws").write_bytes(made.journal)
    code, report, _ = verdict(evidence, capsys)
    assert code == 1 and "foreign-kid" in codes(report)


def test_an_enrolment_of_a_later_time(evidence: Path, station: ImportWorld, capsys: Any) -> None:
    """`enrolled` and `policy` proved under another checkpoint than the one that `open` names."""
    from zhilu.server.equipment.models import Station
    from zhilu.server.ledger.services import proofs
    from zhilu.server.organisation.models import Policy

    receipt = json.loads((evidence / "receipt.json").read_bytes())
    receipt["enrolled"] = proofs.proved_entry(Station.objects.get().entry).to_json()
    receipt["policy"] = proofs.proved_entry(Policy.objects.get().entry).to_json()
    (evidence / "receipt.json").write_text(json.dumps(receipt))
    _, report, _ = verdict(evidence, capsys)
    assert "open-checkpoint" in codes(report)


@pytest.mark.parametrize(("year", "code"), [(2026, "revoked"), (2099, "")])
def test_a_revoked_station(evidence: Path, capsys: Any, year: int, code: str) -> None:
    """Judged at the bracket of the sealing."""
    trust = json.loads((evidence / "trust.json").read_bytes())
    _, report, _ = verdict(evidence, capsys)
    since = f"{year}-01-01T00:00:00.000Z"
    trust["revoked"] = [{"kid": report["station"], "since": since, "reason": "lost"}]
    (evidence / "trust.json").write_text(json.dumps(trust))
    _, report, _ = verdict(evidence, capsys)
    assert codes(report) == ({code} if code else set())
