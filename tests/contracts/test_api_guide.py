"""The walk through the API in its guide, step by step: every command does what it says."""

import json
import re
import shlex

import pytest
from allauth.account.models import EmailAddress
from rest_framework.test import APIClient

from tests.contracts.source import ROOT

GUIDE = (ROOT / "docs/api.md").read_text()
SITE = "https://learn.example.org"


def commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.M | re.S)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


class Shell:
    """As much of a shell, curl and jq as the guide uses."""

    def __init__(self) -> None:
        self.variables = {"SITE": SITE}
        self.client = APIClient()

    def run(self, line: str) -> None:
        if kept := re.fullmatch(r"(\w+)=\$\((curl .+) \| jq -r '?\.(results\[0\]\.)?(\w+)'?\)", line):
            name, command, first, field = kept.groups()
            told = self.curl(command)
            self.variables[name] = (told["results"][0] if first else told)[field]
        elif line.startswith("curl "):
            self.curl(line)
        else:
            name, _equals, value = line.partition("=")
            [self.variables[name]] = shlex.split(self.filled(value))

    def filled(self, text: str) -> str:
        """Variables replaced, but not inside single quotes."""
        parts = re.split(r"('[^']*')", text)
        put = lambda part: re.sub(r"\$(\w+)", lambda m: self.variables[m[1]], part)  # noqa: E731 -- read once, below
        return "".join(part if part.startswith("'") else put(part) for part in parts)

    def curl(self, line: str):
        words = shlex.split(self.filled(line))[1:]
        method, body, headers, address = "", None, {}, ""
        while words:
            match words.pop(0):
                case "-s":
                    pass
                case "-X":
                    method = words.pop(0)
                case "-H":
                    name, value = words.pop(0).split(": ", 1)
                    headers[name] = value
                case "--json":
                    body = json.loads(words.pop(0))
                case word:
                    address = word.removeprefix(SITE)
        send = getattr(self.client, (method or ("POST" if body is not None else "GET")).lower())
        response = send(address, body, headers=headers) if body is not None else send(address, headers=headers)
        assert response.status_code in (200, 201, 204), (line, response.content)
        return response.json() if response.content else None


@pytest.mark.django_db
def test_the_walk(taught, people):
    for person in (people.teacher, people.student, people.admin):
        EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    shell = Shell()
    for line in commands():
        shell.run(line)
    assert len(commands()) > 40


def test_every_resource_is_walked_through():
    walked = "\n".join(commands())
    resources = (
        "users",
        "courses",
        "modules",
        "lessons",
        "blocks",
        "questions",
        "enrolments",
        "attempts",
        "progress",
        "pages",
        "health",
    )
    assert [name for name in resources if f"/{name}/" not in walked] == []


def test_the_example_of_a_problem_is_one():
    [example] = re.findall(r"^```json\n(.*?)^```", GUIDE, re.M | re.S)
    assert set(json.loads(example)) == {"type", "title", "status", "code", "errors", "instance", "request_id"}
