"""The data admin: every table is there, nothing can be changed behind the services, no secret is shown."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse


def test_every_model_is_there_and_read_only(rf, people):
    request = rf.get("/admin/")
    request.user = people.admin
    models = {model for model in apps.get_models() if not model._meta.auto_created}
    assert models - set(admin.site._registry) == set()
    open_ones = [
        model._meta.label
        for model, options in admin.site._registry.items()
        if options.has_add_permission(request)
        or options.has_change_permission(request)
        or options.has_delete_permission(request)
    ]
    assert open_ones == []


def test_every_list_opens(client, people):
    client.force_login(people.admin)
    statuses = {
        model._meta.label: client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        for model in admin.site._registry
    }
    assert {label: answer.status_code for label, answer in statuses.items() if answer.status_code != 200} == {}


@pytest.mark.django_db
def test_sessions_show_no_key(client, people):
    client.force_login(people.admin)
    key = client.session.session_key
    assert key not in client.get("/admin/sessions/session/").content.decode()
