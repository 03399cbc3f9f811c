"""Who may open what: one table over every address of the server (domain: three separate administrators).

A column a role, a letter what becomes of a request:

    .  refused (403), wherever it lies
    a  opens, wherever it lies
    s  opens what lies in the scope of the role, else there is no such thing (404)
    o  opens what is the officer's own, else 404
    m  as `s`, and what is not there to be done is 404 too: only never 403
    -  is sent elsewhere (302)

Nobody signed in is sent to the sign-in page. `POSTED` are buttons: their letters speak of POST. `EVERYBODY`
opens for every signed-in person, also without a role; `PUBLIC` for all; `MACHINES` to requests that a device
signs, and to nobody here.
"""

from __future__ import annotations

ROLES = (
    "officer", "unit-head", "viewer", "approver", "legal-editor", "trainer", "equipment-keeper",
    "system-administrator", "security-administrator", "audit-administrator",
)  # fmt: skip
PAGES = {
    #                      off uh  vw  ap  le  tr  ek  sys sec aud
    "home":               " a   a   a   a   a   a   a   a   a   a ",
    "recordings":         " a   a   a   a   .   .   .   .   .   . ",
    "recording":          " o   s   s   s   .   .   .   .   .   . ",
    "evidence":           " o   s   s   s   .   .   .   .   .   . ",
    "act-new":            " o   .   .   .   .   .   .   .   .   . ",
    "acts":               " a   a   a   a   .   .   .   .   .   . ",
    "procedures":         " a   .   .   .   .   .   .   .   .   . ",
    "act":                " o   s   s   s   .   .   .   .   .   . ",
    "statement":          " o   .   .   .   .   .   .   .   .   . ",
    "recorders":          " .   a   a   a   .   .   a   a   .   a ",
    "recorder":           " .   s   s   s   .   .   s   a   .   a ",
    "recorder-issue":     " .   .   .   .   .   .   s   .   .   . ",
    "recorder-return":    " .   .   .   .   .   .   s   .   .   . ",
    "recorder-state":     " .   .   .   .   .   .   s   .   .   . ",
    "recorder-assign":    " .   .   .   .   .   .   s   .   .   . ",
    "recorder-bind":      " .   .   .   .   .   .   .   a   .   . ",
    "equipment-register": " .   .   .   .   .   .   a   .   .   . ",
    "equipment-enrol":    " .   .   .   .   .   .   .   a   .   . ",
    "certificates":       " .   .   .   .   .   .   .   a   .   . ",
    "device-revoke":      " .   .   .   .   .   .   .   a   .   . ",
    "stations":           " .   .   .   .   .   .   a   a   .   . ",
    "station":            " .   .   .   .   .   .   a   a   .   . ",
    "alarms":             " .   .   .   .   .   .   .   a   .   . ",
    "people":             " .   .   .   .   .   .   .   a   a   . ",
    "accounts":           " .   .   .   .   .   .   .   a   .   . ",
    "all-sessions":       " .   .   .   .   .   .   .   a   .   . ",
    "account-of":         " .   .   .   .   .   .   .   a   .   . ",
    "grants":             " .   .   .   .   .   .   .   .   a   . ",
    "sight":              " .   .   .   .   .   .   .   .   a   . ",
    "grants-of":          " .   .   .   .   .   .   .   .   a   . ",
    "reviews":            " .   .   .   .   .   .   .   .   a   a ",
    "review":             " .   .   .   .   .   .   .   .   a   . ",
    "logs":               " .   .   .   .   .   .   .   .   .   - ",
    "log":                " .   .   .   .   .   .   .   .   .   a ",
    "log-export":         " .   .   .   .   .   .   .   .   .   a ",
    "ledger":             " a   a   a   a   a   a   a   a   a   a ",
}  # fmt: skip
POSTED = {
    "recorder-unbind":    " .   .   .   .   .   .   .   a   .   . ",
    "grant-withdraw":     " .   .   .   .   .   .   .   .   a   . ",
}  # fmt: skip
EVERYBODY = {"account", "password", "factors", "sessions"}
PUBLIC = {"login", "emblem"}
ELSEWHERE = {"second", "logout", "language"}
"""Signing in and out: test_login has them."""
MACHINES = ("intake/", "keyholder/", "media/", "ledger/")
PARTS = {"kind": "recorder", "source": "access"}
"""Parts of addresses that name no row."""
STANDS_FOR = {
    ("recorder", "kid"): "recorder",
    ("station", "kid"): "station",
    ("device-revoke", "kid"): "recorder",
}
"""(first word of the address's name, part) → the thing; else a part has the thing's name."""


def letters(row: str) -> dict[str, str]:
    found = row.split()
    assert len(found) == len(ROLES), row
    return dict(zip(ROLES, found, strict=True))
