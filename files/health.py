"""Can encrypted files be written and read?"""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import ProviderError
from core.slots import HealthReport
from files.models import StoredFile
from files.scanners.base import scanner
from files.sealing.keys import LocalKeys, key_service
from files.sealing.stream import new_key
from files.services.sealing import key_names
from files.storage import is_there

_CONTEXT = "health"


def keys_of_files() -> HealthReport:
    """Wraps a key and opens it again, and looks whether each master key that something is wrapped with is known."""
    hint = _("Look at FILE_KEYS, or at the file of keys in the site's folder; a copy of it may be with the backups.")
    try:
        service = key_service()
        key = new_key()
        is_same = service.unwrap(service.wrap(key, context=_CONTEXT), context=_CONTEXT) == key
        missing = key_names() - set(service.names()) if isinstance(service, LocalKeys) else set()
    except (ProviderError, OSError, ValueError) as error:
        reason = str(error.message) if isinstance(error, ProviderError) else type(error).__name__
        detail = _("Files cannot be encrypted: %(reason)s") % {"reason": reason}
        return HealthReport(ok=False, detail=detail, hint=hint, blocks=False)
    if missing or not is_same:
        detail = _("Encrypted files cannot be read: these keys are missing: %(names)s.") % {
            "names": ", ".join(sorted(missing))
        }
        return HealthReport(ok=False, detail=detail, hint=hint, blocks=False)
    return HealthReport(ok=True, detail=_("Encrypted files can be written and read."))


def seals_of_files() -> HealthReport:
    """Whether an encrypted file was found to be something else than what was stored."""
    count = StoredFile.objects.filter(broken_at__isnull=False).count()
    if not count:
        return HealthReport(ok=True, detail=_("No file was found changed."))
    detail = ngettext("The seal of %(n)d file is broken.", "The seals of %(n)d files are broken.", count) % {"n": count}
    hint = _(
        "Somebody or something changed them in storage. Run manage.py reconcile_files, and take them from a backup."
    )
    return HealthReport(ok=False, detail=detail, hint=hint, blocks=False)


def place_of_files() -> HealthReport:
    """Whether the storage of files answers."""
    if is_there():
        return HealthReport(ok=True, detail=_("The storage of files answers."))
    detail = _("The storage of files does not answer, so no file can be read or stored.")
    return HealthReport(ok=False, detail=detail, hint=_("Look at S3_BUCKET and the settings beside it."), blocks=False)


def virus_scanner() -> HealthReport:
    """Whether the scanner answers; while it does not, no file is taken."""
    if scanner().is_there():
        return HealthReport(ok=True, detail=_("The virus scanner answers."))
    detail = _("The virus scanner does not answer, so no file is taken.")
    return HealthReport(ok=False, detail=detail, hint=_("Look whether clamd runs, and at CLAMD."), blocks=False)
