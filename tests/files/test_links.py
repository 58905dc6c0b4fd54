"""What a limited link hands out: each time that bytes are sent counts, but for what goes on with what was counted."""

import re
from datetime import timedelta

import httpx
import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date

from files.models import AccessLog, Share
from files.services.kept import add_version, keep_file, make_folder
from files.services.sharing import end_share, link_of, share_by_link
from tests.factories.files import png, stored
from tests.files.test_faults import at_once

pytestmark = pytest.mark.django_db

WAVE = b"RIFF\x24\0\0\0WAVEfmt " + bytes(3000)


def keep(person, space, name="a.md", content=b"# Hedges\n", folder=None):
    return keep_file(actor=person, space=space, folder=folder, stored=stored(content, name, person)).file


def bytes_url(share, file) -> str:
    return reverse("files:link-file", args=[link_of(share).rstrip("/").rsplit("/", 1)[1], file.public_id, file.name])


def counted(share) -> int:
    return Share.objects.get(pk=share.pk).downloads


def get(client, url, **headers) -> tuple[int, bytes]:
    """Status and bytes of the file; of a page that says why there are none, nothing."""
    answer = client.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return answer.status_code, answer.getvalue() if answer.streaming else b""


class TestWhatCounts:
    @pytest.mark.parametrize(
        ("headers", "status", "begin"),
        [
            ({}, 200, 0),
            ({"Range": "bytes=0-"}, 206, 0),
            ({"Range": "bytes=1-"}, 206, 1),
            ({"Range": "bytes=-99999999"}, 206, 0),
            ({"Range": "bytes=-3"}, 206, 6),
            ({"Range": "x=1"}, 200, 0),
            ({"Range": "bytes=1-,0-0"}, 200, 0),
            ({"Range": "bytes=5-", "If-Range": '"another"'}, 200, 0),
            ({"Range": "bytes=5-", "If-Range": http_date(0)}, 200, 0),
        ],
    )
    @pytest.mark.parametrize("query", ["", "?download=1"])
    def test_whatever_has_bytes_and_nothing_more_when_they_are_used_up(
        self, person, space, headers, status, begin, query
    ):
        file = keep(person, space)
        share = share_by_link(actor=person, entry=file, most_downloads=2)
        url = bytes_url(share, file) + query
        # Each is somebody else: none of them began anything.
        got = [get(Client(), url, **headers) for _visitor in range(3)]
        assert got == [(status, b"# Hedges\n"[begin:])] * 2 + [(410, b"")]
        assert counted(share) == 2

    @pytest.mark.parametrize(
        "headers",
        [{"If-None-Match": "*"}, {"Range": "bytes=9-"}],
        ids=["what is there already", "behind the end"],
    )
    def test_what_has_no_bytes_does_not(self, person, space, headers):
        file = keep(person, space)
        share = share_by_link(actor=person, entry=file, most_downloads=1)
        url = bytes_url(share, file)
        answer = Client().get(url, headers=headers)
        assert (answer.status_code in (304, 416), answer.content, answer.cookies, counted(share)) == (True, b"", {}, 0)
        answer = Client().head(url)
        assert (answer.status_code, answer["Content-Length"], answer.cookies, counted(share)) == (200, "9", {}, 0)

    @pytest.mark.parametrize(("name", "content"), [("a.png", png(1)), ("a.wav", WAVE)])
    def test_what_opens_in_the_page_once_for_each_visitor_and_hour(self, person, space, name, content):
        file = keep(person, space, name, content)
        share = share_by_link(actor=person, entry=file, most_downloads=3)
        url, visitor = bytes_url(share, file), Client()
        with time_machine.travel(timezone.now(), tick=False) as clock:
            assert [get(visitor, url) for _again in range(3)] == [(200, content)] * 3
            assert get(visitor, url, Range="bytes=5-9") == (206, content[5:10])
            assert counted(share) == 1
            clock.shift(timedelta(minutes=61))
            assert get(visitor, url) == (200, content)
            assert counted(share) == 2
            # To save it is another download.
            assert get(visitor, f"{url}?download=1") == (200, content)
            assert counted(share) == 3
            assert get(visitor, url) == (200, content)
            assert get(Client(), url) == (410, b"")

    def test_the_page_of_a_limited_link_hands_nothing_out(self, person, space):
        picture, sound = keep(person, space, "a.png", png(1)), keep(person, space, "b.wav", WAVE)
        text = keep(person, space, "c.md", b"# Hedges")
        for file, by_itself in (
            (picture, r'<img class="preview-picture"'),
            (sound, r'preload="metadata"'),
            (text, r">Hedges<"),
        ):
            limited = share_by_link(actor=person, entry=file, most_downloads=2)
            page = Client().get(link_of(limited)).content.decode()
            assert "2 downloads are left. So that none is taken away by looking, there is no preview." in page
            assert (re.search(by_itself, page), counted(limited)) == (None, 0)
            free = Client().get(link_of(share_by_link(actor=person, entry=file))).content.decode()
            assert re.search(by_itself, free)
            assert "left" not in free

    def test_without_a_limit_later_pieces_and_what_the_page_shows_are_not_told(self, person, space):
        text, picture = keep(person, space), keep(person, space, "a.png", png(1))
        for file, headers, told in (
            (text, {}, 1),
            (text, {"Range": "bytes=0-"}, 1),
            (text, {"Range": "bytes=1-"}, 0),
            (picture, {}, 0),
        ):
            share = share_by_link(actor=person, entry=file)
            answer = Client().get(bytes_url(share, file), headers=headers)
            answer.getvalue()
            assert (answer.cookies, counted(share)) == ({}, told)


