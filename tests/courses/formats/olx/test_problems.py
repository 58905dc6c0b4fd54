"""Each response type of Open edX as a question: small problems of our own."""

from decimal import Decimal

import pytest
from lxml import etree

from assessments.block_kind import folder_problems
from courses.formats.olx.problems import ProblemContext, ProblemData, Unsupported, read_problem


def rewrite(address: str) -> str:
    return address.replace("/static/", "media/").replace("/jump_to_id/", "part:")


def read(inner: str, *, title: str = "", **attributes: str) -> ProblemData | Unsupported:
    element = etree.fromstring(f"<problem>{inner}</problem>")
    for name, value in attributes.items():
        element.set(name, value)
    return read_problem(element, ProblemContext("problem/x.xml:1", title, rewrite))


def question(inner: str, **attributes: str) -> ProblemData:
    found = read(inner, **attributes)
    assert isinstance(found, ProblemData), found
    assert folder_problems(found.settings, found.text) == []
    return found


CHOICES = '<choice correct="false">Iron</choice><choice correct="true">Neon</choice>'
SINGLE = f"<multiplechoiceresponse><label>Which is a gas?</label><choicegroup>{CHOICES}</choicegroup></multiplechoiceresponse>"
NUMBER = '<numericalresponse answer="{}">{}<formulaequationinput/></numericalresponse>'
WORDS = '<stringresponse answer="{}" {}>{}<textline/></stringresponse>'


class TestOneOfSeveral:
    def test_options_in_the_order_of_the_source(self):
        assert question(SINGLE) == ProblemData(
            {
                "kind": "single",
                "shuffle": False,
                "options": [{"id": "iron", "text": "Iron"}, {"id": "neon", "text": "Neon", "right": True}],
            },
            "Which is a gas?",
        )

    def test_shuffled_with_one_that_stays_and_remarks(self):
        found = question(
            '<multiplechoiceresponse><choicegroup shuffle="true">'
            '<choice correct="true">Neon <choicehint label="Yes">A <b>noble</b> gas.</choicehint></choice>'
            '<choice correct="false">Iron</choice>'
            '<choice correct="false" fixed="true">Neither</choice>'
            "</choicegroup></multiplechoiceresponse>"
        )
        assert found.settings == {
            "kind": "single",
            "options": [
                {"id": "neon", "text": "Neon", "feedback": "**Yes:** A **noble** gas.", "right": True},
                {"id": "iron", "text": "Iron"},
                {"id": "neither", "text": "Neither", "fixed": True},
            ],
        }
        assert found.text == "Answer this question."

    def test_partial_credit_and_several_right_ones(self):
        found = question(
            '<multiplechoiceresponse partial_credit="points"><choicegroup>'
            '<choice correct="true">a</choice><choice correct="partial" point_value="0.25">b</choice>'
            '<choice correct="partial">c</choice><choice correct="true">d</choice><choice correct="false">e</choice>'
            "</choicegroup></multiplechoiceresponse>"
        )
        assert [option.get("credit") or option.get("right") for option in found.settings["options"]] == [
            True,
            "0.25",
            "0.5",
            "1",
            None,
        ]
        assert found.losses == ()

    def test_partial_credit_that_was_not_on_is_said(self):
        found = question(SINGLE.replace('correct="false"', 'correct="partial"'))
        assert found.settings["options"][0] == {"id": "iron", "text": "Iron", "credit": "0.5"}
        assert len(found.losses) == 1

    def test_a_pool_shows_all_options(self):
        found = question(SINGLE.replace("<choicegroup", '<choicegroup answer-pool="2"'))
        assert "shuffle" not in found.settings
        assert len(found.losses) == 1

    def test_remarks_that_are_named_elsewhere(self):
        found = question(
            '<multiplechoiceresponse><choicegroup><choice correct="true">a</choice>'
            '<choice correct="false" explanation-id="why">b</choice></choicegroup></multiplechoiceresponse>'
            '<targetedfeedbackset><targetedfeedback explanation-id="why"><p>Not b.</p></targetedfeedback></targetedfeedbackset>'
        )
        assert found.settings["options"][1] == {"id": "b", "text": "b", "feedback": "Not b."}
        assert found.text == "Answer this question."

    def test_two_options_that_say_the_same_are_told_apart(self):
        found = question(SINGLE.replace("Iron", "Neon"))
        assert [option["text"] for option in found.settings["options"]] == ["Neon", "Neon (2)"]
        assert len(found.losses) == 1

    def test_true_or_false(self):
        found = question(SINGLE.replace("multiplechoiceresponse", "truefalseresponse"))
        assert found.settings["kind"] == "single"

    @pytest.mark.parametrize(
        "choices",
        [
            "",
            '<choice correct="true">alone</choice>',
            '<choice correct="false">a</choice><choice correct="false">b</choice>',
            '<choice correct="true">a</choice>' * 21,
            f'<choice correct="true">{"a" * 1001}</choice><choice correct="false">b</choice>',
        ],
    )
    def test_what_cannot_be_chosen_among(self, choices):
        found = read(f"<multiplechoiceresponse><choicegroup>{choices}</choicegroup></multiplechoiceresponse>")
        assert isinstance(found, Unsupported)


