from zhilu.server.evidence.models.acts import Act, ActOfficer, ActSpan, Confirmation, Statement
from zhilu.server.evidence.models.copies import Copy
from zhilu.server.evidence.models.gaps import Gap, Measured
from zhilu.server.evidence.models.imports import Import
from zhilu.server.evidence.models.intake import Intake
from zhilu.server.evidence.models.keeping import Lengthened
from zhilu.server.evidence.models.links import ActLink, ActRevision, Outcome
from zhilu.server.evidence.models.passages import Passage
from zhilu.server.evidence.models.recordings import DescriptionAssigned, Recording, SetAside
from zhilu.server.evidence.models.viewings import (
    KeyRelease,
    Screenshot,
    Viewing,
    ViewingDecision,
    ViewingReport,
    ViewingSpan,
)
from zhilu.server.evidence.models.views import SavedView
from zhilu.server.evidence.models.words import Template, Wanted, Word, WordNonce

__all__ = [
    "Act",
    "ActLink",
    "ActOfficer",
    "ActRevision",
    "ActSpan",
    "Confirmation",
    "Copy",
    "DescriptionAssigned",
    "Gap",
    "Import",
    "Intake",
    "KeyRelease",
    "Lengthened",
    "Measured",
    "Outcome",
    "Passage",
    "Recording",
    "SavedView",
    "Screenshot",
    "SetAside",
    "Statement",
    "Template",
    "Viewing",
    "ViewingDecision",
    "ViewingReport",
    "ViewingSpan",
    "Wanted",
    "Word",
    "WordNonce",
]
