import pytest
from django.template.loader import render_to_string

from core.authz import SYSTEM
from core.errors import Invalid, NotAllowed, Stale
from core.slots import BLOCK_KINDS
from courses.models import Block, BlockRevision, Item, Section
from courses.rules import course_roles
from courses.services.content import (
    add_block,
    add_section,
    bin_block,
    bin_section,
    change_block,
    change_section,
    move_block,
    move_section,
    restore_block,
    restore_section,
)
from courses.services.outline import bin_item, restore_item
from courses.services.publishing import publish_item, unpublish_item
from files.models import StoredFile
from files.services import store_file
from tests.factories import BlockFactory, SectionFactory

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture
def picture(people):
    return store_file(actor=people.teacher, content=PNG, name="dot.png")


def image(file, **settings):
    return {"file": str(file.public_id), "alt": "A dot", **settings}


def seen(user):
    return set(StoredFile.objects.visible_to(user).values_list("name", flat=True))


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_a_change_is_a_draft_that_readers_do_not_see(people, taught):
    block = change_block(
        actor=people.teacher, block=taught.block, version=1, text="Ask **five**.\r\n<script>x</script>"
    )
    assert (block.version, block.draft.number, block.draft.text) == (2, 2, "Ask **five**.\n<script>x</script>")
    assert block.draft.html == "<p>Ask <strong>five</strong>.\n&lt;script&gt;x&lt;/script&gt;</p>\n"
    assert (block.live.text, block.draft.created_by) == ("Ask four people.", people.teacher)
    assert fresh(taught.lesson).has_unpublished_changes


def test_publishing_shows_the_newest_text_and_publishing_again_changes_nothing(people, taught):
    change_block(actor=people.teacher, block=taught.block, text="Ask five.")
    item = publish_item(actor=people.teacher, item=taught.lesson)
    again = publish_item(actor=people.teacher, item=taught.lesson)
    assert fresh(taught.block).live.text == "Ask five."
    assert (item.has_unpublished_changes, again.published_at, again.version) == (False, item.published_at, item.version)


def test_unpublishing_takes_a_lesson_from_students(people, taught):
    unpublish_item(actor=people.owner, item=taught.lesson)
    unpublish_item(actor=people.owner, item=taught.lesson)
    assert not Item.objects.visible_to(people.student).filter(pk=taught.lesson.pk).exists()
    assert Item.objects.visible_to(people.teacher).filter(pk=taught.lesson.pk).exists()


def test_the_same_again_writes_nothing(people, taught):
    block = change_block(actor=people.teacher, block=taught.block, text="Ask four people.")
    assert (block.version, BlockRevision.objects.filter(block=block).count()) == (1, 1)


def test_two_people_do_not_overwrite_each_other(people, taught):
    change_block(actor=people.teacher, block=taught.block, version=1, text="One")
    with pytest.raises(Stale) as refused:
        change_block(actor=people.owner, block=taught.block, version=1, text="Two")
    assert (refused.value.current_version, fresh(taught.block).draft.text) == (2, "One")