class TestSeveralOfSeveral:
    def test_remarks_on_what_is_chosen_and_what_is_not_and_on_both(self):
        found = question(
            '<choiceresponse partial_credit="EDC"><label>Fruits?</label><checkboxgroup>'
            '<choice correct="true">Apple<choicehint selected="true">Yes.</choicehint>'
            '<choicehint selected="false">Look again.</choicehint></choice>'
            '<choice correct="false">Leek</choice>'
            '<choice correct="true">Pear</choice>'
            '<compoundhint value="A C">Both of them.</compoundhint>'
            "</checkboxgroup></choiceresponse>"
        )
        assert found == ProblemData(
            {
                "kind": "multiple",
                "credit": "each",
                "shuffle": False,
                "options": [
                    {
                        "id": "apple",
                        "text": "Apple",
                        "feedback": "Yes.",
                        "feedback_unchosen": "Look again.",
                        "right": True,
                    },
                    {"id": "leek", "text": "Leek"},
                    {"id": "pear", "text": "Pear", "right": True},
                ],
                "combinations": [{"options": ["apple", "pear"], "feedback": "Both of them."}],
            },
            "Fruits?",
        )

    @pytest.mark.parametrize(
        ("attribute", "credit"), [("", "none"), ('partial_credit="halves"', "halves"), ('partial_credit="edc"', "each")]
    )
    def test_partial_credit(self, attribute, credit):
        found = question(f"<choiceresponse {attribute}><checkboxgroup>{CHOICES}</checkboxgroup></choiceresponse>")
        assert found.settings["credit"] == credit

    def test_a_remark_on_options_that_are_not_there_is_a_loss(self):
        found = question(
            f'<choiceresponse><checkboxgroup>{CHOICES}<compoundhint value="A Z">?</compoundhint></checkboxgroup></choiceresponse>'
        )
        assert "combinations" not in found.settings
        assert len(found.losses) == 1

    def test_nothing_to_choose_is_no_question_here(self):
        found = read(
            "<choiceresponse><checkboxgroup>"
            '<choice correct="false">a</choice><choice correct="false">b</choice></checkboxgroup></choiceresponse>'
        )
        assert isinstance(found, Unsupported)


