"""Fields that are kept once written."""

from django import forms
from django.utils.translation import override

from core.forms import Renderer
from core.forms import ShownField as Shown


class Letter(forms.Form):
    name = forms.CharField(label="Name", help_text="As others see it")
    fast = forms.BooleanField(required=False)
    kind = forms.ChoiceField(choices=[("a", "A")])


def shown(field="name", *, data=None, initial=None, **attrs):
    form = Letter(data, initial=initial, renderer=Renderer())
    form.fields[field].widget.attrs |= attrs
    return form[field].as_field_group()


def test_an_empty_field_is_written_once():
    assert shown() is shown()


def test_what_a_field_shows_is_never_another_fields():
    plain = shown()
    assert "A. Person" in shown(initial={"name": "A. Person"})
    assert "A. Person" in shown(data={"name": "A. Person", "kind": "a"})
    assert "This field is required" in shown(data={})
    assert "maxlength" in shown(maxlength="9")
    assert ("checked" in shown("fast", initial={"fast": True}), "checked" in shown("fast")) == (True, False)
    assert shown() == plain


def test_a_field_with_choices_is_written_each_time():
    first = Letter(renderer=Renderer())
    first.fields["kind"].choices = [("b", "B")]
    assert 'value="b"' in first["kind"].as_field_group()
    assert 'value="a"' in shown("kind")


def test_each_language_has_its_own():
    here = shown("fast")
    with override("de"):
        assert shown("fast") is not here


def test_the_projects_forms_use_it():
    assert isinstance(Letter(renderer=Renderer())["name"], Shown)
