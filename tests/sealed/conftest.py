"""One sound recording for all tests of the sealed core."""

import pytest

from support.recordings import Maker, Sample


@pytest.fixture(scope="session")
def sample() -> Sample:
    return Maker().make()