class TestDropdown:
    @pytest.mark.parametrize(
        "field",
        [
            "<optioninput><option correct='False'>Iron, hot</option><option correct='True'>Neon</option></optioninput>",
            """<optioninput options="('Iron, hot','Neon')" correct="Neon"/>""",
            """<optioninput options='("Iron, hot", "Neon")' correct="Neon"/>""",
        ],
    )
    def test_both_ways_to_write_it(self, field):
        found = question(f"<optionresponse><label>Gas?</label>{field}</optionresponse>")
        assert found == ProblemData(
            {
                "kind": "dropdown",
                "shuffle": False,
                "options": [{"id": "iron-hot", "text": "Iron, hot"}, {"id": "neon", "text": "Neon", "right": True}],
            },
            "Gas?",
        )

    def test_remarks(self):
        found = question(
            "<optionresponse><optioninput><option correct='True'>a <optionhint label='Good'>Well.</optionhint></option>"
            "<option correct='False'>b</option></optioninput></optionresponse>"
        )
        assert found.settings["options"][0]["feedback"] == "**Good:** Well."

    def test_a_list_cannot_show_formulas(self):
        found = question(
            r"<optionresponse><optioninput><option correct='True'>\(x^2\)</option>"
            "<option correct='False'>costs $5</option></optioninput></optionresponse>"
        )
        assert found.settings["kind"] == "single"
        assert [option["text"] for option in found.settings["options"]] == ["$x^2$", r"costs \$5"]
        assert len(found.losses) == 1

    def test_two_lists_in_one_response_are_two_parts(self):
        field = "<optioninput options=\"('a','b')\" correct=\"a\"/>"
        found = question(f"<optionresponse><p>One</p>{field}<p>Two</p>{field}</optionresponse>")
        assert [(part["kind"], part["text"]) for part in found.settings["parts"]] == [
            ("dropdown", "One"),
            ("dropdown", "Two"),
        ]


class TestNumber:
    @pytest.mark.parametrize(
        ("answer", "inner", "settings"),
        [
            ("12", "", {"answer": "12", "tolerance": "0.001%"}),
            ("0", "", {"answer": "0"}),
            (".5", '<responseparam type="tolerance" default="0"/>', {"answer": "0.5"}),
            ("2*3.14", '<responseparam type="tolerance" default=" 5% "/>', {"answer": "6.28", "tolerance": "5%"}),
            ("-5e-3", '<responseparam type="tolerance" default="0.001"/>', {"answer": "-0.005", "tolerance": "0.001"}),
            ("[5,7)", "", {"range": "[5, 7)"}),
            ("(1/4, sqrt(4)]", "", {"range": "(0.25, 2]"}),
        ],
    )
    def test_value_range_and_tolerance(self, answer, inner, settings):
        assert question(NUMBER.format(answer, inner)).settings == {"kind": "numeric"} | settings

    def test_other_answers_and_remarks(self):
        found = question(
            NUMBER.format(
                "10",
                '<responseparam type="tolerance" default="1"/><correcthint>Ten.</correcthint>'
                '<additional_answer answer="0x"/>',
            ).replace(
                '<additional_answer answer="0x"/>',
                '<additional_answer answer="20"><correcthint>Too.</correcthint></additional_answer>',
            )
        )
        assert found.settings == {
            "kind": "numeric",
            "answer": "10",
            "tolerance": "1",
            "feedback": "Ten.",
            "others": [{"answer": "20", "credit": "1", "feedback": "Too."}],
        }
        assert len(found.losses) == 1

    @pytest.mark.parametrize(
        ("attributes", "parameter", "settings"),
        [
            ('partial_credit="close"', 'default="2"', {"tolerance": "2", "near": {"tolerance": "4"}}),
            (
                'partial_credit="close"',
                'default="5%" partial_range="3"',
                {"tolerance": "5%", "near": {"tolerance": "15%"}},
            ),
            (
                'partial_credit="list"',
                'default="2" partial_answers="10, 2^3"',
                {
                    "tolerance": "2",
                    "others": [{"answer": "10", "credit": "0.5"}, {"answer": "8", "credit": "0.5"}],
                },
            ),
            (
                'partial_credit="list,close"',
                'default="1%" partial_answers="50"',
                {
                    "tolerance": "1",
                    "near": {"tolerance": "2"},
                    "others": [{"answer": "50", "credit": "0.5"}, {"range": "[49, 51]", "credit": "0.25"}],
                },
            ),
        ],
    )
    def test_partial_credit(self, attributes, parameter, settings):
        found = question(
            f'<numericalresponse answer="100" {attributes}><responseparam type="tolerance" {parameter}/>'
            "<formulaequationinput/></numericalresponse>"
        )
        assert found.settings == {"kind": "numeric", "answer": "100"} | settings

    def test_near_a_range(self):
        found = question('<numericalresponse answer="[5,7]" partial_credit="close"><textline/></numericalresponse>')
        assert found.settings == {"kind": "numeric", "range": "[5, 7]", "near": {"tolerance": "4"}}

    @pytest.mark.parametrize(
        ("trailing", "unit", "behind"),
        [
            ("weeks", "weeks", ""),
            (r"\(m/s^{2}\)", "m/s²", ""),
            (r"\(\text{kg}\cdot m\)", "kg·m", ""),
            (r"\(\frac{m}{s}\)", "", "\n\n… $\\frac{m}{s}$"),
            ("of all the things that were counted", "", "\n\n… of all the things that were counted"),
        ],
    )
    def test_words_behind_the_field(self, trailing, unit, behind):
        found = question(
            f'<numericalresponse answer="1"><label>How many?</label><textline trailing_text="{trailing}"/></numericalresponse>'
        )
        assert found.settings.get("unit", "") == unit
        assert found.text == "How many?" + behind

    def test_old_remarks_on_wrong_answers(self):
        found = question(
            NUMBER.format(
                "4",
                '<hintgroup><numericalhint answer="5" name="off"/><hintpart on="off">One less.</hintpart></hintgroup>',
            )
        )
        assert found.settings["others"] == [{"answer": "5", "feedback": "One less."}]

    @pytest.mark.parametrize("answer", ["1,000", "x+1", "2+3j", "[7,5]", "9^9^9", "__import__('os')", ""])
    def test_what_is_no_number(self, answer):
        assert isinstance(read(NUMBER.format(answer, "")), Unsupported)

    def test_no_binary_floats_anywhere(self):
        found = question(NUMBER.format("0.1+0.2", ""), weight="0.1")
        assert found.settings == {
            "kind": "numeric",
            "points": Decimal("0.1"),
            "answer": "0.3",
            "tolerance": "0.001%",
        }


