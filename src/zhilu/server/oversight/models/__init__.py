from zhilu.server.oversight.models.absence import Day, Hole, Named, Reach, Reconciled
from zhilu.server.oversight.models.findings import Finding, FindingPerson, LimitSet
from zhilu.server.oversight.models.matches import Evaluated, Match, Pending
from zhilu.server.oversight.models.messages import Mail, MailAddress, Message
from zhilu.server.oversight.models.reviews import (
    Checklist,
    Draw,
    Drawn,
    FootageReview,
    ReviewedRecording,
)
from zhilu.server.oversight.models.task_files import TaskFile, TaskFileProblem
from zhilu.server.oversight.models.tasks import DueTask, DueTaskOfficer, DueTaskVersion, MatchCorrection

__all__ = [
    "Checklist",
    "Day",
    "Draw",
    "Drawn",
    "DueTask",
    "DueTaskOfficer",
    "DueTaskVersion",
    "Evaluated",
    "Finding",
    "FindingPerson",
    "FootageReview",
    "Hole",
    "LimitSet",
    "Mail",
    "MailAddress",
    "Match",
    "MatchCorrection",
    "Message",
    "Named",
    "Pending",
    "Reach",
    "Reconciled",
    "ReviewedRecording",
    "TaskFile",
    "TaskFileProblem",
]