class TestWhatGoesOn:
    def test_what_broke_off_is_fetched_to_its_end_and_begun_anew_it_counts(self, person, space):
        file = keep(person, space)
        share = share_by_link(actor=person, entry=file, most_downloads=1)
        url, visitor = bytes_url(share, file), Client()
        assert get(visitor, url, Range="bytes=0-2") == (206, b"# H")
        assert get(visitor, url, Range="bytes=3-5") == (206, b"edg")
        assert get(visitor, url, Range="bytes=6-") == (206, b"es\n")
        for anew in ({}, {"Range": "bytes=0-"}, {"Range": "x=1"}, {"Range": "bytes=-99"}):
            assert get(visitor, url, **anew) == (410, b"")
        assert counted(share) == 1

    def test_for_an_hour_in_that_browser_and_of_that_version(self, person, space):
        file = keep(person, space)
        share, other = (share_by_link(actor=person, entry=file, most_downloads=1) for _each in range(2))
        url, visitor = bytes_url(share, file), Client()
        with time_machine.travel(timezone.now(), tick=False) as clock:
            answer = visitor.get(url)
            answer.getvalue()
            cookie = answer.cookies["begun"]
            assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 3600)
            assert cookie["path"] == url.removesuffix("a.md")
            clock.shift(timedelta(minutes=59))
            assert get(visitor, url, Range="bytes=1-") == (206, b" Hedges\n")
            stranger, late = Client(), Client()
            late.cookies["begun"] = cookie.value
            stranger.cookies["begun"] = f"{cookie.value}x"
            assert get(stranger, url, Range="bytes=1-") == (410, b"")
            # What one link counted the other did not.
            assert get(late, bytes_url(other, file), Range="bytes=1-") == (206, b" Hedges\n")
            assert counted(other) == 1
            clock.shift(timedelta(minutes=2))
            late.cookies["begun"] = cookie.value
            assert get(late, url, Range="bytes=1-") == (410, b"")

    def test_not_into_another_version(self, person, space):
        file = keep(person, space)
        share = share_by_link(actor=person, entry=file, most_downloads=1)
        visitor = Client()
        assert get(visitor, bytes_url(share, file)) == (200, b"# Hedges\n")
        add_version(actor=person, file=file, stored=stored(b"# Walls\n", "a.md", person))
        assert get(visitor, bytes_url(share, file), Range="bytes=1-") == (410, b"")

    def test_not_when_the_link_is_ended(self, person, space):
        file = keep(person, space)
        share = share_by_link(actor=person, entry=file, most_downloads=1)
        visitor = Client()
        assert get(visitor, bytes_url(share, file)) == (200, b"# Hedges\n")
        end_share(actor=person, share=share)
        assert get(visitor, bytes_url(share, file), Range="bytes=1-") == (410, b"")

    def test_of_a_folder_each_file_by_itself_and_an_archive_each_time(self, person, space):
        folder = make_folder(actor=person, space=space, name="Walks")
        one, two = keep(person, space, "a.md", b"# A\n", folder), keep(person, space, "b.md", b"# B\n", folder)
        share = share_by_link(actor=person, entry=folder, most_downloads=6)
        visitor, archive = Client(), f"{link_of(share)}archive/"
        assert get(visitor, bytes_url(share, one)) == (200, b"# A\n")
        assert get(visitor, bytes_url(share, two), Range="bytes=1-") == (206, b" B\n")
        assert counted(share) == 2
        for at, asked in ((4, "bytes=1-"), (6, "x=1")):
            assert visitor.head(archive, headers={"Range": asked}).status_code == 200
            assert get(visitor, archive, Range=asked)[0] == 200
            assert counted(share) == at
        assert get(visitor, archive) == (410, b"")


