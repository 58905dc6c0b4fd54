from decimal import Decimal

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from assessments.question_types import TYPES, seed_for
from assessments.question_types.base import token
from core.errors import Invalid

SEED = b"somebody"


def config(*rights, shuffle=True):
    return {
        "options": [
            {"id": f"o{n}", "text": f"Option {n}", "right": right, "feedback": f"F{n}"}
            for n, right in enumerate(rights)
        ],
        "shuffle": shuffle,
    }


@pytest.mark.parametrize(
    ("chosen", "fraction", "verdict"),
    [
        (["o0", "o1"], "1", "right"),
        (["o0"], "0.5", "partly"),
        (["o0", "o1", "o2"], "0.5", "partly"),
        (["o0", "o2"], "0", "wrong"),
        (["o2", "o3"], "0", "wrong"),
        (["o0", "o1", "o2", "o3"], "0", "wrong"),
    ],
)
def test_several_right_options(chosen, fraction, verdict):
    score = TYPES["multiple"].score(config(True, True, False, False), {"options": chosen})
    assert (score.fraction, score.verdict) == (Decimal(fraction), verdict)
    assert score.feedback == {option: f"F{option[1]}" for option in chosen}


@given(st.lists(st.booleans(), min_size=2, max_size=8).filter(any), st.data())
def test_only_the_exact_set_is_right(rights, data):
    settings = config(*rights)
    chosen = data.draw(st.sets(st.sampled_from([o["id"] for o in settings["options"]]), min_size=1))
    score = TYPES["multiple"].score(settings, {"options": sorted(chosen)})
    right = {o["id"] for o in settings["options"] if o["right"]}
    assert (score.verdict == "right") == (chosen == right) == (score.fraction == 1)
    assert 0 <= score.fraction <= 1


def test_one_right_option():
    single = TYPES["single"]
    settings = config(False, True)
    assert [single.score(settings, {"option": o}).verdict for o in ("o0", "o1", "gone")] == ["wrong", "right", "wrong"]
    assert single.score(settings, {"option": "o0"}).feedback == {"o0": "F0"}


def test_an_answer_names_options_as_the_page_does():
    settings = config(True, False)
    assert TYPES["single"].parse(settings, {"option": token(SEED, "o1")}, SEED) == {"option": "o1"}
    chosen = [token(SEED, "o1"), token(SEED, "o0"), token(SEED, "o1")]
    assert TYPES["multiple"].parse(settings, {"options": chosen}, SEED) == {"options": ["o0", "o1"]}
    form = QueryDict(f"option={token(SEED, 'o0')}&csrfmiddlewaretoken=x")
    assert TYPES["multiple"].parse(settings, form, SEED) == {"options": ["o0"]}


@pytest.mark.parametrize(
    ("kind", "given", "code"),
    [
        ("single", {}, "no_answer"),
        ("single", {"option": None}, "no_answer"),
        ("single", {"option": ""}, "no_answer"),
        ("single", {"option": "o0"}, "unknown_option"),
        ("single", {"option": ["o0"]}, "unknown_option"),
        ("single", {"option": {}}, "unknown_option"),
        ("single", {"option": "x" * 10_000}, "unknown_option"),
        ("single", {"options": ["o0"]}, "unknown_field"),
        ("multiple", {"options": []}, "no_answer"),
        ("multiple", {"options": "o0"}, "unknown_option"),
        ("multiple", {"options": [token(b"somebody else", "o0")]}, "unknown_option"),
        ("multiple", {"options": [1, None]}, "unknown_option"),
        ("multiple", {"options": [[]]}, "unknown_option"),
    ],
)
def test_what_is_no_answer(kind, given, code):
    with pytest.raises(Invalid) as error:
        TYPES[kind].parse(config(True, False), given, SEED)
    assert error.value.code == code


def test_names_and_order_of_options_tell_nothing():
    first = config(True, False, False, False)
    last = config(False, False, False, True)
    for user in range(20):
        seed = seed_for(user, "question")
        assert TYPES["single"].public(first, seed) == TYPES["single"].public(last, seed)
    places = {
        [o["text"] for o in TYPES["single"].public(first, seed_for(user, "question"))["options"]].index("Option 0")
        for user in range(60)
    }
    assert places == {0, 1, 2, 3}


def test_without_shuffling_the_author_s_order_stays_but_not_the_author_s_names():
    options = TYPES["single"].public(config(True, False, False, shuffle=False), SEED)["options"]
    assert [option["text"] for option in options] == ["Option 0", "Option 1", "Option 2"]
    assert not {option["id"] for option in options} & {"o0", "o1", "o2"}


@pytest.mark.parametrize(
    ("kind", "rights", "problem"),
    [
        ("single", (True, True), "Mark exactly one option as right."),
        ("single", (False, False), "Mark exactly one option as right."),
        ("multiple", (False, False), "Mark at least one option as right."),
        ("multiple", (True,), "Give between 2 and 20 options."),
    ],
)
def test_what_an_author_must_mend(kind, rights, problem):
    assert TYPES[kind].validate(config(*rights), "Which?") == [problem]


def test_ids_and_texts_are_checked():
    settings = config(True, False, False)
    settings["options"][1] |= {"id": "o0", "text": "Option  0"}
    settings["options"][2] |= {"id": "Ö", "text": " "}
    assert TYPES["single"].validate(settings, "Which?") == [
        "The option id “o0” is used twice.",
        "The option id “Ö” must be 1 to 64 characters from a-z, 0-9 and -.",
        "Two options say “Option 0”.",
        "Every option needs a text.",
    ]