class TestWords:
    def test_capitals_matter_unless_it_says_otherwise(self):
        assert question(WORDS.format("Paris", "", "")).settings == {
            "kind": "short",
            "accept": ["Paris"],
            "case_sensitive": True,
        }
        assert question(WORDS.format("Paris", 'type="ci"', "")).settings == {"kind": "short", "accept": ["Paris"]}

    def test_other_answers(self):
        found = question(
            WORDS.format(
                "Paris",
                'type="ci"',
                '<additional_answer answer="Lutetia"/><additional_answer answer="paris"/>'
                '<additional_answer answer="City of light"><correcthint>So they say.</correcthint></additional_answer>'
                '<correcthint label="Right">On the Seine.</correcthint>'
                '<stringequalhint answer="Lyon">On the Rhône.</stringequalhint>',
            )
        )
        assert found.settings == {
            "kind": "short",
            "accept": ["Paris", "Lutetia"],
            "feedback": "**Right:** On the Seine.",
            "others": [
                {"accept": ["City of light"], "credit": "1", "feedback": "So they say."},
                {"accept": ["Lyon"], "feedback": "On the Rhône."},
            ],
        }

    def test_old_ways_to_write_them(self):
        found = question(
            WORDS.format(
                "Paris_or_Lutetia",
                'type="ci"',
                '<hintgroup><stringhint answer="Lyon" type="ci" name="l"/><hintpart on="l"><startouttext/>South.<endouttext/></hintpart></hintgroup>',
            )
        )
        assert found.settings == {
            "kind": "short",
            "accept": ["Paris", "Lutetia"],
            "others": [{"accept": ["Lyon"], "feedback": "South."}],
        }

    def test_patterns(self):
        assert question(WORDS.format(r"gr[ae]y", 'type="ci regexp"', "")).settings == {
            "kind": "short",
            "pattern": "gr[ae]y",
        }
        more = '<additional_answer answer="silver.*"/>'
        assert question(WORDS.format(r"gr[ae]y", 'type="regexp"', more)).settings == {
            "kind": "short",
            "pattern": "(?:gr[ae]y)|(?:silver.*)",
            "case_sensitive": True,
        }

    def test_words_behind_the_field_stay(self):
        assert question(
            '<stringresponse answer="Harvard"><label>Where?</label><textline trailing_text="University"/></stringresponse>'
        ).text == ("Where?\n\n… University")

    @pytest.mark.parametrize(("answer", "kind"), [("gr[", "regexp"), ("", ""), ("a" * 201, ""), ("a" * 501, "regexp")])
    def test_what_cannot_be_compared(self, answer, kind):
        assert isinstance(read(WORDS.format(answer, f'type="{kind}"', "")), Unsupported)


