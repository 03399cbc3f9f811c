"""Codes as people read them. English msgids; the Chinese is in the catalogue."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ORIGINS = {
    "camera": _("captured by camera"),
    "rtsp": _("captured by network camera"),
    "file": _("from a file, not captured"),
    "test": _("test picture, not captured"),
    "import": _("sealed at import"),
}
OFFICER_CHECKS = {
    "key": _("security key of the officer (fingerprint or PIN)"),
    "fprintd": _("fingerprint at the station"),
    "fprintd+key": _("fingerprint at the station and security key"),
    "none": _("none: only the station signed"),
}
CLOSED_BY = {
    "recording-closed": _("closed by the recorder"),
    "recovered": _("recovered after power was lost"),
    "import": _("the file's own end"),
}
ROLES = {
    "officer": _("enforcement officer"),
    "unit-head": _("head of a unit"),
    "viewer": _("viewer"),
    "approver": _("approver"),
    "leader": _("bureau leader"),
    "legal-editor": _("legal editor"),
    "trainer": _("trainer"),
    "equipment-keeper": _("equipment keeper"),
    "security-administrator": _("security administrator"),
    "system-administrator": _("system administrator"),
    "audit-administrator": _("audit administrator"),
}
ROLE_MAY = {
    "officer": _("Can open acts, write statements, see recordings of his own, and be issued a recorder."),
    "unit-head": _("Can see the acts and recordings of these departments, and hand this role on."),
    "viewer": _("Can see the acts and recordings of these departments, and ask to watch."),
    "approver": _("Can decide who watches recordings of these departments, and hand this role on."),
    "leader": _("Can decide about copies and about viewings for outsiders too, and hand this role on."),
    "legal-editor": _("Can change the catalogue, the rollout plan and the regulations."),
    "trainer": _("Can set courses and record results of training."),
    "equipment-keeper": _("Can register, issue, take back and assign the equipment of these departments."),
    "security-administrator": _("Can grant and withdraw roles, hold the review and set the calendar."),
    "system-administrator": _("Can enter people, departments, logins and devices."),
    "audit-administrator": _("Can read all logs and enters nothing."),
}
TIERS = {"inventoried": _("inventoried"), "selected": _("selected"), "priority": _("priority")}
ELEMENTS = {
    "time": _("Time"),
    "place": _("Place"),
    "persons": _("Persons"),
    "event": _("Event"),
    "cause": _("Cause"),
    "course": _("Course"),
    "result": _("Result"),
}
SOURCE_STATES = {
    "sound": _("whole"),
    "truncated": _("cut short: bytes are missing at its end; kept as it is"),
    "unreadable": _("unreadable: neither picture nor sound was found; kept as it is"),
}
PURPOSES = {
    "dispute": _("dispute"),
    "review": _("review"),
    "complaint": _("complaint"),
    "case": _("case"),
    "training": _("training"),
    "technical": _("technical"),
    "taxpayer-present": _("taxpayer present"),
    "taxpayer-request": _("taxpayer's request"),
    "court": _("court"),
    "discipline": _("discipline inspection"),
    "publicity": _("publicity"),
}
STEPS = {
    "captured": _("Recorded"),
    "imported": _("Sealed at import, by the station"),
    "handed-over": _("Handed over"),
    "collected": _("Collected by the station"),
    "stored": _("Stored and logged"),
    "receipt": _("Receipt: cosigned checkpoint"),
    "cleared": _("Erased on the recorder, upon the receipt"),
    "act": _("Linked to an act"),
    "statement": _("Statement filed"),
    "viewing-requested": _("Viewing requested"),
    "viewing-approved": _("Viewing approved"),
    "viewing-refused": _("Viewing refused"),
    "released": _("Key released"),
}
PROOFS = {
    "leaf": _("entry"),
    "line": _("signed line"),
    "handover": _("handover"),
    "checkpoint": _("checkpoint"),
}
KINDS = {
    "bureau-founded/1": _("Bureau founded"),
    "peer-registered/1": _("Peer registered"),
    "policy-set/1": _("Policy set"),
    "catalogue-set/1": _("Catalogue set"),
    "rollout-set/1": _("Rollout plan changed"),
    "procedure-proposed/1": _("Change of the catalogue proposed"),
    "procedure-decided/1": _("Proposal decided"),
    "regulation-issued/1": _("Rules issued"),
    "regulation-read/1": _("Rules confirmed as read"),
    "bureau-listed/1": _("Bureau listed"),
    "department-set/1": _("Department set"),
    "person-added/1": _("Person added"),
    "person-described/1": _("Name or number changed"),
    "post-taken/1": _("Post taken"),
    "post-left/1": _("Post left"),
    "role-granted/1": _("Role granted"),
    "role-withdrawn/1": _("Role withdrawn"),
    "delegation-given/1": _("Role handed on"),
    "delegation-ended/1": _("Delegation ended"),
    "calendar-set/1": _("Working calendar set"),
    "rights-reviewed/1": _("Rights reviewed"),
    "credential-registered/1": _("Security key registered"),
    "credential-revoked/1": _("Security key revoked"),
    "account-changed/1": _("Login changed"),
    "access-logged/1": _("Access log entered"),
    "station-enrolled/1": _("Station enrolled"),
    "recorder-enrolled/1": _("Recorder enrolled"),
    "recorder-bound/1": _("Recorder bound to a bay"),
    "recorder-unbound/1": _("Recorder taken from its bay"),
    "equipment-registered/1": _("Equipment registered"),
    "certificate-recorded/1": _("Certificate recorded"),
    "recorder-issued/1": _("Recorder issued"),
    "recorder-returned/1": _("Recorder returned"),
    "recorder-state-set/1": _("State of a recorder set"),
    "recorder-assigned/1": _("Recorder assigned"),
    "device-revoked/1": _("Device revoked"),
    "dock-credential-registered/1": _("Officer's dock key registered"),
    "finger-enrolled/1": _("Finger enrolled at a station"),
    "docking-refused/1": _("Docking refused"),
    "recorder-finding/1": _("Found missing at a docking"),
    "recording-stored/1": _("Recording stored"),
    "recording-imported/1": _("Recording imported"),
    "course-set/1": _("Course set"),
    "training-recorded/1": _("Training result recorded"),
    "training-withdrawn/1": _("Training result withdrawn"),
    "act-opened/1": _("Act opened"),
    "statement-filed/1": _("Statement filed"),
    "statement-confirmed/1": _("Statement confirmed"),
    "recording-set-aside/1": _("Recording set aside"),
    "description-assigned/1": _("Description assigned"),
    "viewing-requested/1": _("Viewing requested"),
    "viewing-decided/1": _("Viewing decided"),
    "key-released/1": _("Key released"),
}
ACTIONS = {
    "GET": _("looked at"),
    "POST": _("sent"),
    "sign-in": _("signed in"),
    "second-factor": _("second factor"),
    "export": _("exported"),
    "import": _("imported"),
}
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
    "store-lost": _("The store lacks recordings that the ledger names: see `zhilu server check-store`"),
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
    "snapshot-expired": _("The station's list of devices has expired"),
    "upload-refused": _("The county refuses what the station sends"),
}
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
FACTORS = {"app": _("app with codes"), "key": _("security key")}
LOGINS = {
    "none": _("no login"),
    "active": _("active"),
    "one-time": _("one-time password"),
    "locked": _("locked after failures"),
    "disabled": _("disabled"),
}
ACCOUNT_CHANGES = {
    "created": _("made"),
    "disabled": _("disabled"),
    "enabled": _("enabled"),
    "password-reset": _("password reset"),
    "factor-added": _("second factor added"),
    "factor-removed": _("second factor removed"),
    "sessions-ended": _("signed out elsewhere"),
}
SUBJECTS = {
    "post": _("post"),
    "delegation": _("delegation"),
    "review": _("review of rights"),
    "credential": _("security key"),
    "rollout": _("rollout line"),
    "proposal": _("proposal"),
    "regulation": _("rules"),
    "result": _("training result"),
    "issue": _("issue of a recorder"),
    "recording": _("recording"),
    "act": _("act"),
    "viewing": _("viewing"),
    "kid": _("key"),
}
TONES = {"late": _("Late"), "wrong": _("Look at this"), "waits": _("Waiting"), "known": _("Good to know")}
COURSE_KINDS = {
    "conduct": _("enforcement conduct"),
    "recorder": _("use of the recorder"),
    "drill": _("staged drill"),
}
WHYS = {
    "here": _("granted there"),
    "above": _("granted for a department above"),
    "bureau": _("for the whole bureau"),
    "delegated": _("handed on by"),
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
LINES = {
    "enrolled": _("enrolled"),
    "boot": _("switched on"),
    "recording-opened": _("recording begun"),
    "recording-closed": _("recording ended"),
    "recovered": _("recording recovered"),
    "not-recording": _("did not record"),
    "shutdown": _("switched off"),
    "docked": _("docked"),
    "assigned": _("assigned"),
    "trust-changed": _("trust changed"),
    "cleared": _("recording erased on a receipt"),
    "clock-set": _("clock set"),
    "battery": _("battery"),
    "storage": _("storage"),
    "fault": _("fault"),
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
DEPARTMENT_KINDS = {
    "collection": _("tax collection"),
    "administration": _("tax administration"),
    "monitoring": _("monitoring"),
    "inspection": _("inspection"),
    "legal": _("legal affairs"),
    "leadership": _("leadership"),
    "support": _("support"),
    "other": _("other"),
}
RANKS = {
    "officer": _("staff"),
    "deputy-head": _("deputy head"),
    "head": _("head"),
    "leader": _("leader of the bureau"),
}
LEAVING = {
    "transfer": _("transfer"),
    "retired": _("retired from the service"),
    "left": _("left the service"),
    "correction": _("entered by mistake"),
}
HANDED = {"now": _("counts now"), "later": _("begins later"), "over": _("over")}
DAY_KINDS = {"holiday": _("holiday"), "workday": _("workday")}
FITNESS = {"fit": _("fit"), "ending": _("ends in 30 days"), "unfit": _("not fit")}
HEALTH = {"good": _("well"), "attention": _("needs attention"), "bad": _("bad")}
PHASES = {
    "empty": _("empty"),
    "greeting": _("being greeted"),
    "waiting-officer": _("waits for the officer"),
    "collecting": _("collecting"),
    "uploading": _("uploading"),
    "stored": _("stored"),
    "safe-to-take": _("may be taken"),
    "cleared": _("cleared"),
    "refused": _("refused"),
    "fault": _("fault"),
}
TABLES = {
    "health": HEALTH,
    "phase": PHASES,
    "fitness": FITNESS,
    "department-kind": DEPARTMENT_KINDS,
    "rank": RANKS,
    "leaving": LEAVING,
    "handed": HANDED,
    "day-kind": DAY_KINDS,
    "line": LINES,
    "equipment": EQUIPMENT_KINDS,
    "recorder-state": RECORDER_STATES,
    "condition": CONDITIONS,
    "deputy": DEPUTY_REASONS,
    "revoked": REVOKED,
    "measure": MEASURES,
    "fault": FAULTS,
    "certificate": CERTIFICATE_STATES,
    "why": WHYS,
    "course-kind": COURSE_KINDS,
    "tone": TONES,
    "factor": FACTORS,
    "login": LOGINS,
    "account-change": ACCOUNT_CHANGES,
    "finding": FINDINGS,
    "stretch": STRETCHES,
    "counter": COUNTERS,
    "alarm": ALARMS,
    "alarm-state": ALARM_STATES,
    "alarm-step": ALARM_STEPS,
    "action": ACTIONS,
    "origin": ORIGINS,
    "officer-check": OFFICER_CHECKS,
    "closed-by": CLOSED_BY,
    "role": ROLES,
    "source-state": SOURCE_STATES,
    "tier": TIERS,
    "element": ELEMENTS,
    "purpose": PURPOSES,
    "step": STEPS,
    "proof": PROOFS,
    "kind": KINDS,
}
