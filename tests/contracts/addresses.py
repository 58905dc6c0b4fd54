"""Who gets through at which address, by method. The test walks the router: an address that is not here fails.

An entry names for each method the people who get past the door: what comes after (a page, a redirect, a form with
errors, a conflict) is for the tests of that address. Everybody else is turned away: sent to sign in (401 for programs),
403 or 404. A method that is not named answers 405 or turns people away. ``HEAD`` and ``OPTIONS`` are the framework's.
"""

Kind = frozenset[str]

PEOPLE = ("owner", "teacher", "assistant", "observer", "student", "outsider", "other_owner", "admin")
NOBODY: Kind = frozenset()
PUBLIC: Kind = frozenset({*PEOPLE, "anonymous"})
VISITORS: Kind = frozenset({"anonymous"})
SIGNED_IN: Kind = frozenset(PEOPLE)
ADMINS: Kind = frozenset({"admin"})
MAKERS: Kind = frozenset({"owner", "teacher", "other_owner", "admin"})
OWNERS: Kind = frozenset({"owner", "admin"})
AUTHORS: Kind = OWNERS | {"teacher"}
STAFF: Kind = AUTHORS | {"assistant"}
MEMBERS: Kind = STAFF | {"observer", "student"}
STUDENTS: Kind = frozenset({"student", "admin"})
ANSWERING: Kind = STUDENTS | AUTHORS

ADDRESSES: dict[str, dict[str, Kind]] = {}
NO_SESSION: set[str] = set()
ADMIN_SITE: set[str] = set()
