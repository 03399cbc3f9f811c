"""Codes as people read them. English msgids; the Chinese is in the catalogue."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ORIGINS = {
    "camera": _("captured by camera"),
    "rtsp": _("captured by network camera"),
    "file": _("from a file, not captured"),
    "test": _("test picture, not captured"),
    "import": _("imported, sealed at import"),
}
OFFICER_CHECKS = {
    "key": _("security key of the officer (fingerprint or PIN)"),
    "fprintd": _("fingerprint at the station"),
    "fprintd+key": _("fingerprint at the station and security key"),
}
CLOSED_BY = {
    "recording-closed": _("closed by the recorder"),
    "recovered": _("recovered after power was lost"),
}
ROLES = {
    "officer": _("enforcement officer"),
    "viewer": _("viewer"),
    "approver": _("approver"),
    "security-administrator": _("security administrator"),
    "system-administrator": _("system administrator"),
    "audit-administrator": _("audit administrator"),
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
PURPOSES = {
    "dispute": _("dispute"),
    "review": _("review"),
    "complaint": _("complaint"),
    "case": _("case"),
    "taxpayer-present": _("taxpayer present"),
    "taxpayer-request": _("taxpayer's request"),
    "training": _("training"),
    "technical": _("technical"),
}
STEPS = {
    "captured": _("Recorded"),
    "handed-over": _("Handed over"),
    "collected": _("Collected by the station"),
    "stored": _("Stored and logged"),
    "receipt": _("Receipt: cosigned checkpoint"),
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
    "person-added/1": _("Person added"),
    "role-granted/1": _("Role granted"),
    "credential-registered/1": _("Security key registered"),
    "credential-revoked/1": _("Security key revoked"),
    "access-logged/1": _("Access log entered"),
    "station-enrolled/1": _("Station enrolled"),
    "recorder-enrolled/1": _("Recorder enrolled"),
    "recorder-bound/1": _("Recorder bound to a bay"),
    "recorder-assigned/1": _("Recorder assigned"),
    "device-revoked/1": _("Device revoked"),
    "dock-credential-registered/1": _("Officer's dock key registered"),
    "docking-refused/1": _("Docking refused"),
    "recording-stored/1": _("Recording stored"),
    "act-opened/1": _("Act opened"),
    "statement-filed/1": _("Statement filed"),
    "viewing-requested/1": _("Viewing requested"),
    "viewing-decided/1": _("Viewing decided"),
    "key-released/1": _("Key released"),
}
ACTIONS = {"GET": _("looked at"), "POST": _("sent"), "sign-in": _("signed in")}
ALARMS = {
    "fork": _("Two different lines under one number: the recorder was copied or rolled back"),
    "tls": _("certificate refused"),
    "docking-refused": _("docking refused"),
}
TABLES = {
    "alarm": ALARMS,
    "action": ACTIONS,
    "origin": ORIGINS,
    "officer-check": OFFICER_CHECKS,
    "closed-by": CLOSED_BY,
    "role": ROLES,
    "tier": TIERS,
    "element": ELEMENTS,
    "purpose": PURPOSES,
    "step": STEPS,
    "proof": PROOFS,
    "kind": KINDS,
}
