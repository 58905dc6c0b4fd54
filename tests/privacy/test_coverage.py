"""Every table that speaks of a person is exported, or says why not, and is erased, or says why not."""

from collections import defaultdict

from django.apps import apps
from django.db import models

from accounts.models import User
from core.slots import PERSONAL_STEPS, PERSONAL_TABLES

# Numbers and addresses of people that no foreign key leads from.
PLAIN = ("actor_id", "person_id", "user_id", "caller", "recipients", "email", "emails")
# Not of people: who may be mailed is a column of these, but the row is a digest, a setting or a queue.
NOT_PERSONAL = {
    "accounts.User.email": "the account itself",
    "account.EmailAddress.email": "with its account",
    "accounts.PeopleImport.content": "a step empties it",
}


def covered() -> set[str]:
    by_step = {name for step in PERSONAL_STEPS for name in step.covers}
    return {*dict(PERSONAL_TABLES.items()), *by_step}


def people_in(model: type[models.Model]) -> set[str]:
    """The fields of a model that lead to a person, or have a number or an address of one."""
    found = set()
    for field in model._meta.get_fields():
        if field.auto_created or not field.concrete:
            continue
        if field.related_model is User or (field.name in PLAIN and not field.is_relation):
            found.add(f"{model._meta.label}.{field.name}")
    return found


def test_every_way_to_a_person_is_covered():
    found = set().union(*(people_in(model) for model in apps.get_models() if not model._meta.proxy))
    assert found - covered() - NOT_PERSONAL.keys() == set()
    assert len(found) > 35


def test_what_hangs_on_a_persons_own_rows_is_covered():
    # Rows of a person alone: deleting the person's row would take them along.
    own = {
        apps.get_model(table.model)
        for table in PERSONAL_TABLES
        if table.person == "user" and not apps.get_model(table.model)._meta.proxy
    }
    found = set()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.related_model in own and field.remote_field.on_delete is models.CASCADE:
                found.add(f"{model._meta.label}.{field.name}")
    assert found - covered() - {"token_blacklist.BlacklistedToken.token"} == set()
    assert len(found) >= 4


def test_nothing_is_covered_that_is_not_there():
    for key, table in PERSONAL_TABLES.items():
        model = apps.get_model(table.model)
        list(model._base_manager.filter(**{table.person: 0}).values_list(*table.fields.values())[:0])
        assert str(model._base_manager.filter(**{table.person: 0}).values_list(*table.fields.values()).query), key
        for name in table.cleared:
            assert model._meta.get_field(name)


def test_each_file_of_an_export_is_of_one_table():
    areas = defaultdict(list)
    for table in PERSONAL_TABLES:
        if table.area:
            areas[table.area].append(table.model)
    assert {area: tables for area, tables in areas.items() if len(tables) > 1} == {}


def test_no_secret_is_exported():
    secrets = ("password", "digest", "session_key", "jti", "token", "secret", "data")
    told = {(table.model, lookup) for table in PERSONAL_TABLES for lookup in table.fields.values() if lookup in secrets}
    assert told == set()