class TestParts:
    def test_texts_go_to_the_part_that_follows(self):
        found = question(
            "<p>Read all.</p><label>First?</label>"
            f"<multiplechoiceresponse><choicegroup>{CHOICES}</choicegroup></multiplechoiceresponse>"
            "<p>Now a number.</p>"
            '<numericalresponse answer="4"><label>Second?</label><formulaequationinput/></numericalresponse>'
            "<p>That was all.</p>"
            "<solution><p>Explanation</p><p>Because.</p></solution>"
        )
        assert found == ProblemData(
            {
                "kind": "parts",
                "points": 2,
                "explanation": "Because.",
                "parts": [
                    {
                        "id": "part-1",
                        "kind": "single",
                        "text": "First?",
                        "shuffle": False,
                        "options": [{"id": "iron", "text": "Iron"}, {"id": "neon", "text": "Neon", "right": True}],
                    },
                    {
                        "id": "part-2",
                        "kind": "numeric",
                        "text": "Now a number.\n\nSecond?",
                        "answer": "4",
                        "tolerance": "0.001%",
                    },
                ],
            },
            "Read all.\n\nThat was all.",
        )

    def test_the_last_text_before_the_first_part_asks_it_when_the_others_have_theirs(self):
        number = '<numericalresponse answer="1"><textline/></numericalresponse>'
        found = question(f"<p>Two sums.</p><p>1?</p>{number}<p>2?</p>{number}")
        assert (found.text, [part["text"] for part in found.settings["parts"]]) == ("Two sums.", ["1?", "2?"])
        found = question(f"<p>Two sums.</p>{number}{number}")
        assert (found.text, [part["text"] for part in found.settings["parts"]]) == ("Two sums.", ["(1)", "(2)"])

    def test_fields_in_a_table_are_numbered(self):
        field = '<numericalresponse answer="1"><textline/></numericalresponse>'
        found = question(f"<table><tr><th>x</th><th>y</th></tr><tr><td>{field}</td><td>{field}</td></tr></table>")
        assert [part["text"] for part in found.settings["parts"]] == [
            "| x | y |\n| --- | --- |\n| (1) | (2) |",
            "(2)",
        ]

    def test_a_field_in_a_sentence_leaves_a_gap(self):
        found = question('<p>It weighs <numericalresponse answer="1"><textline/></numericalresponse> grams.</p>')
        assert found.text == r"It weighs \_\_\_\_ grams."

    def test_one_part_that_is_not_run_here_stops_all(self):
        found = read(SINGLE + '<customresponse cfn="f"><textline/></customresponse>')
        assert isinstance(found, Unsupported)
        assert "customresponse" in found.reason


