"""The main pages as somebody opens them: for tests about every page at once."""

from collections.abc import Iterator
from typing import Any

from tests.contracts.world import World

# Everybody's pages, by who opens them; "{…}" are things of the taught course.
PAGES: dict[str, tuple[str, ...]] = {
    "anonymous": (
        "/",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/invitation/{invitation}/",
        "/courses/",
        "/courses/{slug}/",
        "/offline/",
        "/docs/errors/",
        "/docs/errors/not_found/",
        "/api/docs/",
        "/api/redoc/",
    ),
    "student": (
        "/",
        "/courses/",
        "/courses/{slug}/",
        "/courses/{slug}/leave/",
        "/courses/{slug}/results/",
        "/learn/{slug}/{lesson}/",
        "/courses/{slug}/pages/{page}/",
        "/profile/",
        "/profile/picture/",
        "/profile/devices/",
        "/accounts/back-in/",
        "/profile/security/",
        "/profile/security/app/",
        "/profile/security/recovery-codes/",
        "/accounts/reauthenticate/",
        "/profile/keys/",
        "/profile/access/",
        "/profile/accommodations/",
        "/impersonation/over/",
        "/profile/security/",
        "/profile/security/email/",
        "/accounts/password/change/",
        "/accounts/logout/",
    ),
    "teacher": (
        "/",
        "/teach/",
        "/teach/new/course/",
        "/teach/new/import/",
        "/teach/{slug}/",
        "/teach/{slug}/settings/",
        "/teach/{slug}/bin/",
        "/teach/{slug}/modules/{module}/",
        "/teach/{slug}/items/{lesson}/",
        "/teach/{slug}/experiments/",
        "/teach/{slug}/experiments/{experiment}/",
        "/teach/{slug}/blocks/{branches}/branches/",
        "/teach/{slug}/pages/",
        "/teach/{slug}/pages/{page}/",
        "/teach/{slug}/health/",
        "/teach/{slug}/export/",
        "/teach/{slug}/export/{export}/",
        "/teach/{slug}/questions/",
        "/teach/{slug}/questions/new/",
        "/teach/{slug}/questions/{question}/",
        "/courses/{slug}/people/",
        "/courses/{slug}/people/{member}/",
        "/courses/{slug}/people/invitations/",
        "/courses/{slug}/people/{member}/results/",
        "/teach/{slug}/blocks/{poll}/poll/",
        "/people/{person}/",
        "/people/{person}/accommodations/",
        "/learn/{slug}/{lesson}/",
    ),
    "owner": ("/teach/{slug}/delete/", "/teach/new/import/{import}/"),
    "admin": (
        "/people/",
        "/people/new/",
        "/people/import/",
        "/people/tables/{table}/",
        "/people/single-sign-on/",
        "/people/single-sign-on/new/saml/",
        "/people/single-sign-on/{connection}/",
        "/people/sign-in-rules/",
        "/people/invitations/",
        "/people/views/",
        "/people/{person}/",
        "/people/{person}/edit/",
        "/people/{person}/accommodations/",
        "/sent-mail/",
        "/operations/",
        "/operations/events/",
        "/operations/browser-errors/",
    ),
}


def pages(world: World) -> Iterator[tuple[str, str]]:
    """(person, address) for each page."""
    taught, people = world.taught, world.people
    values: dict[str, Any] = {
        "slug": taught.course.slug,
        "lesson": taught.lesson.public_id,
        "module": taught.module.public_id,
        "question": world.objects["question"].public_id,
        "poll": world.objects["poll_block"].public_id,
        "member": taught.course.memberships.get(user=people.student).public_id,
        "person": people.student.public_id,
        "page": world.objects["page"].public_id,
        "experiment": world.objects["experiment"].public_id,
        "branches": world.objects["branches"].public_id,
        "invitation": world.invitation_token,
        "export": world.objects["export"].public_id,
        "import": world.objects["import"].public_id,
        "table": world.objects["people_import"].public_id,
        "connection": world.objects["connection"].public_id,
    }
    for person, addresses in PAGES.items():
        for address in addresses:
            yield person, address.format(**values)
