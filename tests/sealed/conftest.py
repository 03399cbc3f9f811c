"""One sound recording for all tests of the sealed core, and property tests without a deadline."""

import pytest
from hypothesis import settings

from support.recordings import Maker, Sample

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


@pytest.fixture(scope="session")
def sample() -> Sample:
    return Maker().make()
