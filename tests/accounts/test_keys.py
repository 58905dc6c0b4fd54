"""Personal keys: made once, for some parts of the API, for a time."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from accounts.models import ApiKey
from accounts.scopes import SCOPES, covers
from accounts.services.keys import MOST_KEYS, end_key, key_of, make_key, note_use
from accounts.services.people import end_user, restore_user
from core.authz import SYSTEM
from core.errors import Conflict, Invalid, NotAllowed
from core.models import EventLog, IdempotentRequest

pytestmark = pytest.mark.django_db

SOON = timedelta(days=30)
KEYS = "/api/v1/me/keys/"


def make(person, *scopes, **values):
    given = {"name": "A script", "scopes": list(scopes) or ["courses:read"], "expires_at": timezone.now() + SOON}
    return make_key(actor=person, **given | values)


def by_key(client, text, method="get", path="/api/v1/courses/", **body):
    send = getattr(client, method)
    return send(path, headers={"authorization": f"Bearer {text}"}, content_type="application/json", **body)


def test_a_key_opens_what_it_names_and_its_text_is_not_kept(people, client):
    key, text = make(people.student)

    response = by_key(client, text)

    assert (response.status_code, text.startswith(key.prefix), len(text) > 40) == (200, True, True)
    assert text not in str(ApiKey.objects.values().get(pk=key.pk))
    assert text not in str(list(EventLog.objects.values()))


def test_it_has_its_persons_rights_and_no_more(people, client):
    _key, text = make(people.student, "courses:write")

    assert by_key(client, text, "post", data={"title": "Mine", "code": "M"}).json()["code"] == "not_allowed"


def test_a_scope_that_is_missing_is_named(people, client):
    _key, text = make(people.owner, "courses:read", "people:read")

    refused = by_key(client, text, "post", data={"title": "Mine", "code": "M"})

    assert (refused.status_code, refused.json()["code"], "courses:write" in refused.json()["title"]) == (
        403,
        "scope_missing",
        True,
    )


def test_who_may_write_may_read():
    given = ["courses:write", "people:read"]

    assert {scope for scope in SCOPES if covers(given, scope)} == {"courses:read", "courses:write", "people:read"}


def test_a_key_makes_no_keys(people, client):
    _key, text = make(people.student, *SCOPES)

    answers = [by_key(client, text, path=KEYS), by_key(client, text, "post", KEYS, data={})]

    assert [(a.status_code, a.json()["code"]) for a in answers] == [(403, "keys_not_allowed")] * 2


@pytest.mark.parametrize("change", ["wrong", "cut", "mark", "other"])
def test_what_is_no_key_is_refused(people, client, change):
    key, text = make(people.student)
    _other, other = make(people.student)
    given = {
        "wrong": text[:-1] + ("A" if text[-1] != "A" else "B"),
        "cut": text[:20],
        "mark": "aum_",
        "other": key.prefix + other[12:],
    }[change]

    refused = by_key(client, given)

    assert (refused.status_code, refused.json()["code"]) == (401, "key_refused")
    assert refused["WWW-Authenticate"].startswith("Bearer")


def test_ended_expired_and_closed_ones_are_refused(people):
    ended, ended_text = make(people.student)
    end_key(actor=people.student, key=ended)
    _key, text = make(people.student)

    assert key_of(ended_text) is None
    assert key_of(text, now=timezone.now() + SOON + timedelta(seconds=1)) is None
    end_user(actor=SYSTEM, user=people.student)
    assert key_of(text) is None
    restore_user(actor=SYSTEM, user=people.student)
    assert key_of(text) is None


def test_nobody_ends_anothers_key(people):
    key, text = make(people.student)

    with pytest.raises(NotAllowed):
        end_key(actor=people.owner, key=key)

    assert key_of(text) == key


def test_ending_twice_is_ending_once(people):
    key, _text = make(people.student)

    first = end_key(actor=people.student, key=key).ended_at
    second = end_key(actor=people.student, key=key).ended_at

    assert (first, EventLog.objects.filter(name="accounts.ApiKeyEnded").count()) == (second, 1)


def test_the_last_use_is_noted_every_ten_minutes(people, django_assert_num_queries):
    key, _text = make(people.student)
    now = timezone.now()

    note_use(key=key, now=now)
    key.refresh_from_db()
    with django_assert_num_queries(0):
        note_use(key=key, now=now + timedelta(minutes=9))
    note_use(key=key, now=now + timedelta(minutes=10))
    key.refresh_from_db()

    assert key.last_used_at == now + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "n" * 81}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["courses:read", "everything"]}, "scopes"),
        ({"expires_at": timezone.now() - SOON}, "expires_at"),
        ({"expires_at": timezone.now() + timedelta(days=400)}, "expires_at"),
    ],
)
def test_what_a_key_cannot_be_is_said_by_field(people, values, field):
    with pytest.raises(Invalid) as refused:
        make(people.student, **values)

    assert (list(refused.value.fields), ApiKey.objects.count()) == ([field], 0)


def test_one_person_has_so_many_and_no_more(people):
    now = timezone.now()
    ApiKey.objects.bulk_create(
        ApiKey(user=people.student, name="k", prefix=f"aum_{n}", digest="", expires_at=now + SOON)
        for n in range(MOST_KEYS)
    )

    with pytest.raises(Conflict) as refused:
        make(people.student)

    assert refused.value.code == "too_many_keys"


def test_the_api_makes_shows_and_ends_them(api, people):
    me = api(people.student)
    made = me.post(KEYS, {"name": "Grades to paper", "scopes": ["learning:read"], "expires_at": timezone.now() + SOON})
    body = made.json()

    assert (made.status_code, made["Location"], made["Cache-Control"]) == (201, f"{KEYS}{body['id']}/", "no-store")
    text = body.pop("key")
    assert me.get(KEYS).json()["results"] == [body] == [me.get(made["Location"]).json()]
    assert key_of(text).scopes == body["scopes"] == ["learning:read"]
    assert api(people.owner).get(made["Location"]).status_code == 404
    assert me.delete(made["Location"]).status_code == 204
    assert (me.get(KEYS).json()["results"], key_of(text)) == ([], None)


def test_the_same_request_again_makes_no_second_key_and_tells_no_secret(api, people):
    body = {"name": "Grades", "scopes": ["learning:read"], "expires_at": (timezone.now() + SOON).isoformat()}

    first, second = (api(people.student).post(KEYS, body, headers={"idempotency-key": "once"}) for _ in range(2))

    told = first.json()
    text = told.pop("key")
    assert (second.status_code, second.json(), ApiKey.objects.count()) == (201, told, 1)
    assert text not in str(list(IdempotentRequest.objects.values()))


def test_the_page_shows_a_new_key_once(client, people):
    client.force_login(people.student)
    day = (timezone.localdate() + SOON).isoformat()
    page = client.get("/profile/keys/").content.decode()
    form_key = page.split('name="form_key" value="')[1].split('"')[0]
    form = {"name": "Grades", "scopes": ["learning:read"], "expires_on": day, "form_key": form_key}

    made = client.post("/profile/keys/", form)
    text = made.context["text"]
    again = client.post("/profile/keys/", form, follow=True)
    listed = client.get("/profile/keys/").content.decode()

    assert (made.content.decode().count(text), ApiKey.objects.count()) == (2, 1)
    assert text not in again.content.decode() + listed
    assert "cannot be shown again" in again.content.decode()
    assert key_of(text).expires_at == timezone.make_aware(timezone.datetime.fromisoformat(f"{day}T23:59:59"))


def test_the_page_ends_one(client, people):
    key, text = make(people.student)
    client.force_login(people.student)

    response = client.post(f"/profile/keys/{key.public_id}/end/")

    assert (response.status_code, response["Location"], key_of(text)) == (302, "/profile/keys/", None)


def test_a_wrong_form_keeps_what_was_typed(client, people):
    client.force_login(people.student)

    refused = client.post("/profile/keys/", {"name": "Grades", "expires_on": "yesterday"})

    assert (refused.status_code, refused.context["form"].errors.keys()) == (422, {"scopes", "expires_on"})
    assert 'value="Grades"' in refused.content.decode()


def test_the_list_asks_the_same_however_long_it_is(client, people, django_assert_max_num_queries):
    client.force_login(people.student)
    counts = []
    for _round in range(2):
        make(people.student)
        with django_assert_max_num_queries(12) as captured:
            client.get("/profile/keys/")
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_a_key_in_an_address_is_nothing(client, people):
    _key, text = make(people.student)

    assert client.get(f"/api/v1/courses/?key={quote(text)}&access_token={quote(text)}").status_code == 401
