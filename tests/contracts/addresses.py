"""Who gets through at which address, by method. The test walks the router: an address that is not here fails.

An entry names for each method the people who get past the door: what comes after (a page, a redirect, a form with
errors, a conflict) is for the tests of that address. Everybody else is turned away: sent to sign in (401 for programs),
403 or 404. A method that is not named answers 405 or turns people away. ``HEAD`` and ``OPTIONS`` are the framework's.
"""

Kind = frozenset[str]

PEOPLE = ("owner", "teacher", "assistant", "observer", "student", "outsider", "other_owner", "admin")
NOBODY: Kind = frozenset()
PUBLIC: Kind = frozenset({*PEOPLE, "anonymous"})
SIGNED_IN: Kind = frozenset(PEOPLE)
ADMINS: Kind = frozenset({"admin"})
MAKERS: Kind = frozenset({"owner", "teacher", "other_owner", "admin"})
OWNERS: Kind = frozenset({"owner", "admin"})
AUTHORS: Kind = OWNERS | {"teacher"}
STAFF: Kind = AUTHORS | {"assistant"}
MEMBERS: Kind = STAFF | {"observer", "student"}
STUDENTS: Kind = frozenset({"student", "admin"})
ANSWERING: Kind = STUDENTS | AUTHORS


def read(kind: Kind) -> dict[str, Kind]:
    return {"GET": kind}


def form(kind: Kind) -> dict[str, Kind]:
    return {"GET": kind, "POST": kind}


def post(kind: Kind) -> dict[str, Kind]:
    return {"POST": kind}


def api(read: Kind, *, post: Kind = NOBODY, patch: Kind = NOBODY, delete: Kind = NOBODY) -> dict[str, Kind]:
    return {"GET": read, "POST": post, "PATCH": patch, "DELETE": delete}


# allauth's own views: PUT counts as POST there, and who is signed in is sent away from the door by any method.
_DOOR = {"GET": PUBLIC, "POST": PUBLIC, "PUT": PUBLIC, "PATCH": SIGNED_IN, "DELETE": SIGNED_IN}
_ANY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE")

