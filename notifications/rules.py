"""Who may do what with notifications. What becomes of one's own needs no permission; what a sender sees is asked of the
app that the thing belongs to (``core.slots.SENT_THINGS``)."""

import rules

from accounts.rules import is_own

rules.add_perm("notifications.view_notification", is_own)
rules.add_perm("notifications.view_mute", is_own)
rules.add_perm("notifications.view_pushsubscription", is_own)
