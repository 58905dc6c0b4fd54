"""Partly right: what it is worth, for every kind; and that the same answer is always worth the same."""

import json
from decimal import Decimal

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from assessments.question_types import TYPES
from assessments.question_types.base import token
from assessments.question_types.parts import part_seed
from core.errors import Invalid

SEED = b"somebody"
AB = {
    "options": [
        {"id": "a", "text": "A", "right": True},
        {"id": "b", "text": "B", "credit": "0.5"},
        {"id": "c", "text": "C"},
    ]
}
PARTS = {
    "parts": [
        {"id": "x", "kind": "dropdown", "points": 3, **AB},
        {"id": "y", "kind": "single", **AB},
        {"id": "z", "kind": "numeric", "answer": "2"},
    ]
}


def scored(kind, settings, response):
    score = TYPES[kind].score(TYPES[kind].from_settings(settings), response)
    return str(score.fraction), score.verdict.value, score.remark


def several(credit, right, count):
    options = [{"id": f"o{n}", "text": f"O{n}", "right": n < right} for n in range(count)]
    return {"credit": credit, "options": options}


@pytest.mark.parametrize(
    ("credit", "right", "count", "chosen", "fraction"),
    [
        ("none", 2, 4, ["o0"], "0"),
        ("none", 2, 4, ["o0", "o1"], "1"),
        ("each", 2, 4, ["o0"], "0.75"),
        ("each", 2, 4, ["o2", "o3"], "0"),
        ("halves", 2, 5, ["o0"], "0.5"),
        ("halves", 2, 5, ["o0", "o1", "o2", "o3"], "0.25"),
        ("halves", 2, 4, ["o0", "o1", "o2", "o3"], "0"),
        ("halves", 3, 5, ["o3", "o4", "o0"], "0"),
        ("halves", 1, 2, ["o0", "o1"], "0"),
        ("balanced", 2, 4, ["o0"], "0.5"),
    ],
)
def test_what_a_choice_that_is_not_quite_right_is_worth(credit, right, count, chosen, fraction):
    assert scored("multiple", several(credit, right, count), {"options": chosen})[0] == fraction


@given(st.data(), st.sampled_from(["balanced", "none", "each", "halves"]), st.integers(2, 8))
def test_a_share_is_from_0_to_1_and_all_of_it_only_for_what_is_right(data, credit, count):
    right = data.draw(st.integers(1, count))
    chosen = data.draw(st.sets(st.sampled_from([f"o{n}" for n in range(count)]), min_size=1))
    first, again = (scored("multiple", several(credit, right, count), {"options": sorted(chosen)}) for _ in range(2))
    assert first == again
    assert 0 <= Decimal(first[0]) <= 1
    assert (first[1] == "right") == (chosen == {f"o{n}" for n in range(right)}) == (Decimal(first[0]) == 1)


def test_a_combination_has_feedback_of_its_own_and_what_is_not_chosen_too():
    settings = several("balanced", 2, 3) | {"combinations": [{"options": ["o0", "o2"], "feedback": "Not these two."}]}
    settings["options"][1]["feedback_unchosen"] = "And this?"
    kind = TYPES["multiple"]
    score = kind.score(kind.from_settings(settings), {"options": ["o0", "o2"]})
    assert (score.remark, score.feedback) == ("Not these two.", {"o1": "And this?"})
    assert scored("multiple", settings, {"options": ["o0", "o1", "o2"]})[2] == ""


@pytest.mark.parametrize(
    ("settings", "value", "expected"),
    [
        ({"answer": "20", "tolerance": "5%", "feedback": "Yes."}, "21", ("1", "right", "Yes.")),
        ({"answer": "20", "tolerance": "5%"}, "21.0001", ("0", "wrong", "")),
        ({"answer": "-20", "tolerance": "5%"}, "-19", ("1", "right", "")),
        ({"range": "[10, 20)"}, "10", ("1", "right", "")),
        ({"range": "[10, 20)"}, "20", ("0", "wrong", "")),
        ({"range": "(10, 20]"}, "10", ("0", "wrong", "")),
        ({"range": "(10, 20]", "near": {"tolerance": "1"}}, "21", ("0.5", "partly", "")),
        ({"answer": "7", "near": {"tolerance": "1", "credit": "0.25"}}, "6", ("0.25", "partly", "")),
        ({"answer": "7", "others": [{"answer": "70", "feedback": "Units?"}]}, "70", ("0", "wrong", "Units?")),
        ({"answer": "7", "others": [{"answer": "8", "credit": "1"}]}, "8", ("1", "right", "")),
        ({"answer": "0.1", "tolerance": "0.2"}, "0.3", ("1", "right", "")),
    ],
)
def test_numbers(settings, value, expected):
    assert scored("numeric", settings, {"answer": value, "value": value, "unit": ""}) == expected


