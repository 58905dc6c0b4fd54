"""What signing in and tokens cost: processor, queries, writes, and whether others wait meanwhile.

.venv/bin/python -m bench.accounts [--quick]
"""

import argparse
import http.client
import json
import statistics
import threading
import time
from collections.abc import Callable

from bench.harness import Table, free_port, get, prepare, serving, session_of

VERIFY_MS = 0.3
SIGN_IN_HASHES = 1.3
# It has a thread of its own and waits for the processor alone.
HEALTHZ_MS = 100
EMAIL, PASSWORD = "bench@example.org", "a quiet lake in the morning"


def milliseconds(run: Callable[[], object], times: int) -> float:
    """The median processor time of this process for one call."""
    taken = []
    for _ in range(times):
        began = time.process_time()
        run()
        taken.append((time.process_time() - began) * 1000)
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    quick = parser.parse_args().quick
    prepare("bench.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth.hashers import check_password
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.api.authentication import BearerToken
    from accounts.services.tokens import Access, issue_tokens
    from tests.factories import UserFactory

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    settings.ALLOWED_HOSTS = ["*"]
    user = UserFactory(email=EMAIL, verified=True)
    user.set_password(PASSWORD)
    user.save()
    for number in range(4):
        UserFactory(email=f"bench{number}@example.org", verified=True, password=PASSWORD)
    access = issue_tokens(user=user).access
    table, door = Table(), BearerToken()

    def authenticate() -> object:
        return door.get_user(door.get_validated_token(access.encode()))

    authenticate()
    rounds = 200 if quick else 2000
    table.add("verifying an access token", milliseconds(lambda: Access(access), rounds), "ms", at_most=VERIFY_MS)
    table.add("verifying and loading the person", milliseconds(authenticate, rounds), "ms")
    with CaptureQueriesContext(connection) as seen:
        authenticate()
    table.add("verifying and loading the person: queries", len(seen), at_most=1)

    tries = 5 if quick else 20
    bare = milliseconds(lambda: check_password(PASSWORD, user.password), tries)
    body = json.dumps({"email": EMAIL, "password": PASSWORD})
    client = Client(raise_request_exception=True)

    def sign_in() -> None:
        assert client.post("/api/v1/auth/token/", body, "application/json").status_code == 200

    sign_in()
    whole = milliseconds(sign_in, tries)
    table.add("the password's hash alone", bare, "ms")
    table.add("signing in for tokens", whole, "ms")
    table.add("signing in ÷ the hash alone", whole / bare, at_most=SIGN_IN_HASHES)

    cookie = session_of(user)
    page = Client(headers={"cookie": cookie})
    page.get("/profile/")
    with CaptureQueriesContext(connection) as seen:
        page.get("/profile/")
    writes = [query for query in seen if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    table.add("a page for who is signed in: writes", len(writes), at_most=0)

    port = free_port()
    with serving(port):
        calm = waits(port, 40)
        post(port, body)
        threads = [threading.Thread(target=post, args=(port, body.replace("bench@", f"bench{n}@"))) for n in range(4)]
        for thread in threads:
            thread.start()
        busy = waits(port, 40)
        for thread in threads:
            thread.join()
    table.add("/healthz, median", statistics.median(calm), "ms")
    table.add("/healthz while four sign in, median", statistics.median(busy), "ms")
    table.add("/healthz while four sign in, longest", max(busy), "ms", at_most=HEALTHZ_MS)
    table.leave()


def waits(port: int, count: int) -> list[float]:
    """Milliseconds that each of some requests for /healthz took."""
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        get(port, "/healthz")
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def post(port: int, body: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/api/v1/auth/token/", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise SystemExit(f"A sign-in was refused: {response.status}")
    connection.close()


if __name__ == "__main__":
    main()