class TestElsewhere:
    """Who decides by itself which bytes it sends, and how often, is not asked to send what is counted."""

    def test_no_address_in_the_bucket_for_a_limited_link(self, bucket_place, person, space):
        file = keep(person, space, "a.png", png(1))
        limited = share_by_link(actor=person, entry=file, most_downloads=1)
        head = Client().head(bytes_url(limited, file))
        assert (head.status_code, "Location" in head, head["Content-Length"]) == (200, False, str(len(png(1))))
        assert (counted(limited), AccessLog.objects.filter(share=limited, action="download").count()) == (0, 0)
        assert get(Client(), bytes_url(limited, file)) == (200, png(1))
        assert counted(limited) == 1

    def test_headers_alone_have_no_address_for_reading(self, bucket_place, page, person, space):
        file = keep(person, space, "a.png", png(1))
        share = share_by_link(actor=person, entry=file)
        own = reverse("files:open", args=[file.public_id, "a.png"])
        for client, url in ((Client(), bytes_url(share, file)), (page, own), (page, f"{own}?download=1")):
            head = client.head(url)
            assert (head.status_code, "Location" in head, head["Content-Length"]) == (200, False, str(len(png(1))))
            assert (head["Content-Type"], head["ETag"]) == ("image/png", f'"{file.shown.stored.sha256}"')
        assert AccessLog.objects.exclude(action="share").count() == 0
        answer = page.get(f"{own}?download=1")
        assert httpx.get(answer["Location"]).content == png(1)
        assert list(AccessLog.objects.exclude(action="share").values_list("action", flat=True)) == ["download"]

    def test_nor_a_place_of_the_proxy(self, settings, person, space):
        settings.FILES_ACCEL_PREFIX = "/protected/"
        file = keep(person, space)
        limited = share_by_link(actor=person, entry=file, most_downloads=1)
        assert get(Client(), bytes_url(limited, file)) == (200, b"# Hedges\n")
        free = share_by_link(actor=person, entry=file)
        answer = Client().get(bytes_url(free, file))
        assert answer["X-Accel-Redirect"] == f"/protected/{file.shown.stored.storage_key}"


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_no_more_get_it_than_may(person, space):
    file = keep(person, space)
    share = share_by_link(actor=person, entry=file, most_downloads=2)
    url = bytes_url(share, file)
    got = at_once(*[lambda: get(Client(), url, Range="bytes=1-")] * 5)
    assert sorted(got) == [(206, b" Hedges\n")] * 2 + [(410, b"")] * 3
    assert counted(share) == 2
