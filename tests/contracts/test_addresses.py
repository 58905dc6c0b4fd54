"""Every address × method × person, built from the router: who gets through, who is turned away, and never a 500."""

from collections import defaultdict
from functools import cache

import pytest
from django.core.cache import cache as site_cache
from django.db import transaction
from django.test import Client
from django.urls import reverse

from core.models import OutgoingMail
from files.services.sharing import link_of
from files.services.signed import signed_url
from notifications import unsubscribing
from tests.contracts.addresses import ADDRESSES, BODIES, NO_SESSION, PEOPLE, PROOF_NEEDED, WITH_PROOF
from tests.contracts.routes import Route, routes
from tests.contracts.world import World

# Each test's own transaction is a savepoint in that of the world.
pytestmark = pytest.mark.django_db

# Signing out of the data admin, and the words its scripts use.
ADMIN_DOORS = {"admin/login/", "admin/logout/", "admin/jsi18n/"}
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")


@cache
def known() -> dict[str, Route]:
    return {route.name: route for route in routes() if not route.name.startswith("admin")}


@pytest.fixture(autouse=True)
def _nobody_proves_again(settings):
    # The sessions are made once; the walk takes longer than a proof lasts.
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 24 * 3600
    settings.FILES_SIGNED_SECONDS = 24 * 3600


@pytest.fixture(scope="module")
def sessions(shared_world: World) -> dict[str, str]:
    """Session keys by person."""
    found = {"anonymous": ""}
    for name in PEOPLE:
        client = Client()
        client.force_login(getattr(shared_world.people, name))
        found[name] = client.cookies["session"].value
    return found


@pytest.fixture(scope="module")
def arguments(shared_world: World):
    """Values for an address's parameters: things of the taught course, and of somebody else in it."""
    taught, objects = shared_world.taught, shared_world.objects
    things = shared_world.things()
    mail = OutgoingMail.objects.create(sender="a@example.org", recipients=["b@example.org"], subject="S", text="T")
    by_name = {
        "slug": taught.course.slug,
        "module": taught.module.public_id,
        "item": taught.lesson.public_id,
        "section": taught.section.public_id,
        "block": taught.block.public_id,
        "member": things["enrolments"].public_id,
        "question": objects["question"].public_id,
        "export": objects["export"].public_id,
        "accommodation": objects["accommodation"].public_id,
        "report": objects["import"].public_id,
        "job_id": "01964b0f-7d4c-7cc1-8d5e-0d4f1d6a2b10",
        "name": objects["file"].name,
        "rendition": "small",
        "code": "not-found",
        "part": taught.lesson.public_id,
        "page": objects["page"].public_id,
        "experiment_id": objects["experiment"].public_id,
        "key": "unknown",
        "kind": "saml",
        "uidb36": "1",
        "number": 0,
        "role": "student",
        "token": shared_world.invitation_token,
        "invitation": objects["course_invitation"].public_id,
        "thread": f"lesson.{taught.lesson.public_id}",
    }
    by_route = defaultdict(
        dict,
        {
            "files:serve": {"public_id": objects["file"].public_id},
            "files:open": {"name": objects["kept"].name},
            "files:version-restore": {"number": 1},
            "api:files:file-version-restore": {"number": 1},
            "files:signed": {
                "token": signed_url(shared_world.people.owner, objects["kept"], objects["kept"].current).split("/")[3],
                "name": "hedges.md",
            },
            "files:link": {"token": link_of(objects["link"]).split("/")[3]},
            "files:link-archive": {"token": link_of(objects["folder_link"]).split("/")[3]},
            "files:link-file": {
                "token": link_of(objects["link"]).split("/")[3],
                "public_id": objects["kept"].public_id,
                "name": "hedges.md",
            },
            "files:link-rendition": {
                "token": link_of(objects["link"]).split("/")[3],
                "public_id": objects["kept"].public_id,
            },
            "accounts:connection-key": {"public_id": objects["saml"].public_id},
            "api:accounts:connection-key": {"public_id": objects["saml"].public_id},
            "sent-mail-detail": {"public_id": mail.public_id},
            "assessments:answer": {"block": objects["question_block"].public_id},
            "assessments:block-question": {"block": objects["question_block"].public_id},
            "courses:branches-edit": {"block": objects["branches"].public_id},
            "assessments:poll": {"block": objects["poll_block"].public_id},
            "assessments:block-poll": {"block": objects["poll_block"].public_id},
            "api:assessments:poll": {"block": objects["poll_block"].public_id},
            "api:assessments:poll-vote": {"block": objects["poll_block"].public_id},
            **{
                f"accounts:sign-on-{door}": {"public_id": objects["saml"].public_id}
                for door in ("acs", "finish", "metadata")
            },
            "api:courses:course-invitation": {"public_id": objects["course_invitation"].public_id},
            "error-doc": {"code": "not_found"},
            "notifications:unsubscribe": {
                "token": unsubscribing.address(shared_world.people.student.pk, ["courses"]).split("/")[-2]
            },
            **{
                name: {"kind": "terms", "number": 1}
                for name in (
                    "accounts:policy",
                    "accounts:policy-version",
                    "accounts:policy-edit",
                    "accounts:consent-change",
                    "api:accounts:policy",
                )
            },
            **{f"privacy:retention-{verb}": {"kind": "mails"} for verb in ("change", "run")},
            "api:privacy:retention": {"kind": "mails"},
            "api:privacy:retention-run": {"kind": "mails"},
            "privacy:export-download": {"public_id": objects["personal_export"].public_id},
            "privacy:erasure-take-back": {"public_id": objects["erasure"].public_id},
            **{
                f"api:privacy:data-export{part}": {"public_id": objects["personal_export"].public_id}
                for part in ("", "-download")
            },
            "privacy:person-erase": {"public_id": shared_world.people.outsider.public_id},
            "api:privacy:person-erasure": {"public_id": shared_world.people.outsider.public_id},
            "courses:course-restore": {"slug": "binned"},
            "assessments:question-restore": {"question": objects["binned_question"].public_id},
        },
    )

    def values(route: Route) -> dict[str, object]:
        given = {**by_name, **by_route[route.name]}
        if "public_id" not in given and "<uuid:public_id>" in route.path:
            before = route.path.partition("/<uuid:public_id>")[0]
            given["public_id"] = things[before.rpartition("/")[2]].public_id
        return {name: given[name] for name, _converter in route.parameters}

    return values


