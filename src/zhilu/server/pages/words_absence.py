"""Words for what did not arrive (spec/absence.md §3)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

KINDS = {
    "not-collected": _("gone from the recorder"),
    "not-stored": _("handed over, not stored"),
    "not-handed": _("not handed over"),
    "cleared": _("erased, not stored"),
    "unclosed": _("never closed"),
    "counter": _("lines missing"),
    "fork": _("two lives told"),
    "closed-as": _("stored otherwise than it was closed"),
    "unhanded": _("stored without handover"),
    "unlogged": _("stored, not in the logbook"),
    "unlined": _("handed over, not in the logbook"),
    "lines": _("lines not told"),
    "unsigned": _("lines not signed"),
    "boot": _("switched on, nothing said"),
    "not-recording": _("switched on, could not record"),
    "broken-off": _("recording broke off"),
    "gap": _("gap in the picture"),
    "clock": _("time that cannot be"),
}
SAYS = {
    "not-collected": _(
        "The recorder closed it, and did not offer it at its next docking: it was not there any more."
    ),
    "not-stored": _(
        "Recorder, station and officer signed that it was there to be taken. It has not arrived."
    ),
    "not-handed": _("The recorder's lines have come, and no handover that follows them."),
    "cleared": _("The recorder says that it erased it on a receipt. The ledger has none."),
    "unclosed": _("The recorder was switched on anew and neither closed nor recovered it."),
    "counter": _("The recorder's counter was raised by something of which no line tells."),
    "fork": _("Its key has signed two histories: the recorder was copied or set back."),
    "closed-as": _("It is stored, and no line of the recorder that was told closed it with this length."),
    "unhanded": _("It is stored, and the ledger has no handover that lists it."),
    "unlogged": _("It is stored, and no line of the recorder that was told opened it."),
    "unlined": _("A handover lists it, and the recorder's lines about it have not come."),
    "lines": _("The bureau entered lines that do not follow those before."),
    "unsigned": _("The bureau entered as the last line what this recorder did not sign."),
    "boot": _("It was switched on, and neither recorded nor said why not. It may have lost power at once."),
    "not-recording": _("It was switched on and said why it could not record."),
    "broken-off": _("A fault or a power cut ended one recording; the next began at the end of this time."),
    "gap": _("Nothing came from the camera within the recording."),
    "clock": _("The recorder's clock said a time that cannot be. It stands on the day it was told."),
}
STATES = {
    "complete": _("all arrived"),
    "hole": _("something missing"),
    "note": _("all arrived, with notes"),
    "under-way": _("under way"),
    "unknown": _("not known yet"),
    "nothing": _("nothing recorded"),
}
STANDS = {"open": _("is missing"), "under-way": _("under way"), "note": _("a note")}
REASONS = {
    "camera": _("camera"),
    "storage-full": _("memory full"),
    "no-policy": _("no policy"),
    "other": _("other"),
}
TABLES = {
    "hole": KINDS,
    "hole-says": SAYS,
    "hole-stands": STANDS,
    "absence-day": STATES,
    "absence-reason": REASONS,
}
