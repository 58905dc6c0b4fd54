import pytest


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """Each test stores into a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT
