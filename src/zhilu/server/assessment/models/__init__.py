from zhilu.server.assessment.models.assessment import (
    Objection,
    Publication,
    PublishedLine,
    PublishedUnit,
    SchemeSet,
)

__all__ = ["Objection", "Publication", "PublishedLine", "PublishedUnit", "SchemeSet"]
