"""A program that uses the site through the generated Python client: what somebody outside would write.

It is checked by mypy, strictly, together with the client's types, and run by a test.
"""

import datetime
import uuid
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

from aumbry_client import AuthenticatedClient, Client
from aumbry_client.api.attempts import attempts_read
from aumbry_client.api.auth import auth_token_create, auth_token_refresh
from aumbry_client.api.courses import courses_change, courses_create, courses_list
from aumbry_client.api.keys import keys_create
from aumbry_client.models import (
    ApiKeyInputRequest,
    CourseDetailOutput,
    CourseInputRequest,
    CoursesListOrdering,
    NewApiKeyOutput,
    PaginatedCourseOutputList,
    PatchedCourseChangesRequest,
    Problem,
    RefreshInputRequest,
    ScopesEnum,
    TokenInputRequest,
    TokenOutput,
)
from aumbry_client.types import Response, Unset

T = TypeVar("T")


@dataclass
class Refusal:
    """A problem document, as far as a program branches on it."""

    status: int
    code: str
    fields: list[str]
    title: str


def done(answer: Response[T | Problem], kind: type[T], status: HTTPStatus = HTTPStatus.OK) -> T:
    """What the answer holds, when it is what was expected."""
    assert (answer.status_code, type(answer.parsed)) == (status, kind), answer.content
    assert isinstance(answer.parsed, kind)
    return answer.parsed


def refused(answer: Response[T | Problem]) -> Refusal:
    """Why it was refused, when it was."""
    problem = answer.parsed
    assert isinstance(problem, Problem), answer.content
    fields = [] if isinstance(problem.errors, Unset) else problem.errors.additional_keys
    return Refusal(problem.status, problem.code, fields, problem.title)


class Person:
    """Somebody's program."""

    def __init__(self, site: str, email: str, password: str) -> None:
        self.door = Client(base_url=site)
        body = TokenInputRequest(email=email, password=password, device_name="A program")
        self.tokens = done(auth_token_create.sync_detailed(client=self.door, body=body), TokenOutput)
        self.client = AuthenticatedClient(base_url=site, token=self.tokens.access)

    def close(self) -> None:
        """Give the connections back."""
        self.door.get_httpx_client().close()
        self.client.get_httpx_client().close()

    def refresh(self, token: str) -> Response[TokenOutput | Problem]:
        return auth_token_refresh.sync_detailed(client=self.door, body=RefreshInputRequest(refresh=token))


def wrong_password(site: str, email: str) -> Refusal:
    body = TokenInputRequest(email=email, password="not the password of anybody")
    with Client(base_url=site) as door:
        return refused(auth_token_create.sync_detailed(client=door, body=body))


def rotation(person: Person) -> tuple[TokenOutput, Refusal]:
    """A refresh token gives the next one, and is then of no use."""
    first = person.tokens.refresh
    second = done(person.refresh(first), TokenOutput)
    return second, refused(person.refresh(first))


def reading_key(person: Person, site: str) -> tuple[str, Refusal]:
    """A key for reading courses, a week long; what it says when one tries to write."""
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=7)
    body = ApiKeyInputRequest(name="Reader", scopes=[ScopesEnum.COURSESREAD], expires_at=until)
    key = done(keys_create.sync_detailed(client=person.client, body=body), NewApiKeyOutput, HTTPStatus.CREATED)
    new = CourseInputRequest(title="Lakes", code="BIO 8")
    with AuthenticatedClient(base_url=site, token=key.key) as reader:
        return key.key, refused(courses_create.sync_detailed(client=reader, body=new))


def search(person: Person, text: str) -> PaginatedCourseOutputList:
    order = CoursesListOrdering("-created")
    return done(
        courses_list.sync_detailed(client=person.client, search=text, ordering=order, page_size=50),
        PaginatedCourseOutputList,
    )


def create(person: Person, key: str, title: str = "Ponds") -> Response[CourseDetailOutput | Problem]:
    new = CourseInputRequest(title=title, code="BIO 7")
    return courses_create.sync_detailed(client=person.client, body=new, idempotency_key=key)


def without_title(person: Person) -> Refusal:
    return refused(create(person, "without-title", title=""))


def change(person: Person, slug: str, version: str, summary: str) -> Response[CourseDetailOutput | Problem]:
    body = PatchedCourseChangesRequest(summary=summary)
    return courses_change.sync_detailed(slug, client=person.client, body=body, if_match=version)


def read_attempt(person: Person, attempt: uuid.UUID) -> Refusal:
    return refused(attempts_read.sync_detailed(attempt, client=person.client))


def until_refused(person: Person, most: int) -> tuple[Refusal, int]:
    """Ask until the site says that it is enough: what it says, and how many seconds to wait."""
    for _ in range(most):
        answer = courses_list.sync_detailed(client=person.client)
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            return refused(answer), int(answer.headers["Retry-After"])
    raise AssertionError("never refused")
