"""Is evidence of random shape judged rightly? The tests ask it of hundreds, the benchmarks of thousands."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from support.recordings import MemoryMedia
from support.shapes import Evidence, sound_import, sound_recording
from support.vectors.judge import lines_of
from zhilu.sealed.import_judge import verify_import
from zhilu.sealed.imports import claims_import
from zhilu.sealed.recording import verify_recording
from zhilu.sealed.report import Report
from zhilu.sealed.trust import Trust


def verdict(files: Mapping[str, bytes], evidence: Evidence) -> Report:
    """As `zhilu verify` judges a folder with these files, the trust document being `evidence`'s own."""
    trust = Trust.loads(evidence.trust)
    journal = files.get("journal.jws", b"")
    media = MemoryMedia(files.get("media.sealed", b""))
    book, receipt = files.get("logbook.jws"), files.get("receipt.json")
    if claims_import(journal.partition(b"\n")[0]):
        return verify_import(lines_of(journal), media, receipt, trust, evidence.recording)
    logbook = None if book is None else lines_of(book)
    return verify_recording(lines_of(journal), media, logbook, receipt, trust, evidence.recording)


def believed(report: Report) -> bool:
    return report.sound and report.facts["anchored"] is True


def sound(seed: int) -> Evidence:
    """The sound evidence of this seed: one in eight is an import."""
    rng = Random(f"sound {seed}")
    return sound_import(rng) if rng.random() < 0.125 else sound_recording(rng)


def accusation(seed: int) -> str:
    """What is wrongly said of the sound evidence of this seed; "" where nothing is."""
    evidence = sound(seed)
    report = verdict(evidence.files, evidence)
    wrong = [str(finding) for finding in report if finding.defect or finding.code not in evidence.notes]
    if report.facts["anchored"] is not True:
        wrong.append("not anchored")
    return " / ".join(wrong)