class TestRulesOfTheWhole:
    @pytest.mark.parametrize(
        ("attributes", "settings"),
        [
            ({"weight": "2.5"}, {"points": Decimal("2.5")}),
            ({"weight": "0.0"}, {"points": 0}),
            ({"weight": ""}, {}),
            ({"max_attempts": "3"}, {"attempts": 3}),
            ({"max_attempts": "0"}, {}),
            ({"max_attempts": ""}, {}),
            ({"showanswer": "always"}, {"show_answer": "always"}),
            ({"showanswer": "answered"}, {"show_answer": "right"}),
            ({"showanswer": "attempted"}, {"show_answer": "attempted"}),
            ({"showanswer": "finished"}, {}),
            ({"showanswer": "never"}, {"show_answer": "never"}),
            (
                {"showanswer": "after_attempts", "attempts_before_showanswer_button": "1"},
                {"show_answer": "attempted"},
            ),
            ({"rerandomize": "onreset", "show_reset_button": "true", "submission_wait_seconds": "0"}, {}),
        ],
    )
    def test_kept(self, attributes, settings):
        found = question(SINGLE, **attributes)
        assert {
            name: value for name, value in found.settings.items() if name not in ("kind", "options", "shuffle")
        } == settings
        assert found.losses == ()

    @pytest.mark.parametrize(
        ("attributes", "settings"),
        [
            ({"weight": "many"}, {}),
            ({"max_attempts": "1000"}, {}),
            ({"max_attempts": "few"}, {}),
            ({"showanswer": "past_due"}, {}),
            ({"showanswer": "closed"}, {}),
            ({"showanswer": "correct_or_past_due"}, {"show_answer": "right"}),
            ({"showanswer": "after_attempts", "attempts_before_showanswer_button": "2"}, {}),
            ({"showanswer": "sometimes"}, {}),
            ({"submission_wait_seconds": "10"}, {}),
            ({"show_correctness": "never"}, {}),
        ],
    )
    def test_kept_nearly_and_said(self, attributes, settings):
        found = question(SINGLE, **attributes)
        assert {
            name: value for name, value in found.settings.items() if name not in ("kind", "options", "shuffle")
        } == settings
        assert len(found.losses) == 1

    def test_hints_and_explanation(self):
        found = question(
            SINGLE + "<demandhint><hint>It <em>glows</em>.</hint><hint>Not iron.</hint><hint/></demandhint>"
            '<solution><div class="detailed-solution"><p>Explanation</p><p>Neon is a gas.</p></div></solution>'
        )
        assert found.settings["hints"] == ["It *glows*.", "Not iron."]
        assert found.settings["explanation"] == "Neon is a gas."
        assert found.text == "Which is a gas?"

    def test_the_title_stands_above_unless_nobody_chose_it(self):
        assert question(SINGLE, title="Gases #1").text == "#### Gases \\#1\n\nWhich is a gas?"
        assert question(SINGLE, title="Multiple Choice").text == "Which is a gas?"

    def test_addresses_are_rewritten(self):
        found = question(
            SINGLE.replace(
                "Which is a gas?", '<img src="/static/a b.png" alt="A tube"/> <a href="/jump_to_id/u1">here</a>'
            )
        )
        assert found.text == "![A tube](media/a%20b.png) [here](part:u1)"


class TestPrograms:
    @pytest.mark.parametrize(
        "name",
        [
            "customresponse",
            "formularesponse",
            "symbolicresponse",
            "schematicresponse",
            "imageresponse",
            "coderesponse",
            "annotationresponse",
            "javascriptresponse",
            "choicetextresponse",
            "somethingnewresponse",
        ],
    )
    def test_what_only_a_program_can_mark(self, name):
        found = read(f"<p>Do it.</p><{name}><textline/></{name}>")
        assert isinstance(found, Unsupported)
        assert name in found.reason

    def test_values_that_a_program_works_out(self):
        script = '<script type="loncapa/python">secret = random.randint(1, 11)</script>'
        found = read(script + NUMBER.format("$secret", ""))
        assert isinstance(found, Unsupported)
        assert "$secret" in found.reason
        assert isinstance(read(script + SINGLE.replace("Iron", "${secret} kg")), Unsupported)

    def test_a_program_that_nothing_needs_is_left_out(self):
        script = '<script type="loncapa/python">unused = 1</script>'
        found = question(script + SINGLE.replace("Iron", "$5"))
        assert found.settings["options"][0]["text"] == r"\$5"
        assert len(found.losses) == 1

    def test_scripts_and_styles_of_the_page_are_left_out(self):
        found = question(
            '<script type="text/javascript">alert(1)</script><style>p {color: red}</style>'
            '<link rel="stylesheet" href="/static/x.css"/>' + SINGLE
        )
        assert found.text == "Which is a gas?"
        assert len(found.losses) == 2

    @pytest.mark.parametrize("inner", ["", "<p>Only text.</p>", "<textline/>"])
    def test_nothing_is_asked(self, inner):
        assert isinstance(read(inner), Unsupported)
