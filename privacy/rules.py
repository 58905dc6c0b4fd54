"""Who may do what with personal data. Who may fetch an archive is asked by its service, since it is not for every admin."""

import rules

from accounts.rules import is_oneself, is_own, manages_users, runs_site

rules.add_perm("privacy.view_personalexport", is_own | manages_users)
rules.add_perm("privacy.view_erasure", is_own | manages_users)
rules.add_perm("privacy.export_person", is_oneself | manages_users)
rules.add_perm("privacy.erase_person", is_oneself | manages_users)
rules.add_perm("privacy.take_back_erasure", is_own | manages_users)
rules.add_perm("privacy.list_requests", manages_users)
rules.add_perm("privacy.change_retention", runs_site)
