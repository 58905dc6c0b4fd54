"""Modules, lessons, sections and blocks."""

import pytest

from courses.models import Block, Item, Module, Section
from tests.factories import BlockFactory, ItemFactory, ModuleFactory, SectionFactory

V1 = "/api/v1"


def modules_of(course):
    return f"{V1}/courses/{course.slug}/modules/"


def at(kind, row, rest=""):
    return f"{V1}/{kind}/{row.public_id}/{rest}"


def results(response, name):
    return [row[name] for row in response.json()["results"]]


# Modules


def test_modules_stand_in_order_with_what_one_may_open(api, taught, people):
    second = ModuleFactory(course=taught.course, title="Looking at data")
    response = api(people.student).get(modules_of(taught.course))
    assert [(r["title"], r["position"], r["lessons"]) for r in response.json()["results"]] == [
        ("Collecting data", 0, 1),
        ("Looking at data", 1, 0),
    ]
    author = api(people.teacher).get(at("modules", taught.module)).json()
    assert (author["lessons"], author["course"], second.course_id) == (2, "statistics", taught.course.pk)


def test_modules_take_the_same_queries_for_more_of_them(api, taught, people, django_assert_num_queries):
    for rows in (1, 20):
        ModuleFactory.create_batch(rows, course=taught.course)
        client = api(people.student)
        with django_assert_num_queries(3):
            client.get(modules_of(taught.course))


def test_a_module_is_added_where_it_shall_stand(api, taught, people):
    response = api(people.teacher).post(modules_of(taught.course), {"title": "Before", "position": 0})
    made = Module.objects.get(title="Before")
    assert (response.status_code, response["Location"]) == (201, at("modules", made))
    assert (response.json()["position"], list(Module.objects.filter(course=taught.course))) == (
        0,
        [made, taught.module],
    )


@pytest.mark.parametrize("body", [{}, {"title": ""}, {"title": "x" * 201}, {"title": {}}])
def test_a_module_needs_a_title(api, taught, people, body):
    response = api(people.teacher).post(modules_of(taught.course), body)
    assert (response.status_code, list(response.json()["errors"])) == (400, ["title"])


@pytest.mark.parametrize("position", [-1, "x", 1.5, 10**20, True])
def test_a_position_is_a_whole_number(api, taught, people, position):
    response = api(people.teacher).patch(at("modules", taught.module), {"position": position})
    assert (response.status_code, list(response.json()["errors"])) == (400, ["position"])


def test_a_module_is_changed_and_moved_at_once(api, taught, people):
    ModuleFactory(course=taught.course, title="Other")
    body = {"title": "Renamed", "position": 1, "version": 1}
    response = api(people.teacher).patch(at("modules", taught.module), body)
    assert (response.status_code, response["ETag"]) == (200, '"2"')
    assert [m.title for m in Module.objects.filter(course=taught.course)] == ["Other", "Renamed"]


def test_a_stale_change_does_not_move_either(api, taught, people):
    ModuleFactory(course=taught.course, title="Other")
    response = api(people.teacher).patch(at("modules", taught.module), {"position": 1, "version": 7})
    assert (response.status_code, Module.objects.filter(course=taught.course).first()) == (409, taught.module)


def test_a_module_goes_to_the_bin(api, taught, people):
    statuses = [api(people.teacher).delete(at("modules", taught.module)).status_code for _ in range(2)]
    assert (statuses, Module.objects.filter(course=taught.course).count()) == ([204, 404], 0)


@pytest.mark.parametrize(("name", "status"), [("student", 403), ("assistant", 403), ("other_owner", 403), (None, 401)])
def test_modules_are_written_by_authors(api, taught, people, name, status):
    client = api(name and getattr(people, name))
    answers = [
        client.post(modules_of(taught.course), {"title": 0}),
        client.patch(at("modules", taught.module), {"title": 0}),
        client.delete(at("modules", taught.module)),
    ]
    assert [a.status_code for a in answers] == [status] * 3


# Lessons


