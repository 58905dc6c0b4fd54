"""A film on the lesson's page: what a student sees of it, what the page may load, what the editor asks."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from courses.models import Block, Watching
from courses.selectors.watching import Watched, watched_by
from courses.services import content, publishing, watching
from files.models import StoredFile
from files.services import store_file
from tests.contracts.test_headers import POLICY, policy
from tests.courses.test_video import FILM, YOUTUBE, srt
from tests.courses.views.conftest import page

STREAM = "https://a.example/film.m3u8"


@pytest.fixture
def put(people, taught):
    def put(**data) -> Block:
        block = content.add_block(
            actor=people.owner, section=taught.section, kind="video", data={"title": "A hedge", **data}
        )
        publishing.publish_item(actor=people.owner, item=taught.lesson)
        block.refresh_from_db()
        return block

    return put


@pytest.fixture
def film(people, put):
    files = {"file": ("film.webm", FILM), "captions": ("en.srt", srt("Good day & welcome"))}
    return put(
        **{
            name: str(store_file(actor=people.owner, content=held, name=file).public_id)
            for name, (file, held) in files.items()
        }
    )


@pytest.fixture
def url(taught):
    return taught.lesson.get_absolute_url()


def read(client, url) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def watched(who, film, position, ranges):
    watching.record(actor=who, block=film, position=position, duration=400, ranges=ranges)


def test_a_student_sees_the_film_with_its_transcript(sign_in, people, film, url):
    text = read(sign_in(people.student), url)
    file = StoredFile.objects.get(name="film.webm")
    assert f'<source src="{file.get_absolute_url()}" type="video/webm">' in text
    line = f'<a href="?film={film.public_id}&amp;t=62#film-{film.public_id}" data-at="62.50">'
    assert f'{line}<bdi>1:02</bdi> <span dir="auto">Good day &amp; welcome</span></a>' in text
    assert page("block-watching", "statistics", film.public_id) in text
    assert "Go on at" not in text
    assert Watching.objects.count() == 0


@pytest.mark.parametrize("who", ["owner", "observer"])
def test_others_watch_without_being_counted(sign_in, people, film, url, who):
    assert "/watching/" not in read(sign_in(getattr(people, who)), url)
    assert "/watching/" not in read(sign_in(people.owner), f"{url}?draft=1")


def test_where_a_student_stopped_and_what_they_saw(sign_in, people, film, url):
    watched(people.student, film, 200.4, [[0, 100]])
    watched(people.other_student, film, 30, [[0, 400]])
    client = sign_in(people.student)
    text = read(client, url)
    assert ("Go on at 3:20" in text, "You have seen 25 % of it." in text, ".webm#t=200" in text) == (True, True, True)
    asked = read(client, f"{url}?film={film.public_id}&t=62")
    assert ("Go on at" in asked, ".webm#t=62" in asked) == (False, True)
    for wrong in ("t=62", f"film={film.public_id}&t=-1", f"film={film.public_id}&t=²", f"film={film.public_id}&t=1e9"):
        assert ".webm#t=200" in read(client, f"{url}?{wrong}")


def test_links_to_a_line_keep_the_rest_of_the_address(sign_in, people, film, url):
    text = read(sign_in(people.owner), f"{url}?draft=1&t=5")
    assert f'href="?draft=1&amp;film={film.public_id}&amp;t=62#' in text


def test_what_was_played_is_told_by_the_page(sign_in, people, film):
    client = sign_in(people.student)
    told = {"position": "12.5", "duration": "400", "ranges": "[[0, 12.5], [100, 300]]"}
    address = page("block-watching", "statistics", film.public_id)
    answer = client.post(address, told)
    assert (answer.status_code, answer.json()) == (200, {"seen": "You have seen 53 % of it."})
    assert watched_by(people.student, [film.pk]) == {film.pk: Watched(12.5, 400, [[0, 12.5], [100, 300]])}
    for wrong in ({"position": "x"}, {"ranges": "[" * 5000}, {"duration": "NaN"}, {"duration": "0"}, {"ranges": ""}):
        refused = client.post(address, {**told, **wrong})
        assert (refused.status_code, list(refused.json())) == (400, ["message"])
    assert client.get(address).status_code == 405


def test_only_its_own_blocks_widen_a_pages_policy(sign_in, people, put, film, url, taught):
    client = sign_in(people.student)
    assert policy(client.get(url)) == POLICY
    put(address=STREAM)
    put(address="https://a.example/other.mp4")
    assert policy(client.get(url)) == POLICY | {"media-src": "'self' https://a.example"}
    put(address=YOUTUBE)
    both = {"media-src": "'self' https://a.example", "frame-src": "https://www.youtube-nocookie.com"}
    assert policy(client.get(url)) == POLICY | both
    assert policy(client.get(taught.course.get_absolute_url())) == POLICY


def test_a_film_elsewhere_waits_behind_a_door(sign_in, people, put, url):
    put(address=f"{YOUTUBE}?t=9")
    text = read(sign_in(people.student), url)
    assert "<iframe" not in text
    assert (
        '<a class="button primary" href="https://www.youtube.com/watch?v=dQw4w9WgXcQ&amp;t=9s" rel="noreferrer"' in text
    )
    assert "Nothing is loaded from there until you press play; then YouTube learns that you watch it." in text


def test_a_stream_says_that_not_every_browser_plays_it(sign_in, people, put, url):
    put(address=STREAM)
    text = read(sign_in(people.student), url)
    assert f'<source src="{STREAM}" type="application/vnd.apple.mpegurl">' in text
    assert "Some browsers cannot play this film by themselves." in text


def test_queries_do_not_grow_with_films(queries, people, put, url):
    put(address=STREAM)
    one = queries(people.student, url)
    for _ in range(3):
        put(address=YOUTUBE)
    assert queries(people.student, url) == one


# Writing


@pytest.fixture
def save(sign_in, people, taught):
    def save(block, **values):
        block.refresh_from_db()
        address = page("block-edit", "statistics", block.public_id)
        answer = sign_in(people.owner).post(
            address, {"version": block.version, "title": "A hedge", "text": "", **values}
        )
        block.refresh_from_db()
        return answer

    return save


def test_a_film_is_written_with_captions_in_several_languages(people, taught, save, sign_in):
    block = content.add_block(actor=people.owner, section=taught.section, kind="video")
    files = {name: SimpleUploadedFile(name, held) for name, held in (("a.srt", srt("A")), ("b.vtt", b"WEBVTT\n"))}
    more = {"captions_more": files["b.vtt"], "captions_more_language": "de"}
    answer = save(block, address="youtu.be/dQw4w9WgXcQ", captions=files["a.srt"], **more)
    assert answer.status_code == 302
    ids = {row.name: str(row.public_id) for row in StoredFile.objects.all()}
    stored = {
        "address": "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "captions": ids["a.vtt"],
        "captions_more": {"de": ids["b.vtt"]},
        "title": "A hedge",
    }
    assert block.draft.data == stored
    text = read(sign_in(people.owner), page("item-edit", "statistics", taught.lesson.public_id))
    assert "Take the captions out: Deutsch" in text
    save(block, address=stored["address"], captions_more_de_clear="on")
    assert block.draft.data == {name: value for name, value in stored.items() if name != "captions_more"}


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({}, "file", "Give a “file”, or the “address” of a film elsewhere."),
        ({"address": "https://a.example/"}, "address", "No film can be shown from this “address”."),
        ({"address": YOUTUBE, "title": ""}, "title", "Write a title"),
        ({"address": YOUTUBE, "captions": b"1\n00:01 --> soon\nHm\n"}, "captions", "Line 2: “00:01 --&gt; soon”"),
        ({"address": YOUTUBE, "captions_more": b"1\n"}, "captions_more_language", "Write the language"),
        (
            {"address": YOUTUBE, "captions_more": b"1\n", "captions_more_language": "de"},
            "captions_more",
            "Line 1: there is no caption",
        ),
        ({"address": YOUTUBE, "captions_more_language": "<b>"}, "captions_more_language", "Write a tag such as de"),
    ],
)
def test_a_problem_is_named_at_its_field(people, taught, save, values, field, sentence):
    block = content.add_block(actor=people.owner, section=taught.section, kind="video")
    sent = {k: SimpleUploadedFile("c.srt", v) if isinstance(v, bytes) else v for k, v in values.items()}
    answer = save(block, **sent)
    error = f'<p class="error" id="block-{block.public_id}-{field}_error">'
    assert (answer.status_code, block.draft.data) == (422, {})
    assert sentence in answer.content.decode().split(error)[1].split("</p>")[0]


# The API


def test_programs_read_and_add_what_was_seen(people, film, sign_in):
    client = sign_in(people.student)
    address = f"/api/v1/blocks/{film.public_id}/watching/"
    empty = {"block": str(film.public_id), "position": 0.0, "duration": 0.0, "ranges": [], "percent": 0}
    assert client.get(address).json() == empty
    told = {"position": 30, "duration": 60, "ranges": [[0, 30]]}
    seen = {**empty, **told, "percent": 50}
    assert client.post(address, json.dumps(told), "application/json").json() == seen
    assert client.get(address).json() == seen
    assert sign_in(people.other_student).get(address).json() == empty
    refused = client.post(address, json.dumps({**told, "ranges": [[30, 0]]}), "application/json")
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["ranges"])


def test_programs_hear_that_a_text_is_no_film(people, taught, sign_in):
    answer = sign_in(people.student).get(f"/api/v1/blocks/{taught.block.public_id}/watching/")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_film")


def test_a_lesson_names_all_captions_of_a_film(people, put, sign_in, taught):
    captions = store_file(actor=people.owner, content=srt("A"), name="de.srt")
    film = put(address=YOUTUBE, captions_more={"de": str(captions.public_id)})
    block = sign_in(people.student).get(f"/api/v1/blocks/{film.public_id}/").json()
    assert block["files"] == {"captions_more.de": captions.get_absolute_url()}
