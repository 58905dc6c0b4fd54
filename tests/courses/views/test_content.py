import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from courses.models import Block, Section
from courses.services import content, outline
from files.models import StoredFile
from files.services.sent import token_of
from files.services.uploads import receive_part, start_upload
from tests.courses.views.conftest import page, said
from tests.factories import BlockFactory, SectionFactory

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'


@pytest.fixture
def owner(sign_in, people):
    return sign_in(people.owner)


@pytest.fixture
def edit(taught):
    return page("item-edit", "statistics", taught.lesson.public_id)


def settings_of(item, **changes):
    return {"title": item.title, "objective": "", "minutes": "", "needs_end": "on", "version": item.version} | changes


def write(client, block, **sent):
    block.refresh_from_db()
    return client.post(page("block-edit", "statistics", block.public_id), {"version": block.version} | sent)


def test_the_page_has_every_text(owner, taught, edit):
    BlockFactory(section=SectionFactory(item=taught.lesson, title="Second"), kind="callout", data={"tone": "tip"})
    text = owner.get(edit).content.decode()
    assert ("Ask four people." in text, ">Second<" in text, "Callout" in text) == (True, True, True)


def test_change_the_settings(owner, taught, edit):
    answer = owner.post(edit, settings_of(taught.lesson, title="Who", minutes="12", needs_end="", is_preview="on"))
    taught.lesson.refresh_from_db()
    item = taught.lesson
    assert (answer.status_code, item.title, item.minutes, item.needs_end, item.is_preview) == (
        302,
        "Who",
        12,
        False,
        True,
    )


@pytest.mark.parametrize(
    "changes", [{"title": ""}, {"title": "x" * 10_000}, {"minutes": "-1"}, {"minutes": "ten"}, {"objective": "x" * 301}]
)
def test_wrong_settings_are_refused_whole(owner, taught, edit, changes):
    answer = owner.post(edit, settings_of(taught.lesson, is_preview="on") | changes)
    taught.lesson.refresh_from_db()
    assert (answer.status_code, taught.lesson.is_preview) == (422, False)


def test_two_at_once_both_settings_are_shown(owner, people, taught, edit):
    typed = settings_of(taught.lesson, title="Typed by me")
    outline.change_item(actor=people.teacher, item=taught.lesson, title="Saved by him")
    answer = owner.post(edit, typed)
    text = answer.content.decode()
    assert (answer.status_code, 'value="Typed by me"' in text, "Saved by him" in text) == (409, True, True)
    again = typed | {"version": answer.context["form"]["version"].value()}
    assert owner.post(edit, again).status_code == 302
    taught.lesson.refresh_from_db()
    assert taught.lesson.title == "Typed by me"


def test_a_text_is_saved_as_a_draft(owner, taught):
    answer = write(owner, taught.block, text="Ask *five* people.")
    taught.block.refresh_from_db()
    assert (answer.status_code, said(answer)) == (302, ["Saved as a draft."])
    assert (taught.block.draft.html, taught.block.live.text) == (
        "<p>Ask <em>five</em> people.</p>\n",
        "Ask four people.",
    )


def test_two_at_once_both_texts_are_shown_and_the_typed_one_kept(owner, people, taught):
    version = taught.block.version
    content.change_block(actor=people.teacher, block=taught.block, text="His words.")
    url = page("block-edit", "statistics", taught.block.public_id)
    answer = owner.post(url, {"version": version, "text": "My words."})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert (re.search(r"<textarea[^>]*>\s*My words\.</textarea>", text) is not None, "His words." in text) == (
        True,
        True,
    )
    newer = re.search(rf'id="block-{taught.block.public_id}-version"', text)
    assert newer
    write(owner, taught.block, text="My words.")
    taught.block.refresh_from_db()
    assert taught.block.draft.text == "My words."


@pytest.mark.parametrize("text", ["[x](javascript:alert(1))", "x" * 100_001], ids=["link", "length"])
def test_a_refused_text_is_kept_in_the_form(owner, taught, text):
    answer = write(owner, taught.block, text=text)
    taught.block.refresh_from_db()
    assert (answer.status_code, taught.block.draft.text) == (422, "Ask four people.")
    assert text in answer.content.decode()


@pytest.mark.parametrize("kind", ["text", "image", "video", "file", "callout", "question"])
def test_a_block_of_every_kind_can_be_added(owner, taught, kind):
    url = page("block-new", "statistics", taught.section.public_id)
    answers = {owner.post(url, {"kind": kind, "form_key": "k"})["Location"] for _ in range(15)}
    added = Block.objects.filter(section=taught.section).last()
    assert (len(answers), added.kind, taught.section.blocks.count()) == (1, kind, 2)
    assert owner.get(answers.pop()).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_picture_that_was_uploaded_before_is_taken_from_its_owner_alone(owner, people, taught):
    def uploaded(person, name: str) -> str:
        upload = start_upload(actor=person, purpose="lesson_media", name=name, size=len(SVG))
        receive_part(actor=person, upload=upload, offset=0, content=io.BytesIO(SVG))
        return token_of(upload)

    block = content.add_block(actor=people.owner, section=taught.section, kind="image")
    foreign = {"file-upload": uploaded(people.teacher, "theirs.svg")}
    answer = write(owner, block, alt="A hedge", width="wide", text="", **foreign)
    assert (answer.status_code, "The uploaded file is not here any more." in answer.content.decode()) == (422, True)
    own = {"file-upload": uploaded(people.owner, "hedge.svg")}
    # Refused for something else: the page keeps it.
    text = write(owner, block, alt="", width="wide", text="", **own).content.decode()
    assert (f'name="file-upload" value="{own["file-upload"]}"' in text, "hedge.svg is there." in text) == (True, True)
    assert write(owner, block, alt="A hedge", width="wide", text="", **own).status_code == 302
    block.refresh_from_db()
    stored = StoredFile.objects.get(name="hedge.svg")
    assert block.draft.data == {"file": str(stored.public_id), "alt": "A hedge", "width": "wide"}