def test_lessons_that_one_may_open(api, taught, people):
    def titles(user, query=""):
        return results(api(user).get(f"{V1}/lessons/{query}"), "title")

    assert titles(people.student) == ["Who was asked"]
    assert titles(people.teacher, "?course=statistics") == ["Who was asked", "Not ready"]
    assert titles(people.teacher, "?state=draft") == ["Not ready"]
    assert titles(people.teacher, f"?module={taught.module.public_id}") == ["Who was asked", "Not ready"]
    assert titles(people.student, "?course=ecology") == []
    assert titles(people.outsider) == []


def test_lessons_take_the_same_queries_for_more_of_them(api, taught, people, django_assert_num_queries):
    for rows in (1, 20):
        ItemFactory.create_batch(rows, module=taught.module)
        client = api(people.student)
        with django_assert_num_queries(2):
            client.get(f"{V1}/lessons/")


def test_a_student_reads_what_is_published(api, taught, people):
    body = api(people.student).get(at("lessons", taught.lesson)).json()
    assert (body["title"], body["module"], body["position"]) == ("Who was asked", str(taught.module.public_id), 0)
    assert body["sections"] == [
        {
            "id": str(taught.section.public_id),
            "lesson": str(taught.lesson.public_id),
            "title": "",
            "position": 0,
            "blocks": [
                {
                    "id": str(taught.block.public_id),
                    "lesson": str(taught.lesson.public_id),
                    "section": str(taught.section.public_id),
                    "kind": "text",
                    "position": 0,
                    "version": 1,
                    "html": "<p>Ask four people.</p>",
                    "data": {},
                    "files": {},
                    "question": None,
                    "draft": None,
                    "branches": [],
                }
            ],
        }
    ]


def test_an_author_also_gets_what_is_being_written(api, taught, people):
    api(people.teacher).patch(at("blocks", taught.block), {"text": "Ask *five*."})
    read = at("lessons", taught.lesson)
    [author] = api(people.teacher).get(read).json()["sections"][0]["blocks"]
    [student] = api(people.student).get(read).json()["sections"][0]["blocks"]
    assert author["draft"] == {"text": "Ask *five*.", "data": {}, "html": "<p>Ask <em>five</em>.</p>\n"}
    assert (author["html"], student["html"], student["draft"]) == (*["<p>Ask four people.</p>"] * 2, None)


def test_a_new_block_is_hidden_until_the_lesson_is_published(api, taught, people):
    api(people.teacher).post(at("lessons", taught.lesson, "blocks/"), {"kind": "text", "text": "Not yet."})
    read = at("lessons", taught.lesson)
    before = len(api(people.student).get(read).json()["sections"][0]["blocks"])
    api(people.teacher).post(at("lessons", taught.lesson, "publish/"))
    after = len(api(people.student).get(read).json()["sections"][0]["blocks"])
    assert (before, after) == (1, 2)


def test_reading_a_lesson_takes_the_same_queries_for_more_blocks(
    api, taught, people, django_assert_max_num_queries, django_assert_num_queries
):
    client = api(people.student)
    with django_assert_max_num_queries(6) as few:
        client.get(at("lessons", taught.lesson))
    for section in SectionFactory.create_batch(5, item=taught.lesson):
        BlockFactory.create_batch(5, section=section)
    client = api(people.student)
    with django_assert_num_queries(len(few)):
        client.get(at("lessons", taught.lesson))


def test_reading_a_lesson_writes_nothing(api, taught, people, django_assert_max_num_queries):
    with django_assert_max_num_queries(6) as seen:
        api(people.student).get(at("lessons", taught.lesson))
    assert [q["sql"] for q in seen if not q["sql"].startswith("SELECT")] == []


