"""Whether a bureau is a demonstration: its domain has the label `demo`.

One source, and nobody can forget it: the domain stands in the founding entry of the ledger, in the names of
the ledger's and the cosigner's keys, in the root certificate's name, and in the place for which every
security key answers. So no key of a demonstration can be taken for a key of a bureau, and every page can say
what it shows without asking anybody. A real bureau has no such label.
"""

from __future__ import annotations

LABEL = "demo"


def is_demonstration(name: str) -> bool:
    """`name`: a domain, or any name below it: `julu.demo.localhost:8600`, `view.demo.localhost`, the name of
    a ledger's or a cosigner's key."""
    host = name.partition("://")[2] or name
    host = host.partition("/")[0].partition(":")[0]
    return LABEL in host.split(".")
