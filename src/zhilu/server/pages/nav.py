"""The menu: in groups, and of each group only what this person may open.

An entry's place is every address below its own: `/people/…` lies under People. The longest counts. A long
menu is folded: open are its first group and the one of the page that is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhilu.server.pages.services.rights import may

Words = str | Promise
LONG = 24
"""Entries with which a menu is folded."""


@dataclass(frozen=True)
class Entry:
    """`name` of the address; `what`: the row of `MAY`."""

    name: str
    label: Words
    what: str


@dataclass(frozen=True)
class Link:
    label: Words
    url: str
    current: str = ""
    """aria-current: `page`, or `true` for a page below it."""


@dataclass(frozen=True)
class Group:
    code: str
    label: Words
    links: list[Link]
    is_open: bool = True


MENU: list[tuple[str, Words, list[Entry]]] = [
    ("work", _("Work"), [
        Entry("home", _("Home"), "home"),
        Entry("work-recordings", _("To describe"), "describe"),
        Entry("work-statements", _("To confirm"), "confirm"),
        Entry("recordings", _("Recordings"), "recordings"),
        Entry("acts", _("Acts"), "acts"),
        Entry("search", _("Search"), "acts"),
        Entry("viewings", _("Viewings"), "viewings"),
        Entry("copies", _("Copies"), "copies"),
        Entry("statistics", _("Statistics"), "statistics"),
        Entry("absence", _("What arrived"), "recorders"),
        Entry("templates", _("My templates"), "write"),
        Entry("held", _("About me"), "home"),
    ]),
    ("oversight", _("Oversight"), [
        Entry("today", _("Missing today"), "today"),
        Entry("due-tasks", _("Due tasks"), "due-tasks"),
        Entry("findings", _("Findings of oversight"), "findings"),
        Entry("explanations", _("Explanations"), "findings"),
        Entry("work-explanations", _("Explanations to decide"), "explanations-decide"),
        Entry("work-findings", _("Findings to conclude"), "findings-conclude-many"),
        Entry("sanctions", _("Sanctions"), "findings"),
        Entry("footage-reviews", _("Review of footage"), "footage-reviews"),
        Entry("footage-draws", _("Draws"), "footage-draws"),
        Entry("footage-checklists", _("Checklists"), "footage-checklists"),
        Entry("footage-reviews-mine", _("Reviews of my recordings"), "footage-own"),
        Entry("assessment", _("Assessment"), "assessment"),
        Entry("objections", _("Objections"), "objections"),
        Entry("assessment-own", _("My points"), "assessment-read"),
        Entry("assessment-scheme", _("Scheme of points"), "assessment-read"),
        Entry("units", _("Units"), "units"),
        Entry("outcomes", _("Results"), "statistics"),
    ]),
    ("rules", _("Rules and training"), [
        Entry("catalogue", _("Catalogue"), "catalogue"),
        Entry("rollout", _("Rollout plan"), "catalogue"),
        Entry("oversight-rules", _("Rules of findings and limits"), "oversight-rules"),
        Entry("regulations", _("Rules in force"), "catalogue"),
        Entry("notices", _("Notices of the city"), "notices"),
        Entry("training", _("Fit to carry a recorder"), "training"),
        Entry("courses", _("Courses"), "training"),
        Entry("training-mine", _("My training"), "training-own"),
    ]),
    ("equipment", _("Equipment"), [
        Entry("recorders", _("Recorders"), "recorders"),
        Entry("stations", _("Stations"), "equipment"),
        Entry("certificates", _("Certificates"), "equipment-enrol"),
        Entry("dock-keys", _("Dock keys"), "equipment-enrol"),
        Entry("health", _("Health"), "health"),
        Entry("alarms", _("Alarms"), "alarms"),
    ]),
    ("organisation", _("Organisation"), [
        Entry("people", _("People"), "people"),
        Entry("departments", _("Departments"), "people"),
        Entry("delegations", _("Delegations"), "delegations"),
        Entry("calendar-now", _("Working calendar"), "calendar"),
        Entry("imports", _("Import lists"), "imports"),
    ]),
    ("rights", _("Rights and sign-in"), [
        Entry("accounts", _("Accounts"), "accounts"),
        Entry("grants", _("Who may do what"), "grants"),
        Entry("sight", _("Who sees a department"), "grants"),
        Entry("reviews", _("Review of rights"), "rights-review"),
        Entry("api-tokens", _("Tokens of the API"), "api-tokens"),
    ]),
    ("records", _("Logs and proof"), [
        Entry("logs", _("Logs"), "logs"),
        Entry("audit", _("Audit"), "audit-all"),
        Entry("ledger", _("Ledger"), "ledger"),
        Entry("federation", _("Other bureaus' ledgers"), "federation"),
    ]),
]  # fmt: skip


def menu(roles: frozenset[str], path: str) -> list[Group]:
    """What somebody with these roles may open; the place of `path` is marked."""
    mine = [
        (code, label, [(entry, reverse(entry.name)) for entry in entries if may(roles, entry.what)])
        for code, label, entries in MENU
    ]
    urls = [url for _code, _label, entries in mine for _entry, url in entries]
    here = max((url for url in urls if _lies_below(path, url)), key=len, default="")
    found = [
        Group(code, label, [Link(entry.label, url, _current(url, here, path)) for entry, url in entries])
        for code, label, entries in mine
        if entries
    ]
    return _folded(found) if len(urls) > LONG else found


def _folded(groups: list[Group]) -> list[Group]:
    return [
        replace(group, is_open=group is groups[0] or any(link.current for link in group.links))
        for group in groups
    ]


def _lies_below(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url + "/"))


def _current(url: str, here: str, path: str) -> str:
    if url != here:
        return ""
    return "page" if url == path else "true"
