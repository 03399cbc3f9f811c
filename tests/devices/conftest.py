import pytest

from support.tokens import SoftToken, Tpm, TpmToken


@pytest.fixture
def soft_token(tmp_path, monkeypatch):
    token = SoftToken(tmp_path / "soft")
    for name, value in token.env.items():
        monkeypatch.setenv(name, value)
    token.use()
    return token


@pytest.fixture
def tpm(tmp_path):
    """A new TPM, with nothing in it."""
    tpm = Tpm(tmp_path / "tpm")
    yield tpm
    tpm.power_off()


@pytest.fixture(scope="session")
def tpm_token(tmp_path_factory):
    """A TPM with a token in it; tests name their keys and counters apart."""
    token = TpmToken(tmp_path_factory.mktemp("tpm"))
    yield token
    token.power_off()
