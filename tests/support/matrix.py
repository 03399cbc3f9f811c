"""Who may open what: one table over every address of the server (domain: three separate administrators).

A column a role, a letter what becomes of a request:

    .  refused (403), wherever it lies
    a  opens, wherever it lies
    s  opens what lies in the scope of the role, else there is no such thing (404)
    o  opens what is the officer's own, else 404
    m  as `s`, and what is not there to be done is 404 too: only never 403
    b  opens what is the founded bureau's, else 404
    n  there is no such thing (404), wherever it lies: opens what he asked for himself, which is not here
    -  is sent elsewhere (302)

Nobody signed in is sent to the sign-in page. `POSTED` are buttons: their letters speak of POST. `EVERYBODY`
opens for every signed-in person, also without a role; `PUBLIC` for all; `MACHINES` to requests that a device
signs, and to nobody here.
"""

from __future__ import annotations

from uuid import UUID

ROLES = (
    "officer", "unit-head", "viewer", "approver", "leader", "legal-editor", "trainer", "equipment-keeper",
    "system-administrator", "security-administrator", "audit-administrator", "supervisor",
)  # fmt: skip
FILES = {
    "assessment-pdf",
    "attachment",
    "evidence",
    "footage-draw-file",
    "statistics-report-json",
    "statistics-report-pdf",
    "task-file-rejected",
}
"""Of the pages those that are handed out as files."""
PAGES = {
    #                      off uh  vw  ap  ld  le  tr  ek  sys sec aud sv
    "home":               " a   a   a   a   a   a   a   a   a   a   a   a ",
    "recordings":         " a   a   a   a   a   .   .   .   .   .   .   a ",
    "recording":          " o   s   s   s   s   .   .   .   .   .   .   s ",
    "evidence":           " o   s   s   s   s   .   .   .   .   .   .   s ",
    "recording-journal":  " o   s   s   s   s   .   .   .   .   .   .   s ",
    "act-new":            " o   .   .   .   .   .   .   .   .   .   .   . ",
    "recording-keep":     " o   s   .   .   .   .   .   .   .   .   .   . ",
    "search":             " a   a   a   a   a   .   .   .   .   .   .   a ",
    "viewings":           " .   .   a   a   a   .   .   .   .   .   a   . ",
    "viewing":            " .   .   n   s   s   .   .   .   .   .   a   . ",
    "footage-reviews":    " .   .   .   .   .   .   .   .   .   .   .   a ",
    "footage-review":     " .   .   .   .   .   .   .   .   .   .   .   s ",
    "footage-reviews-mine": " a   .   .   .   .   .   .   .   .   .   .   . ",
    "footage-figures":    " .   a   .   .   a   .   .   .   .   .   .   a ",
    "footage-draws":      " .   a   .   .   a   .   .   .   .   .   .   a ",
    "footage-draw":       " .   s   .   .   s   .   .   .   .   .   .   s ",
    "footage-draw-file":  " .   n   .   .   n   .   .   .   .   .   .   n ",
    "footage-draw-new":   " .   .   .   .   .   .   .   .   .   .   .   a ",
    "footage-target":     " .   .   .   .   .   .   .   .   .   .   .   a ",
    "footage-checklists": " a   a   .   .   a   a   .   .   .   .   .   a ",
    "footage-checklist":  " .   .   .   .   .   a   .   .   .   .   .   . ",
    "copies":             " .   a   a   a   a   .   .   .   .   .   .   a ",
    "statistics":         " .   a   a   a   a   .   .   .   .   .   .   a ",
    "today":              " .   a   .   .   a   .   .   .   .   .   .   a ",
    "due-tasks":          " a   a   a   a   a   .   .   .   .   .   .   a ",
    "due-task":           " o   s   s   s   s   .   .   .   .   .   .   s ",
    "due-task-correct":   " .   .   .   .   .   .   .   .   .   .   .   s ",
    "task-files":         " .   .   .   .   .   .   .   .   .   .   .   a ",
    "task-file":          " .   .   .   .   .   .   .   .   .   .   .   n ",
    "task-file-rejected": " .   .   .   .   .   .   .   .   .   .   .   n ",
    "units":              " .   a   .   .   a   .   .   .   .   .   .   a ",
    "unit":               " .   s   .   .   s   .   .   .   .   .   .   s ",
    "outcomes":           " .   a   a   a   a   .   .   .   .   .   .   a ",
    "statistics-recorders": " .   a   a   a   a   .   .   .   .   .   .   a ",
    "statistics-reports": " .   a   a   a   a   .   .   .   .   .   .   a ",
    "statistics-report-pdf": " .   a   a   a   a   .   .   .   .   .   .   a ",
    "statistics-report-json": " .   a   a   a   a   .   .   .   .   .   .   a ",
    "assessment":         " .   a   .   .   a   .   .   .   .   .   .   a ",
    "assessment-month":   " .   a   .   .   a   .   .   .   .   .   .   a ",
    "assessment-pdf":     " .   a   .   .   a   .   .   .   .   .   .   a ",
    "assessment-own":     " a   a   a   a   a   a   a   a   a   a   a   a ",
    "assessment-person":  " o   s   n   n   s   n   n   n   n   n   n   s ",
    "assessment-scheme":  " a   a   a   a   a   a   a   a   a   a   a   a ",
    "assessment-scheme-edit": " .   .   .   .   .   .   .   .   .   .   .   a ",
    "objections":         " .   .   .   .   a   .   .   .   .   .   .   . ",
    "objection":          " .   .   .   .   s   .   .   .   .   .   .   . ",
    "county-acts":        " .   n   n   n   n   .   .   .   .   .   .   n ",
    "county-act":         " .   n   n   n   n   .   .   .   .   .   .   n ",
    "county-recordings":  " .   n   n   n   n   .   .   .   .   .   .   n ",
    "county-recording":   " .   n   n   n   n   .   .   .   .   .   .   n ",
    "acts":               " a   a   a   a   a   .   .   .   .   .   .   a ",
    "work-recordings":    " a   a   .   .   .   .   .   .   .   .   .   . ",
    "work-statements":    " .   a   .   .   .   .   .   .   .   .   .   . ",
    "findings":           " a   a   a   a   a   a   a   a   a   a   a   a ",
    "finding":            " o   s   n   n   s   n   n   n   n   n   n   s ",
    "finding-explain":    " o   n   n   n   n   n   n   n   n   n   n   n ",
    "finding-conclude":   " .   .   .   .   n   .   .   .   .   .   .   s ",
    "finding-refer":      " .   .   .   .   s   .   .   .   .   .   .   . ",
    "finding-appeal":     " o   n   n   n   n   n   n   n   n   n   n   n ",
    "finding-sanction":   " .   s   .   .   s   .   .   .   .   .   .   . ",
    "explanations":       " a   a   a   a   a   a   a   a   a   a   a   a ",
    "explanation":        " o   s   n   n   s   n   n   n   n   n   n   s ",
    "explanation-decide": " .   s   .   .   .   .   .   .   .   .   .   . ",
    "explanation-confirm": " .   .   .   .   .   .   .   .   .   .   .   s ",
    "attachment":         " o   s   n   n   s   n   n   n   n   n   n   s ",
    "explain-act":        " o   .   .   .   .   .   .   .   .   .   .   . ",
    "explain-task":       " o   .   .   .   .   .   .   .   .   .   .   . ",
    "work-explanations":  " .   a   .   .   .   .   .   .   .   .   .   a ",
    "work-findings":      " .   .   .   .   .   .   .   .   .   .   .   a ",
    "sanctions":          " a   a   a   a   a   a   a   a   a   a   a   a ",
    "sanction":           " o   s   n   n   s   n   n   n   n   n   n   s ",
    "sanction-appeal":    " o   n   n   n   n   n   n   n   n   n   n   n ",
    "appeal-decide":      " .   .   .   .   s   .   .   .   .   .   .   . ",
    "procedures":         " o   .   .   .   .   .   .   .   .   .   .   . ",
    "act":                " o   s   s   s   s   .   .   .   .   .   .   s ",
    "statement":          " o   .   .   .   .   .   .   .   .   .   .   . ",
    "act-amend":          " o   s   .   .   .   .   .   .   .   .   .   . ",
    "act-link":           " o   s   .   .   .   .   .   .   .   .   .   . ",
    "act-unlink":         " o   s   .   .   .   .   .   .   .   .   .   . ",
    "act-outcome":        " o   s   .   .   .   .   .   .   .   .   .   . ",
    "act-withdraw":       " o   s   .   .   .   .   .   .   .   .   .   . ",
    "case":               " o   s   s   s   s   .   .   .   .   .   .   s ",
    "templates":          " a   .   .   .   .   .   .   .   .   .   .   . ",
    "template-new":       " a   .   .   .   .   .   .   .   .   .   .   . ",
    "template":           " o   .   .   .   .   .   .   .   .   .   .   . ",
    "recorders":          " .   a   a   a   a   .   .   a   a   .   a   a ",
    "recorder":           " .   s   s   s   s   .   .   s   a   .   a   s ",
    "recorder-issue":     " .   .   .   .   .   .   .   s   .   .   .   . ",
    "recorder-return":    " .   .   .   .   .   .   .   s   .   .   .   . ",
    "recorder-state":     " .   .   .   .   .   .   .   s   .   .   .   . ",
    "recorder-assign":    " .   .   .   .   .   .   .   s   .   .   .   . ",
    "recorder-bind":      " .   .   .   .   .   .   .   .   a   .   .   . ",
    "equipment-register": " .   .   .   .   .   .   .   a   .   .   .   . ",
    "equipment-enrol":    " .   .   .   .   .   .   .   .   a   .   .   . ",
    "certificates":       " .   .   .   .   .   .   .   .   a   .   .   . ",
    "device-revoke":      " .   .   .   .   .   .   .   .   a   .   .   . ",
    "stations":           " .   .   .   .   .   .   .   a   a   .   .   . ",
    "station":            " .   .   .   .   .   .   .   a   a   .   .   . ",
    "alarms":             " .   .   .   .   .   .   .   .   a   .   .   . ",
    "alarm":              " .   .   .   .   .   .   .   .   a   .   .   . ",
    "dock-keys":          " .   .   .   .   .   .   .   .   a   .   .   . ",
    "dock-key":           " .   .   .   .   .   .   .   .   a   .   .   . ",
    "imports":            " .   .   .   .   .   a   a   a   a   a   .   a ",
    "import":             " .   .   .   .   .   .   .   .   a   .   .   . ",
    "import-template":    " .   .   .   .   .   .   .   .   a   .   .   . ",
    "people":             " .   .   .   .   .   .   .   .   a   a   .   . ",
    "person":             " .   .   .   .   .   .   .   .   a   a   .   . ",
    "person-new":         " .   .   .   .   .   .   .   .   a   .   .   . ",
    "person-name":        " .   .   .   .   .   .   .   .   a   .   .   . ",
    "person-post":        " .   .   .   .   .   .   .   .   a   .   .   . ",
    "person-leave":       " .   .   .   .   .   .   .   .   a   .   .   . ",
    "departments":        " .   .   .   .   .   .   .   .   a   a   .   . ",
    "department-new":     " .   .   .   .   .   .   .   .   a   .   .   . ",
    "department":         " .   .   .   .   .   .   .   .   b   .   .   . ",
    "bureau-new":         " .   .   .   .   .   .   .   .   a   .   .   . ",
    "bureau":             " .   .   .   .   .   .   .   .   a   .   .   . ",
    "delegations":        " .   a   .   a   a   .   .   .   .   a   .   . ",
    "calendar-now":       " -   -   -   -   -   -   -   -   -   -   -   - ",
    "calendar":           " a   a   a   a   a   a   a   a   a   a   a   a ",
    "accounts":           " .   .   .   .   .   .   .   .   a   .   .   . ",
    "all-sessions":       " .   .   .   .   .   .   .   .   a   .   .   . ",
    "account-of":         " .   .   .   .   .   .   .   .   a   .   .   . ",
    "grants":             " .   .   .   .   .   .   .   .   .   a   .   . ",
    "sight":              " .   .   .   .   .   .   .   .   .   a   .   . ",
    "grants-of":          " .   .   .   .   .   .   .   .   .   a   .   . ",
    "reviews":            " .   .   .   .   .   .   .   .   .   a   a   . ",
    "review":             " .   .   .   .   .   .   .   .   .   a   .   . ",
    "logs":               " .   .   .   .   .   .   .   .   .   .   -   . ",
    "log":                " .   .   .   .   .   .   .   .   .   .   a   . ",
    "audit":              " .   .   .   .   .   .   .   .   .   .   a   . ",
    "audit-recording":    " .   s   .   .   .   .   .   .   .   .   a   . ",
    "audit-act":          " .   s   .   .   .   .   .   .   .   .   a   . ",
    "audit-person":       " .   .   .   .   .   .   .   .   .   .   a   . ",
    "api-tokens":         " .   .   .   .   .   .   .   .   .   a   .   . ",
    "training":           " .   a   .   .   .   .   a   a   .   .   .   . ",
    "training-mine":      " a   .   .   .   .   .   .   .   .   .   .   . ",
    "training-of":        " .   s   .   .   .   .   b   s   .   .   .   . ",
    "courses":            " .   a   .   .   .   .   a   a   .   .   .   . ",
    "course":             " .   .   .   .   .   .   a   .   .   .   .   . ",
    "course-new":         " .   .   .   .   .   .   a   .   .   .   .   . ",
    "results":            " .   .   .   .   .   .   a   .   .   .   .   . ",
    "withdraw-result":    " .   .   .   .   .   .   b   .   .   .   .   . ",
    "health":             " .   .   .   .   .   .   .   .   a   .   .   . ",
    "ledger":             " a   a   a   a   a   a   a   a   a   a   a   a ",
    "absence":            " .   a   a   a   a   .   .   a   a   .   a   a ",
    "absence-day":        " .   a   a   a   a   .   .   a   a   .   a   a ",
    "absence-holes":      " .   a   a   a   a   .   .   a   a   .   a   a ",
    "absence-recorders":  " .   a   a   a   a   .   .   a   a   .   a   a ",
    "federation":         " .   .   .   .   a   .   .   .   a   a   a   . ",
    "federation-part":    " .   .   .   .   .   .   .   .   n   n   .   . ",
    "catalogue":          " a   a   a   a   a   a   a   a   a   a   a   a ",
    "catalogue-item":     " a   a   a   a   a   a   a   a   a   a   a   a ",
    "catalogue-versions": " a   a   a   a   a   a   a   a   a   a   a   a ",
    "catalogue-version":  " a   a   a   a   a   a   a   a   a   a   a   a ",
    "catalogue-draft":    " .   .   .   .   .   a   .   .   .   .   .   . ",
    "catalogue-draft-new": " .   .   .   .   .   a   .   .   .   .   .   . ",
    "catalogue-draft-item": " .   .   .   .   .   a   .   .   .   .   .   . ",
    "catalogue-draft-text-new": " .   .   .   .   .   a   .   .   .   .   .   . ",
    "catalogue-draft-text": " .   .   .   .   .   a   .   .   .   .   .   . ",
    "proposals":          " a   a   a   a   a   a   a   a   a   a   a   a ",
    "proposal":           " a   a   a   a   a   a   a   a   a   a   a   a ",
    "propose":            " a   a   .   .   .   .   .   .   .   .   .   . ",
    "propose-new":        " a   a   .   .   .   .   .   .   .   .   .   . ",
    "rollout":            " a   a   a   a   a   a   a   a   a   a   a   a ",
    "rollout-new":        " .   .   .   .   .   a   .   .   .   .   .   . ",
    "rollout-line":       " .   .   .   .   .   a   .   .   .   .   .   . ",
    "oversight-rules":    " a   a   a   a   a   a   a   a   a   a   a   a ",
    "regulations":        " a   a   a   a   a   a   a   a   a   a   a   a ",
    "regulation":         " a   a   a   a   a   a   a   a   a   a   a   a ",
    "regulation-readers": " .   a   .   .   .   a   .   .   .   .   .   . ",
    "regulation-new":     " .   .   .   .   .   a   .   .   .   .   .   . ",
    "regulation-edit":    " .   .   .   .   .   a   .   .   .   .   .   . ",
    "notices":            " a   a   a   a   a   a   a   a   a   a   a   a ",
    "notice":             " a   a   a   a   a   a   a   a   a   a   a   a ",
    "notice-new":         " .   .   .   .   n   n   .   .   .   .   .   . ",
}  # fmt: skip
POSTED = {
    "assessment-publish": " .   .   .   .   a   .   .   .   .   .   .   . ",
    "assessment-object":  " a   a   a   a   a   a   a   a   a   a   a   a ",
    "views":              " a   a   a   a   a   a   a   a   a   a   a   a ",
    "recorder-unbind":    " .   .   .   .   .   .   .   .   a   .   .   . ",
    "dock-key-refuse":    " .   .   .   .   .   .   .   .   a   .   .   . ",
    "template-delete":    " o   .   .   .   .   .   .   .   .   .   .   . ",
    "catalogue-draft-clear": " .   .   .   .   .   a   .   .   .   .   .   . ",
    "catalogue-draft-change": " .   .   .   .   .   a   .   .   .   .   .   . ",
    "delegation-end":     " .   a   .   a   a   .   .   .   .   a   .   . ",
    "grant-withdraw":     " .   .   .   .   .   .   .   .   .   a   .   . ",
    "api-token-withdraw": " .   .   .   .   .   .   .   .   .   a   .   . ",
}  # fmt: skip
EVERYBODY = {"account", "mail", "messages", "held", "password", "factors", "sessions"}
ROLELESS = dict.fromkeys(("findings", "explanations", "sanctions", "views"), "a") | dict.fromkeys(
    (
        "finding",
        "finding-explain",
        "finding-appeal",
        "explanation",
        "attachment",
        "sanction",
        "sanction-appeal",
    ),
    "n",
)
"""What opens for whoever has no role (any more): what asks, or is decided, about himself."""
PUBLIC = {"login", "emblem", "api-docs", "api-openapi"}
ELSEWHERE = {"second", "logout", "language"}
"""Signing in and out: test_login has them."""
MACHINES = ("api/", "api-root", "intake/", "keyholder/", "media/", "ledger/", "federation/")
PARTS = {
    "bureau": "qinghe",
    "file": UUID(int=6),
    "year": 2026,
    "month": "2026-06",
    "delegation": UUID(int=7),
    "token": UUID(int=8),
    "sheet": "people",
    "code": "C01",
    "number": 1,
    "part": "classes",
    "listed": "household",
    "kind": "recorder",
    "source": "access",
}
"""Parts of addresses that name no row."""
ASKS = {"procedures": "recording"}
"""What an address asks about by `?`."""
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
