"""What several requests ask for."""

from django.utils.translation import gettext_lazy as _

POSITION_HELP = _("From 0; past the end means the end.")
