import pytest

from core.errors import Conflict, Invalid, NotAllowed
from courses.models import Block, Section
from courses.services import blocks, content, experiment
from tests.factories import BlockFactory, SectionFactory, put_branches


@pytest.fixture
def compared(people, taught):
    return experiment.add_experiment(
        actor=people.owner, course=taught.course, name="Graph or table", groups=["Graph", " ", "Table"]
    )


def branches(block: Block) -> list[str]:
    return [section.group.name for section in Section.objects.filter(inside=block).order_by("group_id")]


def test_a_block_has_a_branch_for_each_group(people, taught, compared):
    data = {"experiment": str(compared.public_id)}
    block = blocks.create_block(actor=people.owner, section=taught.section, kind="branches", data=data)
    assert (branches(block), block.draft.data) == (["Graph", "Table"], data)
    experiment.change_experiment(actor=people.owner, experiment=compared, new_groups=["Words"])
    assert branches(block) == ["Graph", "Table", "Words"]


def test_the_experiment_can_be_named_later_by_its_id_in_the_source(people, taught, compared):
    compared.source_id = "1041"
    compared.save()
    block = content.add_block(actor=people.owner, section=taught.section, kind="branches")
    assert branches(block) == []
    content.change_block(actor=people.owner, block=block, data={"experiment": "1041"})
    assert branches(block) == ["Graph", "Table"]


@pytest.mark.parametrize("name", ["", "elsewhere", "01964b0f-7d4c-7cc1-8d5e-0d4f1d6a2b10", 7])
def test_an_unknown_experiment_is_refused(people, taught, compared, name):
    block = content.add_block(actor=people.owner, section=taught.section, kind="branches")
    with pytest.raises(Invalid):
        content.change_block(actor=people.owner, block=block, data={"experiment": name})
    assert not Section.objects.filter(inside=block).exists()


def test_a_block_keeps_its_experiment(people, taught, compared):
    outer, _texts = put_branches(taught.section)
    with pytest.raises(Conflict) as refused:
        content.change_block(actor=people.owner, block=outer, data={"experiment": str(compared.public_id)})
    assert refused.value.code == "branches_chosen"


def test_branches_hold_no_branches(people, taught):
    outer, (text, _other) = put_branches(taught.section)
    with pytest.raises(Invalid):
        content.add_block(actor=people.owner, section=text.section, kind="branches")
    with pytest.raises(Invalid):
        content.move_block(actor=people.owner, block=outer, section=text.section, position=0)
    with pytest.raises(Conflict):
        content.bin_section(actor=people.owner, section=text.section)


@pytest.mark.parametrize("whole", [False, True])
def test_branches_go_to_the_bin_and_come_back_with_their_block(people, taught, whole):
    outer, texts = put_branches(taught.section)
    gone = content.bin_block(actor=people.owner, block=texts[1])
    into, back, row = (
        (content.bin_section, content.restore_section, {"section": taught.section})
        if whole
        else (content.bin_block, content.restore_block, {"block": outer})
    )
    into(actor=people.owner, **row)
    assert not Block.objects.filter(pk__in=[outer.pk, texts[0].pk, texts[1].pk]).exists()
    back(actor=people.owner, **row)
    # What lay in the bin by itself stays there.
    assert set(Block.objects.filter(pk__in=[outer.pk, texts[0].pk, gone.pk])) == {outer, texts[0]}


def test_sections_are_moved_among_their_own_kind(people, taught):
    put_branches(taught.section)
    last = SectionFactory(item=taught.lesson)
    BlockFactory(section=last)
    content.move_section(actor=people.owner, section=last, position=0)
    assert list(Section.objects.filter(item=taught.lesson, inside=None)) == [last, taught.section]


def test_an_experiment_needs_two_groups(people, taught):
    with pytest.raises(Invalid) as refused:
        experiment.add_experiment(actor=people.owner, course=taught.course, name="One", groups=["Only"])
    assert list(refused.value.fields) == ["groups"]


def test_names_and_closed_groups(people, compared):
    graph, table = compared.groups.all()
    experiment.change_experiment(
        actor=people.owner,
        experiment=compared,
        name="Two pictures",
        groups={graph.public_id: "A drawn graph"},
        closed=[table.public_id],
    )
    compared.refresh_from_db()
    named = [(group.name, group.is_closed) for group in compared.groups.all()]
    assert (compared.name, named) == ("Two pictures", [("A drawn graph", False), ("Table", True)])


def test_only_unused_experiments_are_deleted(people, taught, compared):
    experiment.place_of(user=people.student, experiment=compared)
    with pytest.raises(Conflict):
        experiment.delete_experiment(actor=people.owner, experiment=compared)
    compared.places.all().delete()
    experiment.delete_experiment(actor=people.owner, experiment=compared)
    assert not taught.course.experiments.exists()


@pytest.mark.parametrize("name", ["assistant", "student", "outsider"])
def test_only_authors_compare(people, taught, compared, name):
    actor = getattr(people, name)
    with pytest.raises(NotAllowed):
        experiment.add_experiment(actor=actor, course=taught.course, name="Mine", groups=["A", "B"])
    with pytest.raises(NotAllowed):
        experiment.change_experiment(actor=actor, experiment=compared, name="Mine")
    with pytest.raises(NotAllowed):
        experiment.delete_experiment(actor=actor, experiment=compared)
