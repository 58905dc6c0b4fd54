"""Run inside a site: what somebody finds there."""

import zipfile

from django.conf import settings
from django.test import Client

from files.models import StoredFile
from files.services.reading import opened
from privacy.models import PersonalExport
from privacy.storage import open_archive
from tests.factories.accounts import PASSWORD
from tests.lms.backup.seed import EMAIL


def look(session: str) -> dict[str, object]:
    before, now = Client(SERVER_NAME="localhost"), Client(SERVER_NAME="localhost")
    before.cookies[settings.SESSION_COOKIE_NAME] = session
    now.post("/accounts/login/", {"login": EMAIL, "password": PASSWORD})
    with open_archive(PersonalExport.objects.get()) as archive, zipfile.ZipFile(archive) as packed:
        broken = packed.testzip()
    with opened(StoredFile.objects.get(name="captions.vtt")) as content:
        captions = content.read().decode()
    return {
        "session of before": before.get("/profile/").status_code,
        "signed in": now.get("/profile/").status_code,
        "broken in the archive": broken,
        "captions": captions,
    }
