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
from urllib.parse import urlencode

from bench.harness import Table, free_port, get, prepare, serving, session_of

VERIFY_MS = 0.3
SIGN_IN_HASHES = 1.3
# It has a thread of its own and waits for the processor alone.
HEALTHZ_MS = 100
# Whether an address has an account may not be told from how long its door takes: medians differ by less than the larger of
# these, or by no more than chance explains.
ALIKE_MS, ALIKE_PART, CHANCE = 10, 0.15, 0.01
EMAIL, PASSWORD = "bench@example.org", "a quiet lake in the morning"


_NEW = {"name": "Imani Okafor", "password": PASSWORD, "password1": PASSWORD}
DOORS: list[tuple[str, str, dict[str, str]]] = [
    ("sign in, page", "/accounts/login/", {"password": "not the password"}),
    ("sign in, API", "/api/v1/auth/token/", {"password": "not the password"}),
    ("reset, page", "/accounts/password/reset/", {}),
    ("reset, API", "/api/v1/auth/password/reset/", {}),
    ("register, page", "/accounts/signup/", _NEW),
    ("register, API", "/api/v1/auth/register/", _NEW),
    ("resend, API", "/api/v1/auth/email/resend/", {}),
]


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
        compare_doors(table, port, 12 if quick else 60)
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


def compare_doors(table: Table, port: int, rounds: int) -> None:
    """What each door takes for addresses that have an account and for others, by turns against the running server."""
    from accounts.models import SignInTries
    from tests.factories import UserFactory

    for number in range(rounds):
        UserFactory(email=f"known{number}@example.org", verified=True, password=PASSWORD)
    for number_of, (what, path, values) in enumerate(DOORS):
        taken: dict[str, list[float]] = {"known": [], "unknown": []}
        for number in range(rounds):
            # Each first as often as the other, and no address twice: what waits after wrong tries is no difference.
            SignInTries.objects.all().delete()
            for kind in sorted(taken, reverse=bool(number % 2)):
                email = f"{kind}{number}@example.org" if kind == "known" else f"{kind}{number}.{number_of}@example.org"
                taken[kind].append(timed(port, path, {**values, "login": email, "email": email}))
        known, unknown = (statistics.median(taken[kind]) for kind in ("known", "unknown"))
        table.add(f"{what}: known address, median", known, "ms")
        table.add(f"{what}: unknown address, median", unknown, "ms")
        bound = max(ALIKE_MS, ALIKE_PART * min(known, unknown))
        if abs(known - unknown) < bound:
            table.add(f"{what}: difference", abs(known - unknown), "ms", at_most=bound)
        else:
            table.add(f"{what}: difference, 1 − p", 1 - by_chance(*taken.values()), at_most=1 - CHANCE)


def by_chance(some: list[float], others: list[float]) -> float:
    """How often chance alone would part the two as far (Mann–Whitney, by its normal approximation)."""
    n, m = len(some), len(others)
    above = sum((a > b) + (a == b) / 2 for a in some for b in others)
    away = abs(above - n * m / 2) / (n * m * (n + m + 1) / 12) ** 0.5
    return 2 * (1 - statistics.NormalDist().cdf(away))


def timed(port: int, path: str, values: dict[str, str]) -> float:
    """Milliseconds until the answer to a page's form or a call is there; each comes from a browser of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.connect()
    if path.startswith("/api/"):
        body, headers = json.dumps(values), {"Content-Type": "application/json"}
    else:
        secret = "b" * 32
        body = urlencode({**values, "csrfmiddlewaretoken": secret})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={secret}"}
    began = time.perf_counter()
    connection.request("POST", path, body, headers)
    response = connection.getresponse()
    response.read()
    taken = (time.perf_counter() - began) * 1000
    connection.close()
    if response.status not in (200, 202, 302, 401):
        raise SystemExit(f"{path} answered {response.status}")
    return taken


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
