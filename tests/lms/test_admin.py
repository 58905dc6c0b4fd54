"""The data admin: every model can be looked at, nothing is changed behind the services' back."""

import pytest
from django.contrib import admin
from django.urls import reverse

MODELS = sorted((model._meta.label for model in admin.site._registry), key=str.lower)


def address(label: str, page: str) -> str:
    app, model = label.lower().rsplit(".", 1)
    return reverse(f"admin:{app}_{model}_{page}")


@pytest.mark.parametrize("label", MODELS)
def test_every_list_opens_and_can_be_searched(client, people, taught, label):
    client.force_login(people.admin)
    assert client.get(address(label, "changelist")).status_code == 200
    assert client.get(f"{address(label, 'changelist')}?q=a").status_code == 200


@pytest.mark.parametrize("label", MODELS)
def test_every_row_opens(client, people, taught, label):
    client.force_login(people.admin)
    model = next(m for m in admin.site._registry if m._meta.label == label)
    row = model._default_manager.first()
    if row is not None:
        app, name = label.lower().rsplit(".", 1)
        page = client.get(reverse(f"admin:{app}_{name}_change", args=[row.pk]))
        assert page.status_code == 200


@pytest.mark.parametrize("label", MODELS)
def test_nothing_is_added_there(client, people, label):
    client.force_login(people.admin)
    assert client.get(address(label, "add")).status_code == 403


@pytest.mark.parametrize("role", ["owner", "student"])
def test_only_admins(client, people, role):
    client.force_login(getattr(people, role))
    assert client.get("/admin/").status_code in {302, 403}


def test_it_carries_our_name_and_leads_back(client, people):
    client.force_login(people.admin)
    page = client.get("/admin/").content.decode()
    assert "Aumbry data" in page
    assert 'href="/operations/"' in page
    assert "<style" not in page
    assert "script-src 'self'" in client.get("/admin/")["Content-Security-Policy"]
