from zhilu.server.evidence.models.acts import Act, ActOfficer, ActSpan, Statement
from zhilu.server.evidence.models.imports import Import
from zhilu.server.evidence.models.intake import Intake
from zhilu.server.evidence.models.recordings import Recording
from zhilu.server.evidence.models.viewings import KeyRelease, Viewing, ViewingSpan
from zhilu.server.evidence.models.words import Template, Wanted, Word, WordNonce

__all__ = [
    "Act",
    "ActOfficer",
    "ActSpan",
    "Import",
    "Intake",
    "KeyRelease",
    "Recording",
    "Statement",
    "Template",
    "Viewing",
    "ViewingSpan",
    "Wanted",
    "Word",
    "WordNonce",
]