@pytest.mark.parametrize(
    ("settings", "answer", "expected"),
    [
        ({"pattern": "colou?r"}, " COLOR ", ("1", "right", "")),
        ({"pattern": "colou?r", "case_sensitive": True}, "Color", ("0", "wrong", "")),
        ({"pattern": "col"}, "color", ("0", "wrong", "")),
        ({"accept": ["mean"], "feedback": "Yes."}, "Mean", ("1", "right", "Yes.")),
        ({"accept": ["mean"], "others": [{"accept": ["mode"], "credit": "0.5"}]}, "mode", ("0.5", "partly", "")),
    ],
)
def test_words(settings, answer, expected):
    assert scored("short", settings, {"answer": answer}) == expected


def test_a_pattern_that_goes_round_in_circles_fits_nothing(caplog):
    caplog.set_level("WARNING", "aumbry.questions")
    assert scored("short", {"pattern": "(a|aa|a.)*b+(a|aa)*(x+x+)+y"}, {"answer": "ab" + "x" * 190})[1] == "wrong"


def answers(**parts):
    return {"parts": parts}


def test_parts_count_by_their_points():
    right, half, wrong = {"option": "a"}, {"option": "b"}, {"option": "c"}
    two, three = ({"answer": n, "value": n, "unit": ""} for n in "23")
    assert scored("parts", PARTS, answers(x=right, y=right, z=two))[:2] == ("1", "right")
    assert scored("parts", PARTS, answers(x=right, y=half, z=three))[:2] == ("0.7", "partly")
    assert scored("parts", PARTS, answers(x=wrong, y=wrong, z=three))[:2] == ("0", "wrong")
    assert scored("parts", PARTS, answers(x=right))[:2] == ("0.6", "partly")


def test_parts_are_answered_by_a_form_as_by_json():
    kind = TYPES["parts"]
    config = kind.from_settings(PARTS)
    names = {part: token(part_seed(SEED, part), "a") for part in "xy"}
    assert len(set(names.values())) == 2
    expected = {
        "parts": {"x": {"option": "a"}, "y": {"option": "a"}, "z": {"answer": "2,0", "value": "2.0", "unit": ""}}
    }
    sent = {"parts": {"x": {"option": names["x"]}, "y": {"option": names["y"]}, "z": {"answer": "2,0"}}}
    assert kind.parse(config, sent, SEED) == expected
    form = QueryDict(
        f"parts.x.option={names['x']}&parts.y.option={names['y']}&parts.z.answer=2,0&csrfmiddlewaretoken=q"
    )
    assert kind.parse(config, form, SEED) == expected
    assert kind.shown(expected, SEED)["parts"] == sent["parts"]
    public = json.dumps(kind.public(config, SEED), default=str)
    assert [word for word in ('"a"', '"b"', "right", "credit") if word in public] == []


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({}, "no_answer"),
        ({"parts": []}, "parts_not_given"),
        ({"parts": "x"}, "parts_not_given"),
        ({"parts": {}}, "no_answer"),
        ({"parts": {"x": None}}, "no_answer"),
        ({"parts": {"q": {}}}, "unknown_field"),
        ({"parts": {"z": {"answer": "2"}}}, "no_answer"),
        ({"option": "a"}, "unknown_field"),
    ],
)
def test_what_is_no_answer_to_parts(sent, code):
    with pytest.raises(Invalid) as error:
        TYPES["parts"].parse(TYPES["parts"].from_settings(PARTS), sent, SEED)
    assert error.value.code == code


def test_what_is_fixed_stays_in_its_place():
    settings = {"options": [{"id": f"o{n}", "text": f"O{n}", "right": n == 0} for n in range(6)]}
    settings["options"][5]["fixed"] = True
    config = TYPES["single"].from_settings(settings)
    shown = [[o["text"] for o in TYPES["single"].public(config, bytes([n]))["options"]] for n in range(20)]
    assert {order[5] for order in shown} == {"O5"}
    assert len({tuple(order) for order in shown}) > 5


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("single", {"options": [{"id": "a", "text": "A", "right": True, "credit": "0.5"}, {"id": "b", "text": "B"}]}),
        ("single", {"options": [{"id": "a", "text": "A", "right": True}, {"id": "b", "text": "B", "credit": "2"}]}),
        ("numeric", {"answer": "1", "range": "[0, 1]"}),
        ("numeric", {"range": "[2, 1]"}),
        ("numeric", {"range": "[0, 1]", "tolerance": "1"}),
        ("numeric", {"answer": "1", "near": {"tolerance": "x"}}),
        ("short", {"pattern": "["}),
        ("short", {"pattern": "a" * 501}),
        ("short", {"accept": ["a"], "others": [{"accept": [], "credit": "0.5"}]}),
        ("parts", {"parts": []}),
        ("parts", {"parts": [{"id": "a", "kind": "short", "accept": []}]}),
    ],
)
def test_what_an_author_must_mend(kind, settings):
    assert len(TYPES[kind].validate(TYPES[kind].from_settings(settings), "Which?")) == 1


def test_a_per_cent_tolerance_widens_each_bound_of_a_range():
    kind = TYPES["numeric"]
    config = kind.from_settings({"range": "[100, 200]", "tolerance": "10%"})

    fractions = [
        kind.score(config, kind.parse(config, {"answer": text}, b"")).fraction for text in ("90", "89.9", "220")
    ]

    assert fractions == [1, 0, 1]
