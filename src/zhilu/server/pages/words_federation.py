"""Words for how the ledgers of other bureaus are (spec/federation.md §4)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

STATES = {
    "unseen": _("not asked yet"),
    "new": _("never reached"),
    "following": _("up to date"),
    "behind": _("being applied"),
    "away": _("away"),
    "refused": _("not accepted"),
    "contradicts": _("contradicts itself"),
    "unapplied": _("stands at an entry"),
}
CODES = {
    "neighbour-away": _("Its server does not answer. It is asked again by itself."),
    "stalled": _(
        "Nothing came of it for ten minutes: its server never ends an answer, or this server's worker stands."
    ),
    "failed": _("This server could not finish asking it. Its own log says why."),
    "protocol": _("Its server does not speak this release's language: it is of another release."),
    "keyid": _("Its server does not know this one: it has not joined it, or has joined another city."),
    "created": _("The clocks of the two servers are more than five minutes apart."),
    "note": _("What it serves as its checkpoint is none."),
    "checkpoint": _("What it serves as its checkpoint is none."),
    "note-signature": _("Its checkpoint is signed with another key than the one it joined with."),
    "origin": _("Its checkpoint is of another ledger."),
    "quorum": _("Its checkpoint is not cosigned by its keyholder."),
    "tile": _("It does not serve the hashes of its tree, or serves what are none."),
    "batch": _("What it serves as entries are none."),
    "answer-too-long": _("Its server answers without end."),
    "rollback": _(
        "It shows less than it signed before: a restored backup, entries held back, or an old checkpoint"
        " replayed on the way."
    ),
    "fork": _("It signed two ledgers of the same size. Its history was rewritten."),
    "consistency": _("Its newest ledger does not extend the one before. Its history was rewritten."),
    "entries": _("The entries it serves are not those it signed: changed, dropped or reordered."),
    "entries-missing": _("It signed entries that it does not serve."),
    "leaf": _("It signed what is no entry."),
    "leaf-bureau": _("It signed an entry in another bureau's name."),
    "payload": _("The content of an entry is not the one that the entry names: it was changed."),
    "personal-missing": _("It does not serve the personal part of an entry."),
    "bureau-other": _(
        "It entered a department, or its founding, in another bureau's name: what lies in it would be in no"
        " figure. Nothing from that entry on is applied here."
    ),
    "reference": _("An entry says something of what no entry before it made."),
    "kind": _("An entry is of a kind that this release does not know. Upgrade this server."),
}
ADOPTION = {
    "kind": _("The city entered what this release does not know: upgrade this server."),
    "inclusion": _("The mirror here is not what the city signed: audit it, and read it anew."),
    "adoption-entry": _("The mirror here is not what the city signed: audit it, and read it anew."),
}
DIFFERENCES = {
    "missing": _("is missing there"),
    "not in the ledger": _("no entry made it"),
    "not of this release": _("the table is of another release"),
    "not of its release": _("the table is of another release"),
    "unreadable": _("a row cannot be read"),
    "no answer of any form": _("its server's answer is none"),
    "fewer entries than it has published": _("it tells of fewer entries than it has published"),
}
TIERS = {"county": _("county bureau"), "city": _("city bureau")}
TONES = {"following": "good", "contradicts": "bad", "refused": "bad"}
PARTINGS = {
    "reorganised": _("Bureaus were reorganised"),
    "mistaken": _("It was joined by mistake"),
    "keys-stolen": _("Its keys were stolen"),
    "other": _("Another reason"),
}
TABLES = {"parting": PARTINGS, "federation": STATES, "federation-code": CODES, "bureau-tier": TIERS}