ADDRESSES: dict[str, dict[str, Kind]] = {
    # Home and the door
    "home": read(PUBLIC),
    "account_login": _DOOR,
    "account_logout": form(PUBLIC),
    "account_signup": _DOOR,
    "account_inactive": {},
    "account_email_verification_sent": read(PUBLIC),
    "account_confirm_email": read(PUBLIC),
    # Without a password given before there is no second step; who is signed in is past it.
    "mfa_authenticate": dict.fromkeys(_ANY_METHOD, SIGNED_IN),
    "mfa_login_webauthn": dict.fromkeys(("POST",), SIGNED_IN),
    "passkey_options": post(PUBLIC),
    "mfa_reauthenticate": dict.fromkeys(_ANY_METHOD, SIGNED_IN),
    "mfa_reauthenticate_webauthn": dict.fromkeys(_ANY_METHOD, SIGNED_IN),
    "account_reauthenticate": {**form(SIGNED_IN), "PUT": SIGNED_IN},
    "account_change_password": {**form(SIGNED_IN), "PUT": SIGNED_IN},
    "account_set_password": dict.fromkeys(_ANY_METHOD, SIGNED_IN),
    "account_reset_password": {**form(PUBLIC), "PUT": PUBLIC},
    "account_reset_password_done": read(PUBLIC),
    "account_reset_password_from_key_done": read(PUBLIC),
    "account_reset_password_from_key": dict.fromkeys(_ANY_METHOD, PUBLIC),
    # Without an address that waits for its confirmation there is nothing to send again.
    "accounts:resend": {},
    "accounts:key-set": read(PUBLIC),
    "accounts:back-in": read(SIGNED_IN),
    "accounts:signed-out": read(PUBLIC),
    # People
    "accounts:profile": form(SIGNED_IN),
    "accounts:time-zone": post(SIGNED_IN),
    "picture:set": form(SIGNED_IN),
    "picture:remove": post(SIGNED_IN),
    "accounts:security": read(SIGNED_IN),
    # Who comes by the button, back from the provider or with an assertion has no session yet.
    "accounts:sign-on": post(PUBLIC),
    "accounts:sign-on-callback": read(PUBLIC),
    "accounts:sign-on-acs": post(PUBLIC),
    "accounts:sign-on-finish": read(PUBLIC),
    "accounts:sign-on-metadata": read(PUBLIC),
    "accounts:sign-on-first": {},
    "accounts:link-waiting": form(SIGNED_IN),
    "accounts:link": post(SIGNED_IN),
    "accounts:unlink": post(SIGNED_IN),
    "accounts:totp": form(SIGNED_IN),
    "accounts:passkey-new": form(SIGNED_IN),
    # A factor is its person's alone.
    "accounts:passkey-rename": {},
    "accounts:factor-remove": {},
    "accounts:recovery-codes": form(SIGNED_IN),
    "accounts:email-change": form(SIGNED_IN),
    "accounts:email-change-off": post(SIGNED_IN),
    "accounts:email-answer": form(PUBLIC),
    "accounts:keys": form(SIGNED_IN),
    "accounts:key-end": post(ADMINS),
    "accounts:session": form(PUBLIC),
    # A form that came too late is there for the browser that sent it.
    "accounts:late-form": {},
    "accounts:late-form-send": {},
    "accounts:late-form-discard": {},
    "accounts:devices": read(SIGNED_IN),
    "accounts:devices-end-others": post(SIGNED_IN),
    "accounts:devices-end-all": post(SIGNED_IN),
    "accounts:device-end": post(ADMINS),
    # Whoever has the link.
    "accounts:invitation": {"GET": PUBLIC, "POST": PUBLIC},
    "accounts:invitations": read(ADMINS),
    "accounts:invitation-mail": post(ADMINS),
    "accounts:invitation-link": post(ADMINS),
    "accounts:invitation-end": post(ADMINS),
    "accounts:invitation-again": post(ADMINS),
    "accounts:people": read(ADMINS),
    "accounts:connections": read(ADMINS),
    "accounts:connection-new": form(ADMINS),
    "accounts:connection": form(ADMINS),
    "accounts:connection-try": post(ADMINS),
    "accounts:connection-trial": post(ADMINS),
    "accounts:connection-delete": post(ADMINS),
    "accounts:person-new": form(ADMINS),
    "accounts:person": read(STAFF),
    "accounts:person-role": post(ADMINS),
    "accounts:sign-in-rules": read(ADMINS),
    "accounts:sign-in-rule": post(ADMINS),
    "accounts:person-reset-factors": post(ADMINS),
    "accounts:person-end": post(ADMINS),
    "accounts:person-restore": post(ADMINS),
    "accounts:person-sign-out": post(ADMINS),
    "accounts:person-invite": post(ADMINS),
    # Courses
    "courses:catalogue": read(PUBLIC),
    "courses:detail": read(PUBLIC),
    "courses:enrol": form(SIGNED_IN),
    # Who is not in the course is sent back to it; assistants and observers are taken out by others.
    "courses:leave": {"GET": SIGNED_IN, "POST": SIGNED_IN - {"assistant", "observer"}},
    "courses:page": read(MEMBERS),
    "courses:part": read(MEMBERS),
    "courses:health": read(AUTHORS),
    "courses:pages": read(AUTHORS),
    "courses:page-new": post(AUTHORS),
    "courses:page-edit": form(AUTHORS),
    "courses:page-move": post(AUTHORS),
    "courses:page-bin": post(AUTHORS),
    "courses:page-restore": post(AUTHORS),
    "courses:people": read(STAFF),
    "courses:results": read(STUDENTS),
    "courses:member-results": read(STAFF),
    "courses:person-add": post(AUTHORS),
    "courses:invitations": read(AUTHORS),
    "courses:invitation-mail": post(AUTHORS),
    "courses:invitation-link": post(AUTHORS),
    "courses:invitation-end": post(AUTHORS),
    "courses:invitation-again": post(AUTHORS),
    "courses:member-edit": form(AUTHORS),
    "courses:member-end": post(AUTHORS),
    "courses:lesson": read(MEMBERS),
    "courses:lesson-section": read(MEMBERS),
    "courses:lesson-done": post(STUDENTS),
    "courses:lesson-undone": post(STUDENTS),
    "courses:lesson-place": post(STUDENTS),
    "courses:block-watching": post(STUDENTS),
    "courses:teaching": read(SIGNED_IN),
    "courses:course-new": form(MAKERS),
    "courses:course-import": form(MAKERS),
    "courses:import-report": read(OWNERS),
    "courses:import-table": read(OWNERS),
    "courses:import-cancel": post(OWNERS),
    "courses:course-export": read(AUTHORS),
    "courses:builder": read(AUTHORS),
    "courses:course-edit": form(AUTHORS),
    "courses:course-state": post(OWNERS),
    "courses:course-bin": form(OWNERS),
    "courses:course-restore": post(OWNERS),
    "courses:bin": read(AUTHORS),
    "courses:publish-changes": post(AUTHORS),
    "courses:module-new": post(AUTHORS),
    "courses:module-edit": form(AUTHORS),
    "courses:module-move": post(AUTHORS),
    "courses:module-bin": post(AUTHORS),
    "courses:module-restore": post(AUTHORS),
    "courses:item-new": post(AUTHORS),
    "courses:item-edit": form(AUTHORS),
    "courses:item-move": post(AUTHORS),
    "courses:item-bin": post(AUTHORS),
    "courses:item-restore": post(AUTHORS),
    "courses:item-publish": post(AUTHORS),
    "courses:item-unpublish": post(AUTHORS),
    "courses:section-new": post(AUTHORS),
    "courses:section-edit": post(AUTHORS),
    "courses:section-move": post(AUTHORS),
    "courses:section-bin": post(AUTHORS),
    "courses:section-restore": post(AUTHORS),
    "courses:block-new": post(AUTHORS),
    "courses:block-edit": post(AUTHORS),
    "courses:block-move": post(AUTHORS),
    "courses:block-bin": post(AUTHORS),
    "courses:block-restore": post(AUTHORS),
    "courses:branches-edit": form(AUTHORS),
    "courses:experiments": form(AUTHORS),
    "courses:experiment-edit": form(AUTHORS),
    "courses:experiment-delete": post(AUTHORS),
    # Questions
    "assessments:answer": {"GET": MEMBERS, "POST": ANSWERING},
    "assessments:poll": {"GET": MEMBERS, "POST": ANSWERING},
    "assessments:block-poll": form(AUTHORS),
    "assessments:question-list": read(AUTHORS),
    "assessments:question-new": form(AUTHORS),
    "assessments:question-edit": form(AUTHORS),
    "assessments:question-bin": post(AUTHORS),
    "assessments:question-restore": post(AUTHORS),
    "assessments:block-question": form(AUTHORS),
    "files:serve": read(MEMBERS),
    # API
    "api:accounts:token": post(PUBLIC),
    "api:accounts:token-refresh": post(PUBLIC),
    "api:accounts:token-revoke": post(PUBLIC),
    "api:accounts:session-token": post(SIGNED_IN),
    # For pages of this site, which their browsers name: the door is closed to whoever names none.
    "api:accounts:session-refresh": {},
    "api:accounts:session-end": {},
    "api:accounts:token-second-factor": post(PUBLIC),
    "api:accounts:second-factors": api(SIGNED_IN),
    "api:accounts:totp": {"POST": SIGNED_IN, "DELETE": SIGNED_IN},
    "api:accounts:totp-confirm": post(SIGNED_IN),
    "api:accounts:recovery-codes": post(SIGNED_IN),
    "api:accounts:sign-in-rule": api(ADMINS, patch=ADMINS),
    "api:accounts:user-reset-second-factors": post(ADMINS),
    "api:accounts:register": post(PUBLIC),
    "api:accounts:email-verify": post(PUBLIC),
    "api:accounts:email-resend": post(PUBLIC),
    "api:accounts:email-confirm": post(PUBLIC),
    "api:accounts:password-reset": post(PUBLIC),
    "api:accounts:password-reset-confirm": post(PUBLIC),
    "api:accounts:email": api(SIGNED_IN, post=SIGNED_IN, delete=SIGNED_IN),
    "api:accounts:password": post(SIGNED_IN),
    "api:accounts:proof": post(SIGNED_IN),
    "api:accounts:me": api(SIGNED_IN, patch=SIGNED_IN),
    "api:files:my-picture": {"PUT": SIGNED_IN, "DELETE": SIGNED_IN},
    "api:accounts:keys": api(SIGNED_IN, post=SIGNED_IN),
    "api:accounts:key": api(ADMINS, delete=ADMINS),
    "api:accounts:devices": api(SIGNED_IN),
    "api:accounts:device": api(ADMINS, delete=ADMINS),
    "api:accounts:sign-out-everywhere": post(SIGNED_IN),
    "api:accounts:user-sign-out": post(ADMINS),
    "api:accounts:own-connections": api(SIGNED_IN),
    "api:accounts:own-connection": {"DELETE": ADMINS},
    "api:accounts:connections": api(ADMINS, post=ADMINS),
    "api:accounts:connection": api(ADMINS, patch=ADMINS, delete=ADMINS),
    "api:accounts:connection-try": post(ADMINS),
    "api:accounts:invitations": api(ADMINS, post=ADMINS),
    "api:accounts:invitation-accept": post(SIGNED_IN),
    "api:accounts:invitation": api(ADMINS, delete=ADMINS),
    "api:accounts:users": api(SIGNED_IN, post=ADMINS),
    "api:accounts:user": api(STAFF, patch=ADMINS, delete=ADMINS),
    "api:accounts:user-restore": post(ADMINS),
    "api:courses:courses": api(SIGNED_IN, post=MAKERS),
    "api:courses:course": api(SIGNED_IN, patch=AUTHORS, delete=OWNERS),
    "api:courses:course-publish": post(OWNERS),
    "api:courses:course-unpublish": post(OWNERS),
    "api:courses:course-archive": post(OWNERS),
    "api:courses:pages": api(SIGNED_IN, post=AUTHORS),
    "api:courses:page": api(MEMBERS, patch=AUTHORS, delete=AUTHORS),
    "api:courses:course-health": read(AUTHORS),
    "api:courses:modules": api(SIGNED_IN, post=AUTHORS),
    "api:courses:course-enrolments": api(SIGNED_IN, post=SIGNED_IN),
    "api:courses:course-invitations": api(AUTHORS, post=AUTHORS),
    "api:courses:course-invitation": api(AUTHORS, delete=AUTHORS),
    "api:courses:course-progress": api(STAFF),
    "api:courses:course-results": api(SIGNED_IN),
    "api:courses:module": api(SIGNED_IN, patch=AUTHORS, delete=AUTHORS),
    # Which module is meant stands in the body, so a wrong body is refused first.
    "api:courses:lessons": api(SIGNED_IN, post=SIGNED_IN),
    "api:courses:lesson": api(MEMBERS, patch=AUTHORS, delete=AUTHORS),
    "api:courses:lesson-publish": post(AUTHORS),
    "api:courses:lesson-unpublish": post(AUTHORS),
    "api:courses:lesson-sections": post(AUTHORS),
    "api:courses:lesson-blocks": post(AUTHORS),
    "api:courses:lesson-progress": api(MEMBERS),
    "api:courses:lesson-mark": post(STUDENTS),
    "api:courses:lesson-unmark": post(STUDENTS),
    "api:courses:section": api(MEMBERS, patch=AUTHORS, delete=AUTHORS),
    "api:courses:block": api(MEMBERS, patch=AUTHORS, delete=AUTHORS),
    "api:courses:block-watching": {"GET": MEMBERS, "POST": STUDENTS},
    "api:courses:enrolments": api(SIGNED_IN),
    "api:courses:enrolment": api(STAFF, patch=AUTHORS, delete=AUTHORS),
    "api:courses:progress": api(SIGNED_IN),
    "api:courses:imports": api(SIGNED_IN, post=MAKERS),
    "api:courses:import": api(OWNERS),
    "api:courses:import-entries": api(OWNERS),
    "api:courses:import-cancel": post(OWNERS),
    "api:assessments:questions": api(SIGNED_IN, post=SIGNED_IN),
    "api:assessments:question": api(AUTHORS, patch=AUTHORS, delete=AUTHORS),
    "api:assessments:attempts": api(SIGNED_IN, post=SIGNED_IN),
    "api:assessments:attempt": api(STAFF | {"student"}),
    "api:assessments:answer": {"PUT": STUDENTS},
    "api:assessments:submit": post(frozenset({"student"})),
    "api:assessments:polls": api(SIGNED_IN),
    "api:assessments:poll": api(MEMBERS),
    "api:assessments:poll-vote": post(ANSWERING),
    "schema": read(PUBLIC),
    "api-docs": read(PUBLIC),
    "api-redoc": read(PUBLIC),
    # The site
    "sent-mail": read(ADMINS),
    "sent-mail-detail": read(ADMINS),
    "operations": read(ADMINS),
    "events": read(ADMINS),
    "jobs-run-again": post(ADMINS),
    "job-run-again": post(ADMINS),
    "error-docs": read(PUBLIC),
    "error-doc": read(PUBLIC),
    "styleguide": read(MAKERS),
    "offline": read(PUBLIC),
    "robots": read(PUBLIC),
    "favicon": read(PUBLIC),
    "healthz": read(PUBLIC),
    "readyz": read(PUBLIC),
}

# What a form must say to be refused for the person and not for its emptiness.
BODIES: dict[str, dict[str, str]] = {
    "courses:course-state": {"state": "draft"},
    "courses:lesson-place": {"place": "top", "share": "5"},
    "courses:block-watching": {"position": "1", "duration": "2", "ranges": "[[0, 1]]"},
}

# These open a session or a token and read none, so there is nothing that another site could borrow.
# An assertion is posted by the provider's page, and believed for its signature.
NO_SESSION = {
    "accounts:sign-on-acs",
    "api:accounts:token",
    "api:accounts:token-second-factor",
    "api:accounts:token-refresh",
    "api:accounts:token-revoke",
    "api:accounts:register",
    "api:accounts:email-verify",
    "api:accounts:email-resend",
    "api:accounts:email-confirm",
    "api:accounts:password-reset",
    "api:accounts:password-reset-confirm",
}
