"""No deadline for property tests: the machine may be busy, and nothing here measures time."""

from hypothesis import settings

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")
