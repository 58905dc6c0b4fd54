"""What the groups of an experiment see in a lesson, and who sees all of it."""

import pytest
from rest_framework.test import APIClient

from courses.models import Block, ExperimentPlace
from tests.courses.views.conftest import page
from tests.factories import BlockFactory, ItemFactory, SectionFactory, put_branches


@pytest.fixture
def url(taught):
    return taught.lesson.get_absolute_url()


@pytest.fixture
def compared(taught):
    """Two branches, "For Group A." and "For Group B.", in the taught lesson."""
    outer, texts = put_branches(taught.section)
    for text, name in zip(texts, "AB", strict=True):
        group = text.section.group
        group.name = f"Group {name}"
        group.save()
        text.live.html = f"<p>For Group {name}.</p>"
        text.live.save()
    return outer, texts


def shown(client, url):
    text = client.get(url).content.decode()
    return [name for name in ("For Group A.", "For Group B.") if name in text]


def test_each_student_sees_one_branch_for_good(sign_in, people, url, compared):
    first, second = sign_in(people.student), sign_in(people.other_student)
    assert [shown(first, url), shown(second, url), shown(first, url)] == [
        ["For Group A."],
        ["For Group B."],
        ["For Group A."],
    ]
    assert "Group A" not in first.get(url).content.decode().replace("For Group A.", "")
    assert shown(first, url + "?group=" + str(compared[1][1].section.group.public_id)) == ["For Group A."]


def test_the_group_is_given_once_and_read_without_a_query_of_its_own(queries, writes, people, taught, url):
    before = queries(people.student, url)
    for _ in range(3):
        put_branches(SectionFactory(item=taught.lesson))
    assert writes(people.student, url) == []
    assert ExperimentPlace.objects.filter(user=people.student).count() == 3
    assert queries(people.student, url) == before


@pytest.mark.parametrize("name", ["owner", "teacher", "assistant", "observer", "admin"])
def test_who_teaches_sees_all_and_may_choose(sign_in, people, url, compared, name):
    client = sign_in(getattr(people, name))
    text = client.get(url).content.decode()
    assert shown(client, url) == ["For Group A.", "For Group B."]
    assert 'aria-label="Group A"' in text
    group = compared[1][1].section.group.public_id
    assert shown(client, f"{url}?group={group}") == ["For Group B."]
    assert shown(client, f"{url}?group=elsewhere") == ["For Group A.", "For Group B."]
    assert not ExperimentPlace.objects.exists()


def test_visitors_are_in_no_group(sign_in, taught, url, compared):
    taught.lesson.is_preview = True
    taught.lesson.save()
    text = sign_in(None).get(url).content.decode()
    assert ("For Group" in text, "There is nothing for you here." in text) == (False, True)


def test_without_an_open_group_the_page_still_opens(sign_in, people, url, compared):
    compared[1][0].section.group.experiment.groups.update(is_closed=True)
    assert shown(sign_in(people.student), url) == []


def test_branches_are_no_sections_of_the_lesson(sign_in, people, url, compared):
    links = sign_in(people.owner).get(url).context["page"].links
    assert [link.number for link in links] == [1]


def test_the_api_holds_what_the_page_shows(people, taught, compared):
    outer, (mine, theirs) = compared
    ExperimentPlace.objects.create(
        user=people.student, experiment=mine.section.group.experiment, group=mine.section.group
    )
    client = APIClient()
    client.force_authenticate(people.student)
    lesson = client.get(f"/api/v1/lessons/{taught.lesson.public_id}/").json()
    assert [section["id"] for section in lesson["sections"]] == [str(taught.section.public_id)]
    row = next(row for row in lesson["sections"][0]["blocks"] if row["kind"] == "branches")
    assert [(branch["group"], [inner["html"] for inner in branch["blocks"]]) for branch in row["branches"]] == [
        ("", ["<p>For Group A.</p>"])
    ]
    assert client.get(f"/api/v1/blocks/{mine.public_id}/").status_code == 200
    assert client.get(f"/api/v1/blocks/{theirs.public_id}/").status_code == 404
    assert client.get(f"/api/v1/sections/{theirs.section.public_id}/").status_code == 404
    client.force_authenticate(people.owner)
    both = client.get(f"/api/v1/blocks/{outer.public_id}/").json()["branches"]
    assert [branch["group"] for branch in both] == ["Group A", "Group B"]


def test_an_author_makes_an_experiment_and_fills_its_branches(sign_in, people, taught, url):
    client = sign_in(people.teacher)
    client.post(page("experiments", "statistics"), {"name": "Pictures", "groups": "Graph\nTable"})
    experiment = taught.course.experiments.get()
    to_edit = client.post(page("block-new", "statistics", taught.section.public_id), {"kind": "branches"})
    block = Block.objects.get(kind="branches")
    assert to_edit["Location"] == page("branches-edit", "statistics", block.public_id)
    sent = {"experiment": experiment.public_id, "version": block.version}
    assert client.post(to_edit["Location"], sent).status_code == 302
    branch = block.branches.get(group__name="Table")
    client.post(page("block-new", "statistics", branch.public_id), {"kind": "text"})
    text = client.get(page("item-edit", "statistics", taught.lesson.public_id)).content.decode()
    places = [text.index(word) for word in ("Groups see different content", " Graph</h4>", " Table</h4>")]
    assert places == sorted(places)
    assert text.count('class="edit-section"') == 1


def test_names_of_groups_are_changed_and_groups_closed(sign_in, people, compared):
    first, second = (text.section.group for text in compared[1])
    sent = {"name": "Renamed", f"group_{first.pk}": "One", f"group_{second.pk}": "Two", f"closed_{second.pk}": "on"}
    url = page("experiment-edit", "statistics", first.experiment.public_id)
    client = sign_in(people.owner)
    assert client.get(url).status_code == 200
    assert client.post(url, sent).status_code == 302
    groups = first.experiment.groups.values_list("name", "is_closed")
    assert list(groups) == [("One", False), ("Two", True)]
    assert client.post(page("experiment-delete", "statistics", first.experiment.public_id)).status_code == 302
    assert first.experiment.groups.exists()


@pytest.mark.parametrize(
    ("who", "status"), [("assistant", 403), ("student", 403), ("outsider", 403), ("other_owner", 403)]
)
def test_only_authors_open_the_experiments(sign_in, people, taught, who, status):
    assert sign_in(getattr(people, who)).get(page("experiments", "statistics")).status_code == status


def test_an_experiment_of_another_course_is_not_there(sign_in, people, taught):
    _outer, texts = put_branches(SectionFactory(item=ItemFactory(module__course=taught.other_course)))
    BlockFactory(section=texts[0].section)
    experiment = texts[0].section.group.experiment
    assert sign_in(people.owner).get(page("experiment-edit", "statistics", experiment.public_id)).status_code == 404
