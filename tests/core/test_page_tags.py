import re

import pytest
import time_machine
from django.template import Context, Template
from django.utils.dateparse import parse_datetime
from django.utils.translation import override

from core.templatetags.ui import form_key, moment


@pytest.mark.parametrize(
    ("value", "words"),
    [("2026-11-22T18:05:00Z", "18:05"), ("2026-11-21T18:05:00Z", "Sat 21 Nov, 18:05")],
)
@time_machine.travel("2026-11-22T19:00:00Z", tick=False)
def test_a_moment_inside_a_sentence(value, words):
    assert moment(parse_datetime(value)) == words


def test_no_moment_is_nothing():
    assert moment(None) == ""


def test_each_form_has_a_key_of_its_own():
    keys = {re.search(r'name="form_key" value="([0-9a-f-]{36})"', form_key())[1] for _ in range(3)}
    assert len(keys) == 3


def test_a_part_sees_its_own_variables_and_the_pages_only_while_it_is_shown():
    page = Template('{% render_part "components/tick.html" part %}{{ state }}')
    shown = page.render(Context({"part": {"state": "done"}, "state": "page"}))
    assert ('class="tick done"' in shown, shown.endswith("page")) == (True, True)


def test_what_is_fixed_is_written_once_for_each_language_and_knows_nothing_of_the_reader():
    page = Template("{% fixed %}[{% trans 'Cancel' %}{{ secret }}]{% endfixed %}{{ secret }}")
    assert page.render(Context({"secret": "one"})) == "[Cancel]one"
    with override("de"):
        assert page.render(Context({"secret": "two"})) == "[Abbrechen]two"
    assert page.render(Context({"secret": "three"})) == "[Cancel]three"


def test_a_kept_sentence_is_said_in_each_readers_language_and_filters_and_variables_work_as_ever():
    page = Template(
        "{% trans 'Cancel' %} {% trans word %} {% trans 'Cancel'|upper %} {% trans 'Cancel' as it %}{{ it }}"
    )
    assert page.render(Context({"word": "Delete"})) == "Cancel Delete CANCEL Cancel"
    with override("de"):
        assert page.render(Context({"word": "Delete"})) == "Abbrechen Löschen ABBRECHEN Abbrechen"
    assert page.render(Context({"word": "Cancel"})) == "Cancel Cancel CANCEL Cancel"
