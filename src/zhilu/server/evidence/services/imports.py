"""Imports as they come in (spec/intake.md §2, spec/journal.md §6): what of them differs from a recording of a
recorder.

- the key is the enrolled one of the very station that sends: no station imports in another's name
- no logbook, no handover; the journal must be closed
- `open` names a published checkpoint that covers the station's enrolment and the policy: else no evidence
  file could be made of it
- `private` is opened here, so that a page can say what the file was called; it is a claim, and personal

A break in the station's row, or a source that was imported before, is an alarm, never a refusal: to refuse
would lose evidence.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings

from zhilu.encoding import unb64u
from zhilu.errors import DataError
from zhilu.sealed.envelopes import open_text_key
from zhilu.sealed.imports import CLAIMS, ImportReader
from zhilu.sealed.keys import load_jwk, load_private_key, thumbprint
from zhilu.sealed.segments import open_private
from zhilu.server.equipment.models import Station
from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.evidence.events import RecordingImported
from zhilu.server.evidence.models import Import, Intake
from zhilu.server.evidence.services import journals
from zhilu.server.evidence.services.staging import Staging
from zhilu.server.ledger.models import Checkpoint
from zhilu.server.ledger.services import proofs
from zhilu.server.organisation.models import Policy


def reader_for(station: str) -> ImportReader:
    """Reads what this station signed, and nothing else."""
    row = Station.objects.filter(kid=station).first()
    if row is None:
        raise DataError("device-unknown", "No such device is enrolled.")
    return ImportReader(load_jwk(row.jwk), row.kid)


def event_of(row: Intake, staging: Staging) -> tuple[RecordingImported, dict[str, Any] | None]:
    """The entry and its personal part; DataError `recipients`, `open-checkpoint` or `private`."""
    reader = reader_for(row.recorder)
    journals.read(reader, staging.journal, row.id, staging.index, may_be_open=False)
    opened, facts, close = reader.open, reader.facts, reader.close
    assert opened is not None and facts is not None and close is not None
    policy = journals.policy_of(opened)
    known_checkpoint(facts.checkpoint, row.recorder, opened.policy)
    event = RecordingImported(
        recording=str(row.id),
        station=row.recorder,
        prev=opened.prev.hex(),
        lines=row.lines,
        last=row.last,
        segments=row.segments,
        length=row.length,
        media=opened.media,
        source_sha256=facts.source.sha256.hex(),
        source_size=facts.source.size,
        source_state=facts.source.state,
        duration_us=facts.source.duration_us,
        officer=opened.officer,
        policy=opened.policy,
        opened_at=opened.at,
        closed_at=close.at,
        copies=policy.copies,
    )
    return event, _claims(row.id, opened.text, facts.private)


def known_checkpoint(digest: bytes, station: str, policy: int) -> Checkpoint:
    """The published checkpoint of this hash, under which enrolment and policy can be proved."""
    known = proofs.note_by_hash(digest.hex())
    needed = (Station.objects.get(kid=station).entry, Policy.objects.get(version=policy).entry)
    if known is None or known.size <= max(needed):
        raise DataError(
            "open-checkpoint", "The station named no checkpoint that proves its enrolment and the policy."
        )
    return known


def raise_alarms(recording: UUID) -> None:
    """After the entry: what a person must look at. Said again where a crash came between; it is counted."""
    row = Import.objects.get(id=recording)
    if not row.follows:
        raise_alarm("import-chain", row.station)
    if row.repeats is not None:
        raise_alarm("import-repeated", row.station)


def _claims(recording: UUID, text: dict[str, str], private: str) -> dict[str, Any] | None:
    path = settings.ZHILU.text_key
    if not path.exists():
        return None
    key = load_private_key(path.read_bytes())
    if thumbprint(key.public_key()) != text["to"]:
        return None  # sealed to an earlier text key
    try:
        opened = open_private(open_text_key(unb64u(text["sealed"]), recording, key), recording, 0, private)
    except DataError:
        raise DataError("private", "The private part of the import does not open.") from None
    return {name: value for name in CLAIMS if isinstance(value := opened.get(name), str)}
