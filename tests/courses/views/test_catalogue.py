import pytest

from courses.enums import Role
from tests.courses.views.conftest import page
from tests.factories import CourseFactory, ItemFactory, MembershipFactory, ModuleFactory, UserFactory


def titles(response):
    return [card["title"] for card in response.context["cards"]]


def test_visitors_see_published_courses_only(sign_in, taught):
    CourseFactory(title="A secret", state="draft")
    CourseFactory(title="Long over", state="archived")
    response = sign_in(None).get(page("catalogue"))
    assert titles(response) == ["Field ecology", "Statistics"]
    assert response.context["filters"] == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("STATIS", ["Statistics"]),
        ("eco 1", ["Field ecology"]),
        ("collecting", ["Statistics"]),
        ("what this course", ["Field ecology", "Statistics"]),
        ("statistics ecology", []),
        ("Not ready", []),
        ("a" * 5000, ["Field ecology", "Statistics"]),
        ("%", []),
    ],
    ids=["title", "code", "module", "summary", "every word", "no lessons", "too long is passed over", "wildcard"],
)
def test_search(sign_in, taught, query, found):
    assert titles(sign_in(None).get(page("catalogue"), {"q": query})) == found


def test_search_knows_other_letters_in_any_case(sign_in, db):
    CourseFactory(title="Éducation physique")
    assert [titles(sign_in(None).get(page("catalogue"), {"q": q})) for q in ("éducation", "ÉDUCATION")] == [
        ["Éducation physique"],
        ["Éducation physique"],
    ]


def test_filters(sign_in, people, taught):
    CourseFactory(title="By hand", enrolment="closed")
    full = CourseFactory(title="Full", capacity=1)
    MembershipFactory(course=full, user=UserFactory())
    client = sign_in(people.student)
    found = {only: titles(client.get(page("catalogue"), {"show": only})) for only in ("all", "mine", "open", "x")}
    everything = ["By hand", "Field ecology", "Full", "Statistics"]
    assert found == {"all": everything, "mine": ["Statistics"], "open": ["Field ecology"], "x": everything}


def test_a_card_says_length_and_teacher(sign_in, people, taught):
    ItemFactory(module=taught.module, minutes=80)
    card = next(c for c in sign_in(people.student).get(page("catalogue")).context["cards"] if c["code"] == "STAT 1")
    assert (card["about"], card["tag"]) == ("2 lessons, 1 h 20 min · Olga Owner", "Enrolled")


def test_typing_gets_the_results_only(sign_in, taught):
    client = sign_in(None)
    piece = client.get(page("catalogue"), {"q": "stat"}, headers={"HX-Request": "true"})
    assert piece.content.decode().strip().startswith('<div id="results">')
    assert "HX-Request" in piece["Vary"]
    assert "<html" in client.get(page("catalogue"), {"q": "stat"}).content.decode()


def test_nothing_found_is_said(sign_in, taught):
    assert "No match for “xyzzy”" in sign_in(None).get(page("catalogue"), {"q": "xyzzy"}).content.decode()


def test_pages(sign_in, db):
    CourseFactory.create_batch(25)
    client = sign_in(None)
    shown = [len(titles(client.get(page("catalogue"), {"page": n, "q": "Course"}))) for n in ("1", "2", "99", "x")]
    assert shown == [24, 1, 1, 24]


def test_queries_do_not_grow(queries, people):
    def more(count):
        for _ in range(count):
            course = CourseFactory()
            MembershipFactory(course=course, role=Role.OWNER)
            ItemFactory(module=ModuleFactory(course=course))

    more(1)
    one = queries(people.student, page("catalogue"))
    more(8)
    assert (one <= 7, queries(people.student, page("catalogue"))) == (True, one)