def test_a_lesson_is_added_with_a_place_to_write(api, taught, people):
    body = {"module": str(taught.module.public_id), "title": "First", "minutes": 5, "position": 0}
    response = api(people.teacher).post(f"{V1}/lessons/", body)
    made = Item.objects.get(title="First")
    answer = response.json()
    assert (response.status_code, response["Location"]) == (201, at("lessons", made))
    assert (answer["state"], answer["position"], len(answer["sections"][0]["blocks"])) == ("draft", 0, 1)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"title": "A"}, ["module"]),
        ({"title": "A", "module": "x"}, ["module"]),
        ({"title": "A", "module": 10**60}, ["module"]),
        ({"title": "A", "minutes": -1}, ["title", "minutes"]),
        ({"title": "A", "minutes": 40_000}, ["title", "minutes"]),
        ({"title": "A", "needs_end": "perhaps"}, ["needs_end"]),
    ],
)
def test_a_lesson_that_cannot_be(api, taught, people, body, fields):
    if "module" not in body and fields != ["module"]:
        body["module"] = str(taught.module.public_id)
        fields = [name for name in fields if name != "title"]
    response = api(people.teacher).post(f"{V1}/lessons/", body)
    assert (response.status_code, list(response.json()["errors"])) == (400, fields)
    assert Item.objects.filter(module=taught.module).count() == 2


def test_a_lesson_is_not_added_to_a_module_that_is_hidden_or_absent(api, taught, people):
    taught.course.state = "draft"
    taught.course.save()
    for module in (str(taught.module.public_id), "01964b0f-7d4c-7cc1-8d5e-0d4f1d6a2b10"):
        response = api(people.other_owner).post(f"{V1}/lessons/", {"module": module, "title": "Intruder"})
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_lesson_is_not_added_to_another_course(api, taught, people):
    body = {"module": str(taught.module.public_id), "title": "Intruder"}
    assert api(people.other_owner).post(f"{V1}/lessons/", body).status_code == 403


def test_a_lesson_is_moved_to_another_module(api, taught, people):
    other = ModuleFactory(course=taught.course)
    response = api(people.teacher).patch(at("lessons", taught.lesson), {"module": str(other.public_id)})
    assert (response.status_code, response.json()["module"]) == (200, str(other.public_id))


def test_a_lesson_stays_in_its_course(api, taught, people):
    foreign = str(taught.other_course.modules.get().public_id)
    response = api(people.teacher).patch(at("lessons", taught.lesson), {"module": foreign, "title": "Gone"})
    taught.lesson.refresh_from_db()
    assert (response.status_code, response.json()["code"], taught.lesson.title) == (
        409,
        "other_course",
        "Who was asked",
    )


def test_a_lesson_is_hidden_and_shown(api, taught, people):
    client, read = api(people.teacher), at("lessons", taught.lesson)
    assert client.post(f"{read}unpublish/").json()["state"] == "draft"
    assert api(people.student).get(read).status_code == 404
    assert client.post(f"{read}publish/").json()["state"] == "published"
    assert api(people.student).get(read).status_code == 200


def test_a_lesson_goes_to_the_bin(api, taught, people):
    statuses = [api(people.teacher).delete(at("lessons", taught.lesson)).status_code for _ in range(2)]
    assert statuses == [204, 404]


@pytest.mark.parametrize(
    ("name", "status"), [("student", 403), ("assistant", 403), ("other_owner", 404), ("outsider", 404), (None, 401)]
)
def test_lessons_are_written_by_authors(api, taught, people, name, status):
    client = api(name and getattr(people, name))
    read = at("lessons", taught.lesson)
    answers = [
        client.patch(read, {"title": 0}),
        client.delete(read),
        client.post(f"{read}publish/"),
        client.post(f"{read}unpublish/"),
        client.post(f"{read}blocks/", {"kind": 0}),
        client.post(f"{read}sections/", {"title": 0}),
        client.patch(at("blocks", taught.block), {"text": 0}),
        client.delete(at("blocks", taught.block)),
        client.patch(at("sections", taught.section), {"title": 0}),
        client.delete(at("sections", taught.section)),
    ]
    assert [a.status_code for a in answers] == [status] * len(answers)


# Sections and blocks