@pytest.mark.parametrize("name", ["student", "assistant", "observer", "outsider", "other_owner"])
def test_only_authors_write(people, taught, name):
    actor = getattr(people, name)
    for attempt in (
        lambda: add_section(actor=actor, item=taught.lesson),
        lambda: change_section(actor=actor, section=taught.section, title="Mine"),
        lambda: move_section(actor=actor, section=taught.section, position=0),
        lambda: bin_section(actor=actor, section=taught.section),
        lambda: restore_section(actor=actor, section=taught.section),
        lambda: add_block(actor=actor, section=taught.section, kind="text"),
        lambda: change_block(actor=actor, block=taught.block, text="Mine"),
        lambda: move_block(actor=actor, block=taught.block, position=0),
        lambda: bin_block(actor=actor, block=taught.block),
        lambda: restore_block(actor=actor, block=taught.block),
        lambda: publish_item(actor=actor, item=taught.lesson),
        lambda: unpublish_item(actor=actor, item=taught.lesson),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert BlockRevision.objects.filter(block=taught.block).count() == 1


@pytest.mark.parametrize(
    ("kind", "text", "data", "wrong"),
    [
        ("poem", "x", {}, ["kind"]),
        ("text", "x" * 100_001, {}, ["text"]),
        ("text", "a\x00b", {}, ["text"]),
        ("text", "[x](javascript:alert(1))", {}, ["text"]),
        ("text", 7, {}, ["text"]),
        ("text", "x", {"tone": "tip"}, ["tone"]),
        ("text", "x", ["no"], ["data"]),
        ("text", "x", {"a": "\x00"}, ["data"]),
        ("callout", "", {"tone": "tip"}, ["data"]),
        ("callout", "x", {"tone": "loud"}, ["tone"]),
        ("callout", "x", {"title": 7}, ["title"]),
        ("callout", "x", {"title": "x" * 201}, ["title"]),
        ("image", "", {"alt": "A dot"}, ["file"]),
        ("image", "", {"file": "nonsense", "alt": "A dot"}, ["file"]),
        ("image", "", {"file": "0190a0a0-0000-7000-8000-000000000000", "alt": "A dot"}, ["file"]),
        ("image", "", {"file": "0190a0a0-0000-7000-8000-000000000000"}, ["alt"]),
        ("image", "", {"file": "x", "alt": "A dot", "decorative": True}, ["alt"]),
        ("image", "", {"file": "x", "alt": "A dot", "decorative": "yes"}, ["decorative"]),
        ("video", "", {"file": "0190a0a0-0000-7000-8000-000000000000"}, ["title"]),
        ("text", "![x](file:0190a0a0-0000-7000-8000-000000000000)", {}, ["text"]),
    ],
)
def test_what_makes_no_block(people, taught, kind, text, data, wrong):
    with pytest.raises(Invalid) as refused:
        add_block(actor=people.teacher, section=taught.section, kind=kind, text=text, data=data)
    assert list(refused.value.fields) == wrong
    assert Block.everything.filter(section=taught.section).count() == 1


@pytest.mark.parametrize("kind", ["text", "image", "video", "file", "callout", "question"])
def test_a_block_may_begin_empty(people, taught, kind):
    block = add_block(actor=people.teacher, section=taught.section, kind=kind, position=0)
    assert (block.live, block.draft.text, block.draft.data) == (None, "", {})
    assert Block.objects.filter(section=taught.section).order_by("rank").first() == block


def test_settings_that_say_nothing_are_not_kept(people, taught, picture):
    data = image(picture, decorative=False, width="text")
    block = add_block(actor=people.teacher, section=taught.section, kind="image", data=data)
    assert block.draft.data == image(picture)


def test_a_file_is_seen_by_authors_at_once_and_by_students_when_published(people, taught, picture):
    add_block(actor=people.teacher, section=taught.section, kind="image", data=image(picture))
    assert (seen(people.owner), seen(people.student), seen(people.other_owner)) == ({"dot.png"}, set(), set())
    publish_item(actor=people.teacher, item=taught.lesson)
    assert (seen(people.student), seen(people.outsider), seen(people.other_owner)) == ({"dot.png"}, set(), set())
    bin_item(actor=people.owner, item=taught.lesson)
    assert (seen(people.student), seen(people.owner)) == (set(), set())
    restore_item(actor=people.owner, item=taught.lesson)
    assert seen(people.student) == {"dot.png"}


def test_a_file_that_is_no_longer_named_is_no_longer_seen(people, taught, picture):
    block = add_block(
        actor=people.teacher, section=taught.section, kind="text", text=f"![A dot](file:{picture.public_id})"
    )
    publish_item(actor=people.teacher, item=taught.lesson)
    bin_block(actor=people.teacher, block=block)
    assert seen(people.student) == set()
    restore_block(actor=people.teacher, block=block)
    assert seen(people.student) == {"dot.png"}
    change_block(actor=people.teacher, block=block, text="Gone.")
    assert seen(people.student) == {"dot.png"}
    publish_item(actor=people.teacher, item=taught.lesson)
    assert seen(people.student) == set()


def test_an_author_cannot_open_somebody_elses_file_by_naming_it(people, taught):
    secret = store_file(actor=people.other_owner, content=b"secret", name="secret.txt")
    for kind, text, data in (
        ("file", "", {"file": str(secret.public_id)}),
        ("text", f"[x](file:{secret.public_id})", {}),
    ):
        with pytest.raises(Invalid) as refused:
            add_block(actor=people.teacher, section=taught.section, kind=kind, text=text, data=data)
        assert refused.value.code == "file_unknown"
    assert seen(people.teacher) == set()


def test_sections_move_and_go_to_the_bin_with_their_blocks(people, taught):
    second = add_section(actor=people.teacher, item=taught.lesson, title="Second")
    move_section(actor=people.teacher, section=second, position=0)
    bin_section(actor=people.teacher, section=taught.section)
    assert list(Section.objects.filter(item=taught.lesson)) == [second]
    assert not Block.objects.filter(section__item=taught.lesson).exists()
    restore_section(actor=people.teacher, section=taught.section)
    assert list(Section.objects.filter(item=taught.lesson)) == [second, taught.section]
    assert Block.objects.filter(section__item=taught.lesson).count() == 1


def test_blocks_move_within_the_lesson_only(people, taught):
    other = SectionFactory(item=taught.lesson)
    moved = move_block(actor=people.teacher, block=taught.block, section=other, position=0)
    assert moved.section == other
    stranger = BlockFactory().section
    with pytest.raises(Invalid) as refused:
        move_block(actor=people.admin, block=taught.block, section=stranger, position=0)
    assert refused.value.code == "other_lesson"


def test_a_section_title_has_a_limit(people, taught):
    with pytest.raises(Invalid) as refused:
        change_section(actor=people.teacher, section=taught.section, title="x" * 201)
    assert list(refused.value.fields) == ["title"]


@pytest.mark.parametrize("kind", ["text", "image", "video", "file", "callout"])
def test_a_page_of_many_blocks_asks_for_its_files_once(people, taught, picture, kind, django_assert_num_queries):
    text = f"See ![A dot](file:{picture.public_id})"
    data = {
        "image": image(picture),
        "video": {"file": str(picture.public_id), "title": "Film"},
        "file": {"file": str(picture.public_id)},
    }.get(kind, {})
    for _ in range(3):
        add_block(actor=SYSTEM, section=taught.section, kind=kind, text=text, data=data)
    publish_item(actor=SYSTEM, item=taught.lesson)
    blocks = list(
        Block.objects.filter(kind=kind, section__item=taught.lesson).select_related("live", "section__item__course")
    )[-3:]
    for block in blocks:
        block.section.item = taught.lesson
    course_roles(people.student)
    # Of films also what the student has seen.
    with django_assert_num_queries(2 if kind == "video" else 1):
        contexts = BLOCK_KINDS[kind].context(blocks, people.student)
    html = render_to_string(BLOCK_KINDS[kind].template, {"block": blocks[0], **contexts[blocks[0].pk]})
    assert f'src="{picture.get_absolute_url()}"' in html
    assert "file:" not in html


def test_words_to_find_a_block_by(people, taught, picture):
    block = add_block(
        actor=SYSTEM, section=taught.section, kind="image", data=image(picture), text="The *caption* & more"
    )
    assert BLOCK_KINDS["image"].search_text(block, block.draft) == "A dot The caption & more"


def test_what_a_careful_author_would_mend(people, taught, picture):
    data = {"file": str(picture.public_id), "title": "Film"}
    block = add_block(actor=SYSTEM, section=taught.section, kind="video", data=data)
    assert BLOCK_KINDS["video"].check(block, block.draft) == [
        "Add captions, so that those who cannot hear can follow.",
        "Add a transcript, so that the film can be read and searched.",
    ]