def ask(
    method: str, address: str, session: str, *, csrf: bool = False, form: dict[str, str] | None = None
) -> int | str:
    """The status, or "sign-in" for the way to the door. Whatever the request did is undone."""
    client = Client(raise_request_exception=False, enforce_csrf_checks=csrf)
    if session:
        client.cookies["session"] = session
    body = {"data": "{}", "content_type": "application/json"} if address.startswith("/api/") else {}
    point = transaction.savepoint()
    try:
        if method == "POST" and not body:
            response = client.post(address, form or {})
        else:
            response = client.generic(method, address, **body)
        if response.streaming:
            # Read to the end: that closes the file without closing the world's database connection.
            list(response.streaming_content)
    finally:
        transaction.savepoint_rollback(point)
    if response.status_code in (301, 302) and "/login/" in response["Location"]:
        return "sign-in"
    return response.status_code


def got_through(status: int | str) -> bool:
    return status not in ("sign-in", 401, 403, 404, 405)


def test_every_address_is_declared():
    assert sorted(set(known()) ^ set(ADDRESSES)) == []


@pytest.mark.parametrize("name", ADDRESSES)
def test_who_gets_through(name, sessions, arguments):
    route = known()[name]
    address = reverse(name, kwargs=arguments(route))
    statuses = {}
    for method in METHODS:
        for person, session in sessions.items():
            site_cache.clear()
            statuses[method, person] = ask(method, address, session, form=BODIES.get(name))
    assert {at: status for at, status in statuses.items() if isinstance(status, int) and status >= 500} == {}
    expected = {(method, person) for method, kind in ADDRESSES[name].items() for person in kind}
    through = {at for at, status in statuses.items() if got_through(status)}
    assert sorted(through ^ expected) == [], {at: statuses[at] for at in sorted(through ^ expected)}


@pytest.mark.parametrize("name", [name for name, kinds in ADDRESSES.items() if "POST" in kinds])
def test_a_session_without_its_token_changes_nothing(name, sessions, arguments):
    route = known()[name]
    address = reverse(name, kwargs=arguments(route))
    status = ask("POST", address, sessions["admin"], csrf=True)
    assert (status == 403) is (name not in NO_SESSION)


@pytest.mark.parametrize("address", ["/profile/", "/api/v1/me/sign-out-everywhere/", "/people/new/"])
@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://testserver.elsewhere.example"])
def test_another_origin_changes_nothing_with_session_and_token(sessions, address, origin):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies["session"], client.cookies["csrftoken"] = sessions["admin"], "a" * 32
    answers = [
        client.post(address, "{}", "application/json", headers={"Origin": one, "X-CSRFToken": "a" * 32})
        for one in (origin, "http://testserver")
    ]
    assert (answers[0].status_code, answers[1].status_code == 403) == (403, False)


@cache
def admin_routes() -> dict[str, Route]:
    return {route.path: route for route in routes() if route.name.startswith("admin")}


@pytest.mark.parametrize("person", ["anonymous", "owner", "student", "admin"])
def test_the_data_admin_is_for_admins(sessions, person):
    wrong = []
    for path in admin_routes():
        address = "/" + path.replace("<path:object_id>", "1").replace("<path:content_type_id>", "1")
        address = address.replace("<int:content_type_id>", "1").replace("<id>", "1").replace("(?P<url>.*)$", "x")
        for method in ("GET", "POST"):
            status = ask(method, address, sessions[person])
            if isinstance(status, int) and status >= 500:
                wrong.append((method, address, status))
            if person != "admin" and got_through(status) and path not in ADMIN_DOORS:
                wrong.append((method, address, status))
    assert wrong == []
    assert len(admin_routes()) > 100


def asks_for_proof(method: str, address: str, session: str, form: dict[str, str]) -> bool:
    client = Client(raise_request_exception=False)
    client.cookies["session"] = session
    point = transaction.savepoint()
    try:
        if address.startswith("/api/"):
            answer = client.generic(method, address, "{}", "application/json")
            return answer.status_code == 403 and answer.json()["code"] == "proof_needed"
        answer = getattr(client, method.lower())(address, form)
        return answer.get("Location", "").startswith(reverse("account_reauthenticate"))
    finally:
        transaction.savepoint_rollback(point)


def test_what_waits_for_a_fresh_proof(shared_world: World, arguments):
    """An old sign-in, left open somewhere, does nothing that takes an account over; see ``PROOF_NEEDED``."""
    client = Client()
    client.force_login(shared_world.people.admin)
    session = client.session
    session["proved_at"] = 1
    session.save()
    found = set()
    for name, kinds in ADDRESSES.items():
        if name.startswith("mfa_reauthenticate"):
            # The proof itself.
            continue
        for method in {*kinds, "POST"} - {"GET"}:
            site_cache.clear()
            address = reverse(name, kwargs=arguments(known()[name]))
            if asks_for_proof(method, address, session.session_key, BODIES.get(name, {}) | WITH_PROOF.get(name, {})):
                found.add(name)
    assert sorted(found) == sorted(PROOF_NEEDED)
