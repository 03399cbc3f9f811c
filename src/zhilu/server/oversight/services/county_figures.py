"""How many findings, sanctions and appeals a ledger has: figures only, for its city."""

from __future__ import annotations

from django.db.models import Count

from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.models import Appeal, Finding, Sanction
from zhilu.server.oversight.services.open_findings import standing


def counted() -> dict[str, int]:
    """Of the ledger at hand. `open`: that stand and nobody has concluded; `fault`, `referred`: concluded so;
    `sanctions`: that stand; `appeals`: that nobody has decided.
    """
    ended = Finding.objects.filter(conclusion__in=(rules.FAULT, rules.REFERRED)).order_by()
    concluded = dict(ended.values_list("conclusion").annotate(count=Count("id")))
    return {
        "open": Finding.objects.filter(standing()).count(),
        **{one: concluded.get(one, 0) for one in (rules.FAULT, rules.REFERRED)},
        "sanctions": Sanction.objects.filter(lifted_at=None).count(),
        "appeals": Appeal.objects.filter(decision="").count(),
    }
