from zhilu.server.oversight.models.absence import Day, Hole, Named, Reach, Reconciled
from zhilu.server.oversight.models.findings import Finding, FindingPerson, LimitSet
from zhilu.server.oversight.models.matches import Evaluated, Match, Pending
from zhilu.server.oversight.models.messages import Mail, MailAddress, Message

__all__ = [
    "Day",
    "Evaluated",
    "Finding",
    "FindingPerson",
    "Hole",
    "LimitSet",
    "Mail",
    "MailAddress",
    "Match",
    "Message",
    "Named",
    "Pending",
    "Reach",
    "Reconciled",
]
