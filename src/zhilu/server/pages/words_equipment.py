"""Codes of recorders and stations, their findings and alarms, as people read them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

STRETCHES = {
    "gap": _("nothing came from the camera"),
    "black": _("without light"),
    "silent": _("without sound"),
}
COUNTERS = {
    "tpm": _("in a TPM"),
    "token": _("in a token"),
    "file": _("in a file"),
    "none": _("none"),
}
FINDINGS = {
    "fork": _("Two different lines under one number: the recorder was copied or rolled back"),
    "counter": _("The counter was raised without a line: something was written and is gone, or power failed"),
    "open-recording": _("A recording was begun, and neither closed nor recovered"),
    "boot-unexplained": _("Switched on, and neither recorded nor said why not"),
    "recording-missing": _("A recording was closed and not cleared, and the recorder has it no more"),
    "cleared-unstored": _("The recorder says it erased a recording on a receipt, which was never given"),
    "opened-by": _("The journal does not follow from the logbook"),
    "closed-as": _("The journal is not as the logbook closed it"),
    "drill": _("Called a drill or not, other than the assignment says"),
    "recipients": _("Sealed to others than the policy names"),
    "officer-check": _("The officer was checked less strictly than the policy demands"),
    "segment-hash": _("A segment is not the one that the journal signed"),
    "range": _("The recorder has less sound and picture than its journal signed"),
    "id": _("The journal is another recording's"),
    "media-short": _("Sound and picture end before the journal does"),
    "media-long": _("There is more sound and picture than the journal signed"),
    "recording-refused": _("A station says that it could not take over a recording"),
    "recording-order": _("The logbook opens, closes or clears a recording out of order"),
    "sequence": _("Lines of the logbook are missing"),
}
ALARMS = FINDINGS | {
    "handover-withheld": _("The recorder was docked, and no station has sent that handover within an hour"),
    "lines-withheld": _("A station sent a handover without the lines before it"),
    "import-chain": _(
        "An import does not follow the station's import before it: one is missing, or two claim one place"
    ),
    "import-repeated": _("The same file was imported again under another identifier"),
    "refusals-many": _("A station has refused more dockings within an hour than are entered"),
    "recording-id": _("Two made recordings under one identifier, or a station imported under a recorder's"),
    "neighbour-contradicts": _(
        "The ledger of another bureau contradicts what it signed before: see Other bureaus' ledgers"
    ),
    "neighbour-back": _(
        "Another bureau's server shows an older ledger than before: see Other bureaus' ledgers"
    ),
    "neighbour-dates": _(
        "Another bureau's ledger got entries dated back, before a time at which it provably had not got them:"
        " see Other bureaus' ledgers"
    ),
    "neighbour-posts": _(
        "Somebody took up a post in this bureau and still holds one of another: see Other bureaus' ledgers"
    ),
    "adoption-stopped": _(
        "What the city lays down is not taken over any more: the page of the other bureaus' ledgers says why"
    ),
    "draw-wrong": _(
        "Another bureau's draw of recordings is not as announced, or was not made in time: see Draws"
    ),
    "neighbour-alone": _(
        "New recordings of a county open without the city's keyholder again: see Other bureaus' ledgers"
    ),
    "neighbour-differs": _(
        "Rows or entries at another bureau are not what its ledger says: see Other bureaus' ledgers"
    ),
    "neighbour-unapplied": _(
        "Another bureau's ledger has an entry that cannot be applied here, and nothing after it is counted or"
        " shown: see Other bureaus' ledgers"
    ),
    "neighbour-uncompared": _(
        "Another bureau, though its server was reached, was not wholly compared with its ledger for two days:"
        " see Other bureaus' ledgers"
    ),
    "findings-withheld": _(
        "A county's ledger lacks findings that its own facts show, or has others: `zhilu server audit` names "
        "them"
    ),
    "tasks-many": _("A token of the API has sent more due tasks than are taken from one in a day"),
    "store-lost": _("The store lacks recordings that the ledger names: see `zhilu server check-store`"),
    "report-overdue": _("The report on an urgent viewing was not filed within 72 hours"),
    "tls": _("certificate refused"),
    "foreign": _("A device in the bay is not of this bureau"),
    "certificate": _("A device in the bay is not a recorder"),
    "role": _("A device in the bay is not a recorder"),
    "expired": _("The certificate of the recorder in the bay has expired"),
    "revoked": _("The recorder in the bay has been revoked"),
    "refused-us": _("The device in the bay does not accept this station"),
    "unknown-recorder": _("The recorder in the bay is not enrolled here"),
    "bay": _("The recorder belongs into another bay or to another station"),
    "unassigned": _("The recorder in the bay is assigned to no officer"),
    "docking-refused": _("docking refused"),
    "officer-locked": _("An officer failed the check five times and is locked for 15 minutes"),
    "finger-duplicate": _("A finger that the sensor knows already was presented again"),
    "dock-key-guessed": _("Five wrong numbers were typed for a security key made at this station"),
    "sensor-missing": _("The fingerprint reader does not answer"),
    "word-refused": _("A statement from the station was refused"),
    "spool-damaged": _("A recording in the station's spool is damaged; it was put aside"),
    "word-damaged": _("A statement that waited at the station is damaged"),
    "spool-full": _("The station's spool is full: recorders wait"),
    "spool-low": _("The station's spool is filling up"),
    "spool-old": _("Recordings wait at the station for more than a day"),
    "disk-low": _("The station's disk is filling up"),
    "disk-full": _("The station's disk is full"),
    "clock-off": _("The station's clock is wrong"),
    "alarms-many": _("The station has more alarms than it can keep"),
    "bay-broken": _("A bay does not work"),
    "county-away": _("The station cannot reach the county"),
    "certificate-ending": _("The station's certificate runs out soon"),
    "certificate-over": _("The station's certificate has run out"),
    "key-missing": _("The station's key is missing"),
    "not-registered": _("The county did not know the station"),
    "snapshot-old": _("The station's list of devices is old"),
    "snapshot-expired": _("The station has no list of devices in force: it takes no recorder"),
    "upload-refused": _("The county refuses what the station sends"),
}
ALARM_DETAILS = {"no-snapshot": _("it has got none yet"), "snapshot-expired": _("it has expired")}
"""What a station says of an alarm where it says a code."""
ALARM_STATES = {
    "raised": _("to be confirmed"),
    "confirmed": _("confirmed"),
    "handled": _("handled"),
    "closed": _("settled"),
}
ALARM_STEPS = {
    "confirmed": _("Confirm the alarm"),
    "handled": _("Say what was done"),
    "closed": _("Close the alarm"),
}
EQUIPMENT_KINDS = {"recorder": _("recorder"), "station": _("station"), "keyholder": _("keyholder")}
RECORDER_STATES = {
    "in-service": _("in service"),
    "repair": _("in repair"),
    "lost": _("lost"),
    "retired": _("retired"),
    "revoked": _("revoked"),
    "not-enrolled": _("no key enrolled"),
}
CONDITIONS = {"good": _("good"), "damaged": _("damaged"), "lost": _("not returned: lost")}
DEPUTY_REASONS = {
    "absent": _("the officer is absent"),
    "other-duty": _("the officer is on other duty"),
    "device-fault": _("the own recorder is out of order"),
    "other": _("another reason"),
}
REVOKED = {
    "lost": _("lost"),
    "stolen": _("stolen"),
    "key-compromise": _("somebody else may have the key"),
    "retired": _("taken out of use"),
    "superseded": _("replaced by a new key"),
}
CERTIFICATE_STATES = {
    "valid": _("valid"),
    "soon": _("runs out soon"),
    "expired": _("expired"),
    "replaced": _("replaced"),
    "revoked": _("revoked"),
}
MEASURES = {
    "clock-set": _("Clock set"),
    "battery": _("Battery"),
    "storage": _("Storage"),
    "fault": _("Fault"),
}
FAULTS = {
    "source": _("camera gave nothing"),
    "codec": _("camera changed its format"),
    "write-error": _("storage could not be written"),
    "storage-full": _("storage full"),
    "microphone": _("no microphone"),
    "keys": _("marking keys do not answer"),
    "torn-logbook": _("last line of the logbook was torn"),
}
HEALTH = {"good": _("well"), "attention": _("needs attention"), "bad": _("bad")}
TABLES = {
    "stretch": STRETCHES,
    "counter": COUNTERS,
    "finding": FINDINGS,
    "alarm": ALARMS,
    "alarm-state": ALARM_STATES,
    "alarm-step": ALARM_STEPS,
    "equipment": EQUIPMENT_KINDS,
    "recorder-state": RECORDER_STATES,
    "condition": CONDITIONS,
    "deputy": DEPUTY_REASONS,
    "revoked": REVOKED,
    "certificate": CERTIFICATE_STATES,
    "measure": MEASURES,
    "fault": FAULTS,
    "health": HEALTH,
}