def test_a_section_is_added_renamed_moved_and_binned(api, taught, people):
    client = api(people.teacher)
    made = client.post(at("lessons", taught.lesson, "sections/"), {"title": "More", "position": 0})
    section = Section.objects.get(title="More")
    changed = client.patch(made["Location"], {"title": "Most", "position": 1})
    assert (made.status_code, made.json()["position"]) == (201, 0)
    assert (changed.json()["title"], changed.json()["position"]) == ("Most", 1)
    assert client.get(made["Location"]).json() == changed.json()
    assert (client.delete(made["Location"]).status_code, Section.objects.filter(pk=section.pk).exists()) == (204, False)


def test_a_block_is_added_in_its_place(api, taught, people):
    body = {"kind": "callout", "text": "Mind *this*.", "data": {"tone": "tip"}, "position": 0}
    response = api(people.teacher).post(at("lessons", taught.lesson, "blocks/"), body)
    made = Block.objects.get(kind="callout")
    answer = response.json()
    assert (response.status_code, response["Location"]) == (201, at("blocks", made))
    assert (answer["position"], answer["html"], answer["draft"]["data"]) == (0, None, {"tone": "tip"})


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["kind"]),
        ({"kind": "hologram"}, ["kind"]),
        ({"kind": "text", "text": "x" * 100_001}, ["text"]),
        ({"kind": "text", "text": "a\x00b"}, ["text"]),
        ({"kind": "text", "text": "[a](javascript:b)"}, ["text"]),
        ({"kind": "text", "data": []}, ["data"]),
        ({"kind": "text", "data": {"colour": "red"}}, ["colour"]),
        ({"kind": "text", "section": "01964b0f-7d4c-7cc1-8d5e-0d4f1d6a2b10"}, ["section"]),
        ({"kind": "question", "data": {"kind": "single"}, "text": "Which?"}, ["options"]),
    ],
)
def test_a_block_that_cannot_be(api, taught, people, body, fields):
    response = api(people.teacher).post(at("lessons", taught.lesson, "blocks/"), body)
    assert (response.status_code, list(response.json()["errors"])) == (400, fields)
    assert Block.objects.filter(section__item=taught.lesson).count() == 1


def test_a_stale_block_is_not_overwritten(api, taught, people):
    client = api(people.teacher)
    first = client.patch(at("blocks", taught.block), {"text": "One"}, headers={"If-Match": '"1"'})
    second = client.patch(at("blocks", taught.block), {"text": "Two"}, headers={"If-Match": '"1"'})
    assert (first.status_code, second.status_code, second.json()["current_version"]) == (200, 412, 2)
    assert client.get(at("blocks", taught.block)).json()["draft"]["text"] == "One"


def test_a_question_is_written_as_in_a_course_folder_and_its_key_stays_with_its_authors(api, taught, people):
    settings = {"kind": "short", "accept": ["sample"], "explanation": "A sample stands for the whole."}
    body = {"kind": "question", "text": "What do you draw?", "data": settings}
    made = api(people.teacher).post(at("lessons", taught.lesson, "blocks/"), body)
    api(people.teacher).post(at("lessons", taught.lesson, "publish/"))
    read = made["Location"]
    author, student = (api(user).get(read) for user in (people.teacher, people.student))
    assert author.json()["draft"]["data"] == settings
    assert (student.json()["question"]["kind"], student.json()["draft"]) == ("short", None)
    everything = student.content.decode() + api(people.student).get(at("lessons", taught.lesson)).content.decode()
    assert "What do you draw?" in everything
    assert ("sample" in everything, "accept" in everything) == (False, False)


def test_a_question_is_rewritten(api, taught, people):
    client = api(people.teacher)
    body = {"kind": "question", "text": "Sum?", "data": {"kind": "short", "accept": ["4"]}}
    read = client.post(at("lessons", taught.lesson, "blocks/"), body)["Location"]
    changed = client.patch(read, {"text": "What is the sum?"}).json()["draft"]
    assert (changed["text"], changed["data"]) == ("What is the sum?", {"kind": "short", "accept": ["4"]})
