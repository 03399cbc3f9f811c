"""Words from a station's page become entries (spec/intake.md §2, spec/docking.md §8).

1. Opened with the county's text key and judged as `protocols.words` says, by the county's own tables.
2. Made into proposals: what the person said, and nothing that the station adds.
3. Under the ledger's lock: has this digest been taken? Else the county's nonce is spent by what is said for
   now, and the entries and the row that says so are made, in one transaction. So of two that come at once
   the second is answered with the entries of the first; a crash before the end leaves none of these, and
   the station sends it again.

Who may say it, the rules of the entries judge at that moment: `actor`, `not-trained`, `persons`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings

from zhilu.encoding import hex32, unb64u
from zhilu.errors import DataError, WorldError
from zhilu.protocols import words
from zhilu.server.equipment.events import FingerEnrolled
from zhilu.server.equipment.models import DockCredential, Handover, Recorder, Station
from zhilu.server.equipment.services import handovers, keeping
from zhilu.server.evidence.models import Recording, Word
from zhilu.server.evidence.services import acts, word_nonces
from zhilu.server.evidence.services.telling import county_key
from zhilu.server.ledger import lock
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.commit import Proposal, commit_all
from zhilu.server.organisation.models import Policy
from zhilu.server.organisation.services.rights import rights_of
from zhilu.strictjson import dumps

ADMINISTRATOR = "system-administrator"


def take(sender: Station, digest: str, sealed: dict[str, Any]) -> tuple[list[int], bool]:
    """Indexes of the word's entries, and whether they are new."""
    wanted = hex32(digest)
    held = Word.objects.filter(digest=digest).first()
    if held is not None:
        return list(held.entries), False
    word = _judged(sender, wanted, sealed)
    return _commit(word, digest, sender, dumps(sealed), _proposals(word, digest))


def _judged(sender: Station, digest: bytes, sealed: dict[str, Any]) -> words.Word:
    key, policy = county_key(), Policy.objects.order_by("-version").first()
    if key is None or policy is None:
        raise WorldError("no-text-key", "The county has no key or no policy to take words by.")

    def credentials(person: str) -> Mapping[bytes, bytes]:
        rows = DockCredential.objects.filter(person=person, rp_id=sender.rp_id)
        return {unb64u(row.id): unb64u(row.public_key) for row in rows}

    return words.check_word_request(
        words.WordRequest.from_bytes(words.open_word(key, sealed, digest)),
        credentials,
        bureau=settings.ZHILU.bureau,
        station=sender.kid,
        rp_id=sender.rp_id,
        origin=sender.origin,
        least=policy.officer_check_least,
        now=now(),
    )


def _commit(
    word: words.Word, digest: str, sender: Station, sealed: bytes, proposals: list[Proposal]
) -> tuple[list[int], bool]:
    with lock.held():
        held = Word.objects.filter(digest=digest).first()
        if held is not None:
            return list(held.entries), False
        word_nonces.spend(word, now())
        entries = [one.index for one in commit_all(proposals)]
        Word.objects.create(
            digest=digest, kind=word.kind, station=sender.kid, entries=entries, sealed=sealed, taken_at=now()
        )
    return entries, True


def _proposals(word: words.Word, digest: str) -> list[Proposal]:
    match word:
        case words.Statement():
            return _statement(word)
        case words.Assignment():
            return [_assignment(word)]
        case words.Finger():
            persons = list(word.persons)
            event = FingerEnrolled(word.subject, word.station, word.finger, persons, digest)
            return [Proposal(event, word.station)]
    raise DataError("word", "There is no word of this kind.")


def _statement(word: words.Statement) -> list[Proposal]:
    (person,) = word.persons
    handover = Handover.objects.filter(digest=word.handover, station=word.station, officer=person).first()
    if handover is None:
        raise DataError("handover-unknown", "No such handover of this officer by this station is held.")
    named = {span.recording for act in word.acts for span in act.spans}
    if not named <= {str(one["id"]) for one in handovers.said_in(bytes(handover.body)).recordings}:
        raise DataError("spans", "The handover does not name this recording.")
    if Recording.objects.filter(id__in=named).count() < len(named):
        raise DataError("recording-unstored", "A recording of this statement has not been stored yet.")
    return [proposal for act in word.acts for proposal in acts.proposals(person, act)]


def _assignment(word: words.Assignment) -> Proposal:
    (person,) = word.persons
    recorder, officer = Recorder.objects.filter(kid=word.recorder).first(), UUID(word.officer)
    if recorder is None:
        raise DataError("device-unknown", "No such device is enrolled.")
    if (recorder.station, recorder.bay) != (word.station, word.bay):
        raise DataError("bay", "The assignment names another bay than the recorder's.")
    rights = rights_of(UUID(person))
    # Who is no keeper at all is refused as the actor of the entry.
    if keeping.KEEPER in rights.roles and ADMINISTRATOR not in rights.roles:
        keeping.check_may_assign(rights, recorder, officer)
    return Proposal(keeping.assignment(recorder, officer, drill=word.drill, deputy=word.reason_code), person)
