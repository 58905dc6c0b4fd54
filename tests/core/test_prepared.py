import json
from uuid import uuid4

import pytest
from django.db.models import BigIntegerField, CharField, UUIDField

from accounts.models import User
from core.prepared import AnyPerson, JSONRows, Parameter, Part, Prepared
from tests.factories import UserFactory

BY_NAME = Prepared(
    lambda: User.objects.filter(name=Parameter("name", CharField())).values_list("pk", "public_id", "date_joined")
)


@pytest.fixture
def people(db):
    return [UserFactory(name=name) for name in ("Ada", "Ben")]


def test_each_call_brings_its_own_values(people):
    ada, ben = people
    for person in (ada, ben, ada):
        assert [tuple(row) for row in BY_NAME(name=person.name)] == [(person.pk, person.public_id, person.date_joined)]
    assert BY_NAME(name="x' OR '1'='1") == []


def test_the_sql_is_made_once(people, django_assert_num_queries):
    built = []

    def build():
        built.append(1)
        return User.objects.filter(public_id=Parameter("person", UUIDField())).values_list("name")

    ask = Prepared(build)
    with django_assert_num_queries(2):
        assert [tuple(row) for row in ask(person=people[0].public_id)] == [("Ada",)]
        assert ask(person=uuid4()) == []
    assert built == [1]


def test_a_part_is_an_instance_that_reads_the_rest_when_asked(people, django_assert_num_queries):
    part = Part(User, "", "name id")
    row = Prepared(lambda: User.objects.order_by("pk").values_list(*part.paths))()[0]
    user = part.make(row)
    with django_assert_num_queries(1):
        assert (user.pk, user.name, user.email) == (people[0].pk, "Ada", people[0].email)


def test_a_part_knows_only_fields():
    with pytest.raises(ValueError, match="User has no shoe_size"):
        Part(User, "", "name shoe_size")


def test_a_second_list_comes_as_one_column(people):
    others = User.objects.exclude(pk=Parameter("one", BigIntegerField())).order_by("pk")
    ask = Prepared(
        lambda: (
            User.objects.filter(pk=Parameter("one", BigIntegerField()))
            .annotate(rest=JSONRows(others, "pk", "name"))
            .values_list("rest")
        )
    )
    ada, ben = people
    assert [json.loads(row[0]) for row in ask(one=ada.pk)] == [[[ben.pk, "Ben"]]]
    ben.delete()
    assert [json.loads(row[0]) for row in ask(one=ada.pk)] == [[]]


def test_what_can_have_no_rows_is_not_asked(db, django_assert_num_queries):
    ask = Prepared(lambda: User.objects.none().filter(name=Parameter("name", CharField())).values_list("pk"))
    with django_assert_num_queries(0):
        assert [ask(name="Ada"), ask(name="Ben")] == [[], []]


def test_a_right_is_prepared_for_whoever_asks(people):
    ask = Prepared(lambda: User.objects.filter(pk=AnyPerson().pk).values_list("name"))
    for person in people:
        assert [tuple(row) for row in ask(person=person.pk)] == [(person.name,)]


def test_nothing_else_is_known_of_whoever_asks():
    person = AnyPerson()
    with pytest.raises(AttributeError):
        person.role  # noqa: B018 -- to ask is what fails
    with pytest.raises(AttributeError):
        person.known = True


def test_a_part_may_be_all_of_a_model():
    assert Part.whole(User, "user__").names == [field.attname for field in User._meta.concrete_fields]
