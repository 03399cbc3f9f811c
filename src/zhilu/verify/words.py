"""What each finding means, in a sentence for the person in front of it. Codes are those of spec/."""

from __future__ import annotations

from zhilu.i18n import N_, _

LAYERS = {
    "line": N_("line"),
    "journal": N_("journal"),
    "media": N_("media"),
    "envelope": N_("envelope"),
    "logbook": N_("logbook"),
    "recording": N_("recording"),
    "receipt": N_("receipt"),
    "trust": N_("trust"),
}

ORIGINS = {
    "camera": N_("camera (captured)"),
    "rtsp": N_("rtsp (captured from a network camera)"),
    "file": N_("file (a file that was played into the recorder, not captured)"),
    "test": N_("test (a generated scene, not captured)"),
    "import": N_("import (sealed at import, not at capture)"),
}

STATES = {
    "sound": N_("sound"),
    "truncated": N_("truncated: bytes are missing at its end"),
    "unreadable": N_("unreadable: neither picture nor sound was found"),
}

SENTENCES = {
    # one line
    "line-too-long": N_("a line is longer than allowed"),
    "line-empty": N_("an empty line"),
    "line-bytes": N_("a line holds bytes that no line may hold"),
    "line-shape": N_("a line does not have its three parts"),
    "base64": N_("a value is not in its one spelling"),
    "header": N_("the header of a line is not the one that it must be"),
    "foreign-kid": N_("a line is signed by another key"),
    "high-s": N_("a signature is in a spelling that is not allowed"),
    "signature": N_("a signature does not fit: the line was altered or forged"),
    "json": N_("a text is not strict JSON"),
    "field": N_("a field is missing or has the wrong form"),
    # between lines
    "sequence": N_("lines are missing, repeated or out of order"),
    "chain": N_("a line does not follow from the line before"),
    "fork": N_("two different lines carry one number: a copy of the recorder's key may be in use"),
    "torn-tail": N_("the file ends in the middle of a line"),
    "type": N_("a line is of a kind that does not belong here"),
    # journal
    "open-first": N_("the journal does not begin with its opening line, or has two"),
    "journal-empty": N_("the journal is empty"),
    "unclosed": N_("the recording has no end: what came after the last line is not known"),
    "after-close": N_("lines follow after the end of the recording"),
    "close-counts": N_("the end counts other segments or bytes than there are"),
    "segment-order": N_("segments are missing or out of order"),
    "segment-size": N_("a segment has a size that is not allowed"),
    "pts": N_("the time of a segment lies before the segment before it"),
    "source-size": N_("the segments hold more or less than the file had"),
    "import-chain": N_("the import does not follow the station's import before it"),
    "suite": N_("the cryptographic suite is not allowed"),
    "origin": N_("the origin does not fit what signed it"),
    # media
    "segment-hash": N_("the media of a segment are not those that were signed"),
    "media-short": N_("media are missing at the end"),
    "media-long": N_("there are more media than were signed"),
    "clip": N_("the file that lists the clip's segments does not have its form"),
    "clip-span": N_("the clip names segments that the recording does not have"),
    # logbook
    "logbook-empty": N_("the logbook is empty"),
    "enrolled-first": N_("the logbook does not begin with the enrolment, or has two"),
    "enrolled-key": N_("the key is not the one that was enrolled"),
    "counter": N_(
        "the counter jumped: a line is missing, an old copy was put back, or power failed at that moment"
    ),
    "open-recording": N_("a recording was opened and never closed"),
    "boot-unexplained": N_("switched on, and neither recorded nor said why not"),
    "logbook-cut": N_(
        "the logbook ends before a line that was seen: its end was cut off, or it is an old copy"
    ),
    "recording-order": N_("the logbook opens, closes or clears a recording out of order"),
    # recording
    "recording-missing": N_("the logbook has this recording, and it is not there"),
    "recording-unknown": N_("the logbook does not know what lies here"),
    "drill": N_("the recording says of itself that it is a drill, or none, otherwise than it was assigned"),
    "id": N_("this is another recording than it should be"),
    "opened-by": N_("the logbook did not open this recording"),
    "closed-as": N_("the logbook closed the recording otherwise than it is here"),
    "recipients": N_("the recording is sealed to others than the policy names"),
    "recovered": N_("a power cut ended the recording; the recorder recovered it and signed what there was"),
    "clock-outside": N_("the device's own clock lies outside the bracket; the bracket stands"),
    # receipt and ledger
    "note": N_("a checkpoint is not a signed note"),
    "note-signature": N_("a checkpoint is not signed by the ledger that the trust document names"),
    "checkpoint": N_("a checkpoint is malformed"),
    "quorum": N_("a checkpoint lacks the cosignatures that are demanded"),
    "inclusion": N_("an entry is not in the ledger's tree"),
    "payload": N_("the content of an entry is not the one that the ledger holds"),
    "kind": N_("an entry of another kind was put in"),
    "receipt-recorder": N_("the receipt is for another recorder"),
    "receipt-recording": N_("the county stored another recording than this"),
    "receipt-station": N_("the receipt is for another station"),
    "open-checkpoint": N_("the station's enrolment is not proved under the checkpoint that it named"),
    "boot-checkpoint": N_("the enrolment is not proved under the checkpoint that the recorder named"),
    "bracket": N_("the recording would have been stored before the recorder was enrolled"),
    "jwk": N_("a key is malformed"),
    # trust
    "no-key": N_("neither a receipt nor a logbook tells whose recording this is"),
    "revoked": N_("the recorder's key had been revoked before"),
    "revoked-within": N_("the recorder's key was revoked within the bracket: before or after cannot be told"),
}


def sentence(code: str) -> str:
    """In the language in use; the code itself for one that has no sentence."""
    return _(SENTENCES.get(code, code))
