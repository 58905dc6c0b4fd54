"""When was the site backed up last?"""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.slots import HealthReport
from lms.backup.making import newest

OLDEST = timedelta(days=2)


def last_backup() -> HealthReport:
    """Looks at the newest file in ``BACKUP_DIR``. A site without any may be backed up in another way."""
    try:
        path = newest(Path(settings.BACKUP_DIR))
        age = timezone.now().timestamp() - path.stat().st_mtime if path else None
    except OSError as error:
        detail = _("The folder of backups cannot be read: %(reason)s.") % {"reason": error.strerror}
        return HealthReport(ok=False, detail=detail, hint=_("Look at BACKUP_DIR."), blocks=False)
    hint = _("Run “manage.py backup” each night.")
    if age is None:
        return HealthReport(ok=True, detail=_("No backup yet."), hint=hint, blocks=False)
    hours = max(0, int(age // 3600))
    detail = ngettext("The last backup is %(n)d hour old.", "The last backup is %(n)d hours old.", hours) % {"n": hours}
    if age > OLDEST.total_seconds():
        return HealthReport(ok=False, detail=detail, hint=hint, blocks=False)
    return HealthReport(ok=True, detail=detail, blocks=False)
