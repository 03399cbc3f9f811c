"""What a report says beside defects: notes, facts, places; what accuses nobody. The defects are vectors."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from support.recordings import RECORDING, START, Maker, MemoryMedia, Sample, dump, fixed_id, fixed_key
from support.vectors.files import payload_of, rewrite
from support.vectors.judge import lines_of
from zhilu.errors import DataError
from zhilu.sealed.keys import SoftSigner, load_jwk
from zhilu.sealed.lines import JOURNAL, LOGBOOK, Chain
from zhilu.sealed.logbook import LogbookReader, read_logbook
from zhilu.sealed.media import MAX_FINDINGS
from zhilu.sealed.recording import recorder_key, verify_logbook, verify_recording
from zhilu.sealed.report import Place, Report
from zhilu.sealed.trust import Trust

AT = datetime(2026, 11, 24, 10, 40, 3, tzinfo=UTC)


def judge(made: Sample, **more: Any) -> Report:
    trust = Trust.loads(dump(made.trust))
    wanted: UUID | None = more.pop("wanted", RECORDING)
    media = MemoryMedia(more.pop("media", made.media))
    return verify_recording(
        lines_of(made.journal), media, lines_of(made.logbook), dump(made.evidence), trust, wanted, **more
    )


def codes(report: Report) -> list[tuple[str, bool]]:
    return [(finding.code, finding.defect) for finding in report]


def at_times(opened: str, closed: str) -> Sample:
    """A recorder whose clock says this of the recording; everything else hangs on it as it should."""

    class Wrong(Maker):
        def _record(self, opened_by: bytes) -> Any:
            lines, media, more = super()._record(opened_by)

            def change(payloads: list[dict[str, Any]]) -> None:
                payloads[0]["at"], payloads[-1]["at"] = opened, closed

            return rewrite(lines, change, self.recorder, JOURNAL), media, more

    return Wrong().make()


@pytest.mark.parametrize(
    ("opened", "closed", "line"),
    [
        ("2026-11-24T09:40:03.000Z", "2026-11-24T12:40:03.000Z", None),
        ("2026-11-24T09:40:02.999Z", "2026-11-24T10:40:03.000Z", 1),
        ("2026-11-24T12:40:03.001Z", "2026-11-24T12:40:03.002Z", 1),
        ("2026-11-24T10:40:03.000Z", "2026-11-24T12:40:03.001Z", 8),
        ("2026-11-24T10:40:03.000Z", "2026-11-24T09:00:00.000Z", 8),
    ],
)
def test_a_clock_outside_the_bracket_is_a_note(opened: str, closed: str, line: int | None) -> None:
    report = judge(at_times(opened, closed))
    assert report.sound
    assert report.facts["anchored"] is True
    assert codes(report) == ([] if line is None else [("clock-outside", False)])
    assert line is None or report.findings[0].place == Place("journal.jws", line=line)


def test_a_receipt_cosigned_before_the_enrolment_is_a_defect() -> None:
    class Early(Maker):
        def make(self) -> Sample:
            made = super().make()
            note = self.ledger.checkpoint(START - timedelta(hours=3))
            made.evidence["receipt"] = self.ledger.prove(self.ledger.size - 1, note, self.ledger.size)
            return made

    assert codes(judge(Early().make())) == [("bracket", True)]


def test_another_recording_left_open_accuses_this_one_of_nothing() -> None:
    class Twice(Maker):
        def _logbook_after(self, book: Chain, journal: list[bytes], media: list[bytes]) -> list[bytes]:
            lines = super()._logbook_after(book, journal, media)
            boot = {"uptime_ms": 1, "checkpoint": None, "software": "x"}
            lines.append(self._log(book, "boot", counter=4, **boot))
            lines.append(self._log(book, "recording-opened", counter=5, id=str(fixed_id("another"))))
            lines.append(self._log(book, "boot", counter=6, **boot))
            return lines

    made = Twice().make()
    report = judge(made)
    assert codes(report) == [("open-recording", False)]
    assert report.facts["anchored"] is True
    alone = verify_logbook(lines_of(made.logbook), dump(made.evidence), Trust.loads(dump(made.trust)))
    assert codes(alone) == [("open-recording", True)]
    assert (alone.facts["recordings"], alone.facts["recordings_open"]) == (2, 1)


@pytest.mark.parametrize(
    ("stepped", "defect"),
    [("boot", False), ("recording-opened", False), ("recording-closed", True), ("boot after it", False)],
)
def test_a_step_of_the_counter_at_another_time_accuses_this_one_of_nothing(
    stepped: str, defect: bool
) -> None:
    """One power cut between counter and line, ever: every recording would be unsound for it."""

    class Stepped(Maker):
        ahead = 0

        def _log(self, book: Chain, kind: str, **more: Any) -> bytes:
            self.ahead = self.ahead or int(kind == stepped)
            return super()._log(book, kind, **(_ahead(more, self.ahead) if kind != "enrolled" else more))

        def _logbook_after(self, book: Chain, journal: list[bytes], media: list[bytes]) -> list[bytes]:
            lines = super()._logbook_after(book, journal, media)
            self.ahead += stepped == "boot after it"
            lines.append(self._log(book, "boot", counter=4, uptime_ms=1, checkpoint=None, software="x"))
            return lines

    made = Stepped().make()
    report = judge(made)
    assert codes(report) == [("counter", defect)]
    assert report.findings[0].since < report.findings[0].until
    alone = verify_logbook(lines_of(made.logbook), dump(made.evidence), Trust.loads(dump(made.trust)))
    assert codes(alone) == [("counter", True)]


def _ahead(fields: dict[str, Any], by: int) -> dict[str, Any]:
    return fields | ({"counter": fields["counter"] + by} if "counter" in fields else {})


def test_the_facts_of_a_recording(sample: Sample) -> None:
    facts = judge(sample).facts
    assert facts["recording"] == str(RECORDING)
    assert facts["kid"] == sample.recorder.kid
    assert (facts["segments"], facts["segments_sound"], facts["lines"]) == (4, 4, 8)
    assert facts["length"] == len(sample.media)
    assert facts["duration_us"] == 6_000_000
    assert (facts["officer_check"], facts["index"], facts["bureau"]) == ("key", 3, "julu")
    assert facts["not_before"] == "2026-11-24T09:40:03.000Z"
    assert facts["not_after"] == "2026-11-24T12:40:03.000Z"
    assert facts["cosigners"] == ["keyholder.julu.example"]
    assert facts["close_reason"] == "power-off"


def test_a_hole_in_the_media_has_its_place_and_its_times(sample: Sample) -> None:
    report = judge(sample, media=bytes(len(sample.media)))
    (finding,) = report.findings
    lines = [payload_of(line) for line in sample.journal_lines]
    assert (finding.place, finding.detail) == (Place("media.sealed", segment=0, offset=0), "segments 0 to 3")
    assert (finding.since, finding.until) == (lines[0]["at"], lines[6]["at"])
    assert report.facts["segments_sound"] == 0
    one = bytearray(sample.media)
    one[lines[4]["offset"]] ^= 1
    (finding,) = judge(sample, media=bytes(one)).findings
    assert (finding.place.segment, finding.detail) == (2, "")
    assert (finding.since, finding.until) == (lines[2]["at"], lines[4]["at"])


def test_a_recording_of_other_media_is_not_listed_without_end() -> None:
    made = Maker(segments=tuple(b"%d" % n for n in range(2 * MAX_FINDINGS + 20))).make()
    media = bytearray(made.media)
    for line in made.journal_lines:
        segment = payload_of(line)
        if segment["type"] == "segment" and segment["i"] % 2:
            media[segment["offset"]] ^= 1
    assert len(judge(made, media=bytes(media)).findings) == MAX_FINDINGS


def test_the_first_defect_comes_first() -> None:
    """A damaged logbook is found before the media that are damaged too."""
    made = Maker().make()
    made.logbook = made.logbook[:-1]
    report = judge(made, media=b"")
    assert report.first is not None
    assert (report.first.layer, report.first.code) == ("logbook", "torn-tail")
    assert {finding.code for finding in report} >= {"torn-tail", "media-short"}


def test_after_a_bad_line_nothing_is_judged_that_hangs_on_it() -> None:
    made = Maker().make()
    lines = made.journal_lines
    made.journal = b"".join([*lines[:3], lines[4], *lines[4:]])
    report = judge(made)
    assert codes(report) == [("sequence", True)]
    assert report.findings[0].place == Place("journal.jws", line=4)
    assert report.facts["segments_sound"] == 2


def test_the_key_is_found_without_the_ledger_and_nobody_vouches_for_it(sample: Sample) -> None:
    kid, key = recorder_key(None, lines_of(sample.logbook))
    assert (kid, key) == (sample.recorder.kid, load_jwk(sample.recorder.jwk))
    assert recorder_key(dump(sample.evidence), None)[0] == sample.recorder.kid
    for evidence, book in [(None, None), (b"{}", None), (None, b""), (None, b"x.y.z\n"), (None, b"\xff\n")]:
        with pytest.raises(DataError):
            recorder_key(evidence, None if book is None else lines_of(book))


def test_a_logbook_that_names_another_key_than_signs_it() -> None:
    made = Maker().make()
    other = SoftSigner(fixed_key("another recorder"))
    lines = rewrite(made.logbook_lines, lambda p: p[0].update(jwk=other.jwk), made.recorder, LOGBOOK)
    with pytest.raises(DataError) as caught:
        recorder_key(None, iter(lines))
    assert caught.value.code == "enrolled-key"
    report = verify_recording(lines_of(made.journal), MemoryMedia(made.media), iter(lines))
    assert codes(report) == [("enrolled-key", True)]


def test_a_reader_keeps_32_bytes_a_line() -> None:
    signer, chain = SoftSigner(fixed_key("recorder")), Chain()
    reader = LogbookReader(load_jwk(signer.jwk), signer.kid)
    reader.feed(chain.next(signer, LOGBOOK, "enrolled", AT, 0, **Maker().enrolled_line()))
    for n in range(200):
        assert reader.feed(chain.next(signer, LOGBOOK, "battery", AT, n, percent=n % 100))
    assert len(reader._hashes) == 201 * 32
    assert reader.hash_of(200) == reader.head == chain.prev


def test_what_a_logbook_says_of_a_recording(sample: Sample) -> None:
    book = read_logbook(lines_of(sample.logbook), load_jwk(sample.recorder.jwk), sample.recorder.kid)
    life = book.recordings[RECORDING]
    assert (life.closed_by, life.lines, life.segments) == ("recording-closed", 8, 4)
    assert (life.length, life.cleared, life.lost) == (len(sample.media), False, False)
    assert life.opened_by.hex() == payload_of(sample.journal_lines[0])["prev"]
    assert book.tail_provable
    assert book.last_at == payload_of(sample.logbook_lines[-1])["at"]


def test_a_recording_without_close_is_found_whoever_judges_it() -> None:
    """Nothing but the journal, or the logbook too: `unclosed` unless somebody signed where it ended."""
    made = Maker(cut=True).make()
    book = b"".join(made.logbook_lines[:3])
    report = verify_recording(lines_of(made.journal), MemoryMedia(made.media), lines_of(book))
    assert ("unclosed", True) in codes(report)
    recovered = verify_recording(lines_of(made.journal), MemoryMedia(made.media), lines_of(made.logbook))
    assert codes(recovered) == [("recovered", False)]


def test_a_recording_that_the_logbook_lost_is_a_defect_of_that_recording() -> None:
    """Closed in its journal, and a boot came before the logbook closed it."""

    class Lost(Maker):
        def _logbook_after(self, book: Chain, journal: list[bytes], media: list[bytes]) -> list[bytes]:
            return [self._log(book, "boot", counter=3, uptime_ms=1, checkpoint=None, software="x")]

    assert codes(judge(Lost().make())) == [("open-recording", True)]


def test_a_recovery_that_counted_otherwise_excuses_nothing() -> None:
    made = Maker(cut=True).make()
    lines = rewrite(made.logbook_lines, lambda p: p[3].update(lines=6), made.recorder, LOGBOOK)
    report = verify_recording(lines_of(made.journal), MemoryMedia(made.media), iter(lines))
    assert codes(report) == [("closed-as", True), ("unclosed", True)]


def test_the_receipt_alone_can_say_that_a_recording_was_recovered() -> None:
    for closed_by, wanted in (
        ("recovered", [("recovered", False)]),
        ("recording-closed", [("unclosed", True)]),
    ):
        made = Maker(cut=True, stored_changes={"closed_by": closed_by}).make()
        trust = Trust.loads(dump(made.trust))
        report = verify_recording(
            lines_of(made.journal), MemoryMedia(made.media), None, dump(made.evidence), trust
        )
        assert codes(report) == wanted


def test_an_entry_of_another_kind_is_refused_without_keys_too(sample: Sample) -> None:
    evidence = dump(sample.evidence | {"receipt": sample.evidence["policy"]})
    report = verify_recording(
        lines_of(sample.journal), MemoryMedia(sample.media), lines_of(sample.logbook), evidence
    )
    assert codes(report) == [("kind", True)]