def test_an_unknown_kind_is_refused(owner, taught):
    answer = owner.post(page("block-new", "statistics", taught.section.public_id), {"kind": "spell"})
    assert (said(answer)[0].startswith("Choose one of:"), taught.section.blocks.count()) == (True, 1)


def test_a_picture_is_stored_and_shown(owner, people, taught, sign_in, edit):
    block = content.add_block(actor=people.owner, section=taught.section, kind="image")
    picture = SimpleUploadedFile("hedge.svg", SVG, "image/svg+xml")
    assert write(owner, block, file=picture, alt="A hedge", width="wide", text="Our hedge").status_code == 302
    block.refresh_from_db()
    stored = StoredFile.objects.get()
    assert block.draft.data == {"file": str(stored.public_id), "alt": "A hedge", "width": "wide"}
    owner.post(page("item-publish", "statistics", taught.lesson.public_id))
    text = sign_in(people.student).get(taught.lesson.get_absolute_url()).content.decode()
    assert f'<img src="{stored.get_absolute_url()}" alt="A hedge"' in text
    assert f'Now: <a href="{stored.get_absolute_url()}">hedge.svg</a>' in owner.get(edit).content.decode()
    # Saved again without a new file, the picture stays.
    write(owner, block, alt="The same hedge", width="text", text="")
    block.refresh_from_db()
    assert block.draft.data == {"file": str(stored.public_id), "alt": "The same hedge"}


def test_a_picture_needs_words(owner, people, taught):
    block = content.add_block(actor=people.owner, section=taught.section, kind="image")
    answer = write(owner, block, file=SimpleUploadedFile("hedge.svg", SVG), alt="", width="text", text="")
    assert (answer.status_code, "what the picture shows" in answer.content.decode()) == (422, True)


def test_a_file_that_is_not_what_it_says_is_refused(owner, people, taught):
    block = content.add_block(actor=people.owner, section=taught.section, kind="file")
    answer = write(owner, block, file=SimpleUploadedFile("notes.pdf", b"MZ not a document"), title="Notes", text="")
    block.refresh_from_db()
    assert (answer.status_code, block.draft.data, StoredFile.objects.count()) == (422, {}, 0)


def test_sections_are_added_renamed_moved_and_binned(owner, taught, edit):
    url = page("section-new", "statistics", taught.lesson.public_id)
    answers = {owner.post(url, {"title": "Second", "form_key": "k"})["Location"] for _ in range(15)}
    section = Section.objects.get(title="Second")
    assert answers == {f"{edit}#section-{section.public_id}"}
    owner.post(page("section-edit", "statistics", section.public_id), {"title": "Anew"})
    owner.post(page("section-move", "statistics", section.public_id), {"direction": "up"})
    assert [str(s) for s in Section.objects.filter(item=taught.lesson)] == ["Anew", "Opening"]
    owner.post(page("section-bin", "statistics", section.public_id))
    assert Section.objects.filter(item=taught.lesson).count() == 1
    owner.post(page("section-restore", "statistics", section.public_id))
    assert Section.objects.filter(item=taught.lesson).count() == 2


def test_blocks_are_moved_and_binned_with_undo(owner, taught):
    second = BlockFactory(section=taught.section)
    owner.post(page("block-move", "statistics", second.public_id), {"direction": "up"})
    assert list(Block.objects.filter(section=taught.section)) == [second, taught.block]
    answer = owner.post(page("block-bin", "statistics", second.public_id))
    assert page("block-restore", "statistics", second.public_id) in said(answer)[0]
    assert list(Block.objects.filter(section=taught.section)) == [taught.block]
    owner.post(page("block-restore", "statistics", second.public_id))
    assert list(Block.objects.filter(section=taught.section)) == [second, taught.block]


POSTS = [
    ("item-edit", "lesson"),
    ("section-new", "lesson"),
    ("section-edit", "section"),
    ("section-move", "section"),
    ("section-bin", "section"),
    ("section-restore", "section"),
    ("block-new", "section"),
    ("block-edit", "block"),
    ("block-move", "block"),
    ("block-bin", "block"),
    ("block-restore", "block"),
]


@pytest.mark.parametrize(("name", "what"), POSTS, ids=[name for name, _ in POSTS])
def test_nobody_else_writes(sign_in, people, taught, name, what):
    sent = {"title": "Mine now", "text": "Mine now", "kind": "text", "version": 1}
    url = page(name, "statistics", getattr(taught, what).public_id)
    everybody = (people.assistant, people.student, people.outsider, people.other_owner)
    assert {sign_in(who).post(url, sent).status_code for who in everybody} <= {403, 404}
    taught.block.refresh_from_db()
    assert (taught.block.draft.text, Section.objects.get(item=taught.lesson).title) == ("Ask four people.", "")


def test_queries_do_not_grow_with_texts(queries, people, taught, edit):
    def more(count):
        for _ in range(count):
            BlockFactory(section=SectionFactory(item=taught.lesson))

    more(2)
    few = queries(people.owner, edit)
    more(20)
    assert queries(people.owner, edit) == few
