import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.html import markdown_problems

SOURCE_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z")
# Of what courses are imported from.
ARCHIVE_ENDINGS = ("zip", "gz", "tgz", "tar", "bz2", "xz")
MAX_TEXT = 100_000
LONGEST_DESCRIPTION = 20_000


def validate_plain(text: str) -> None:
    """What no text may hold, whatever it is written in."""
    if "\x00" in text:
        raise ValidationError(_("Leave out the null character."), code="null")


def validate_markdown(text: str) -> None:
    """Markdown may link to web pages, mail, telephones and this site's files; nothing that runs."""
    validate_plain(text)
    if bad := markdown_problems(text):
        raise ValidationError(
            _("This address cannot be used: %(address)s. Use one that starts with https://"),
            code="address",
            params={"address": bad[0][:80]},
        )


def validate_source_id(value: str) -> None:
    if not SOURCE_ID.match(value):
        raise ValidationError(
            _("Write 1 to 128 characters from A-Z, a-z, 0-9, '_', '.' and '-', starting with a letter or digit."),
            code="id",
        )
