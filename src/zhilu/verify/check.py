"""`zhilu verify`: gather the files, let `sealed.recording` judge, say the verdict."""

from __future__ import annotations

import json
import os
import sys
from itertools import chain
from pathlib import Path

from zhilu.errors import CallerError, WorldError
from zhilu.sealed.import_judge import verify_import
from zhilu.sealed.imports import claims_import
from zhilu.sealed.logbook import Head
from zhilu.sealed.recording import verify_logbook, verify_recording
from zhilu.sealed.report import Report
from zhilu.sealed.store import verify_store
from zhilu.sealed.trust import MAX_TRUST, Trust
from zhilu.verify.files import Found, find, held, lines, open_media, read_small, recordings
from zhilu.verify.show import show

SOUND, FAULTY = 0, 1


def check(path: Path, trust_path: Path | None, *, as_json: bool = False, head: Head | None = None) -> int:
    """Prints the report; returns the exit code. Raises a ZhiluError where nothing can be read (exit 2)."""
    found = find(path)
    trust = None if trust_path is None else Trust.loads(read_small(trust_path, MAX_TRUST))
    report = judge(found, trust, head)
    try:
        if as_json:
            print(json.dumps(as_object(report), ensure_ascii=False, indent=2))
        else:
            show(report, trust, sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # Half a report with exit code 1 would look like a verdict. What is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise WorldError(
            "unwritable", "{path} cannot be written: {detail}", path="stdout", detail=error.strerror or error
        ) from None
    return SOUND if report.sound and report.facts["anchored"] else FAULTY


def judge(found: Found, trust: Trust | None, head: Head | None = None) -> Report:
    """`head`: a line of the logbook that was seen before, for a logbook or a whole store."""
    logbook = None if found.logbook is None else lines(found.logbook)
    store = found.store
    if store is not None:
        return verify_store(
            logbook or (),
            recordings(store),
            lambda name: held(store / name),
            found.evidence(),
            trust,
            head,
        )
    if found.folder is None:
        return verify_logbook(logbook or (), found.evidence(), trust, head)
    if head is not None:
        raise CallerError("since-head", "A head is compared with a logbook or a whole store.")
    with open_media(found) as (media, recording):
        journal = lines(found.folder / "journal.jws")
        first = next(journal, b"")
        journal = chain([first] if first else [], journal)
        if claims_import(first):
            # Nobody calls a capture an import to gain by it: less is promised of one.
            return verify_import(journal, media, found.evidence(), trust, recording)
        return verify_recording(journal, media, logbook, found.evidence(), trust, recording)


def as_object(report: Report) -> dict[str, object]:
    findings = [
        {
            "layer": finding.layer,
            "code": finding.code,
            "place": str(finding.place),
            "detail": finding.detail,
            "since": finding.since,
            "until": finding.until,
            "defect": finding.defect,
        }
        for finding in report
    ]
    return {"sound": report.sound, **report.facts, "findings": findings}
