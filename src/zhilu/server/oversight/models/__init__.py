from zhilu.server.oversight.models.absence import Day, Hole, Named, Reach, Reconciled
from zhilu.server.oversight.models.answers import (
    Appeal,
    Attachment,
    Conclusion,
    Explanation,
    PersonFault,
    Sanction,
    SanctionFinding,
)
from zhilu.server.oversight.models.findings import Finding, FindingPerson, LimitSet
from zhilu.server.oversight.models.matches import Evaluated, Match, MatchedDay, Pending
from zhilu.server.oversight.models.messages import Mail, MailAddress, MailServer, Message
from zhilu.server.oversight.models.reviews import (
    Checklist,
    Draw,
    Drawn,
    FootageReview,
    JudgedDraw,
    ReviewedRecording,
)
from zhilu.server.oversight.models.task_files import TaskFile, TaskFileProblem
from zhilu.server.oversight.models.tasks import DueTask, DueTaskOfficer, DueTaskVersion, MatchCorrection

__all__ = [
    "Appeal",
    "Attachment",
    "Checklist",
    "Conclusion",
    "Day",
    "Draw",
    "Drawn",
    "DueTask",
    "DueTaskOfficer",
    "DueTaskVersion",
    "Evaluated",
    "Explanation",
    "Finding",
    "FindingPerson",
    "FootageReview",
    "Hole",
    "JudgedDraw",
    "LimitSet",
    "Mail",
    "MailAddress",
    "MailServer",
    "Match",
    "MatchCorrection",
    "MatchedDay",
    "Message",
    "Named",
    "Pending",
    "PersonFault",
    "Reach",
    "Reconciled",
    "ReviewedRecording",
    "Sanction",
    "SanctionFinding",
    "TaskFile",
    "TaskFileProblem",
]
