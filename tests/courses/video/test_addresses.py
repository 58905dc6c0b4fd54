"""Films elsewhere: which addresses are known, how they are stored, what is said of the others."""

import pytest

from courses.video import address_problem, film_at

ID = "dQw4w9WgXcQ"
WATCH = f"https://www.youtube.com/watch?v={ID}"


@pytest.mark.parametrize(
    ("address", "stored"),
    [
        (WATCH, WATCH),
        (f"  http://youtube.com/watch?app=desktop&v={ID}&list=PL1&index=2 ", WATCH),
        (f"https://m.youtube.com/watch/?v={ID}", WATCH),
        (f"youtu.be/{ID}", WATCH),
        (f"https://youtu.be/{ID}?si=abc&t=1m30s", f"{WATCH}&t=90s"),
        (f"https://www.youtube.com/embed/{ID}?start=12", f"{WATCH}&t=12s"),
        (f"https://www.youtube-nocookie.com/embed/{ID}", WATCH),
        (f"https://www.youtube.com/shorts/{ID}", WATCH),
        (f"https://www.youtube.com/live/{ID}?feature=share", WATCH),
        (f"https://WWW.YouTube.com/v/{ID}", WATCH),
        ("https://vimeo.com/76979871", "https://vimeo.com/76979871"),
        ("vimeo.com/76979871/8272103f6e", "https://vimeo.com/76979871/8272103f6e"),
        ("https://vimeo.com/76979871?h=8272103f6e", "https://vimeo.com/76979871/8272103f6e"),
        ("https://player.vimeo.com/video/76979871?h=8272103f6e&title=0", "https://vimeo.com/76979871/8272103f6e"),
        ("https://vimeo.com/channels/staffpicks/76979871", "https://vimeo.com/76979871"),
        ("https://vimeo.com/groups/shorts/videos/76979871", "https://vimeo.com/76979871"),
        ("https://vimeo.com/showcase/11/video/76979871", "https://vimeo.com/76979871"),
        ("https://a.example/x/Film.MP4?key=1#t=9", "https://a.example/x/Film.MP4?key=1"),
        ("https://A.example:8443/film.webm", "https://a.example:8443/film.webm"),
        ("https://bücher.example/film.ogv", "https://xn--bcher-kva.example/film.ogv"),
        ("https://a.example/asset-v1:a+b+c+type@asset+block@rain.ogg", None),
        ("https://a.example/film/index.m3u8?token=x", "https://a.example/film/index.m3u8?token=x"),
    ],
)
def test_the_usual_forms_are_stored_in_one(address, stored):
    film = film_at(address)
    assert (film.address, address_problem(address)) == (stored or address, "")
    assert film_at(film.address) == film


@pytest.mark.parametrize(
    "address",
    [
        "",
        "film.mp4",
        "media/film.mp4",
        "//a.example/film.mp4",
        "https:///film.mp4",
        "https://localhost/film.mp4",
        "https://a.example/film",
        "https://a.example/film.mp4/more",
        "https://a.example/film.mov",
        "https://a.example/page?file=film.mp4",
        "https://me@a.example/film.mp4",
        "https://a.example;script-src/film.mp4",
        "https://a.example\\@b.example/film.mp4",
        "https://a.example/film.mp4\nSet-Cookie: a",
        "https://a.example/'film'.mp4",
        "https://[::1]/film.mp4",
        "javascript:alert(1)//film.mp4",
        "data:video/mp4;base64,AA",
        "file:///etc/film.mp4",
        "ftp://a.example/film.mp4",
        "https://www.youtube.com/playlist?list=PL1",
        "https://www.youtube.com/@somebody",
        "https://www.youtube.com/watch?v=short",
        f"https://www.youtube.com.example/watch?v={ID}",
        f"https://example.org/watch?v={ID}",
        "https://vimeo.com/staffpicks",
        "https://vimeo.com/76979871?h=<script>",
        "https://" + "a" * 300 + ".example/film.mp4",
    ],
)
def test_other_addresses_are_refused_with_what_is_possible(address):
    assert film_at(address) is None
    assert address_problem(address) == (
        "No film can be shown from this “address”. Possible are a film at YouTube or Vimeo, and a file over https://"
        " whose name ends in one of: .mp4, .m4v, .webm, .ogv, .ogg, .m3u8."
    )


def test_a_file_over_plain_http_is_told_why():
    sentence = "Give an “address” that begins with https://. Browsers refuse films that come over plain http."
    assert (film_at("http://a.example/film.mp4"), address_problem("http://a.example/film.mp4")) == (None, sentence)


@pytest.mark.parametrize(
    ("address", "origin", "played"),
    [
        (WATCH, "https://www.youtube-nocookie.com", f"/embed/{ID}?rel=0&playsinline=1&enablejsapi=1"),
        ("https://vimeo.com/769798/82721034", "https://player.vimeo.com", "/video/769798?h=82721034&dnt=1"),
        ("https://vimeo.com/769798", "https://player.vimeo.com", "/video/769798?dnt=1"),
        ("https://a.example/film.m3u8", "https://a.example", "application/vnd.apple.mpegurl"),
        ("https://a.example:444/film.m4v", "https://a.example:444", "video/mp4"),
    ],
)
def test_what_a_page_needs(address, origin, played):
    film = film_at(address)
    assert (film.origin, film.frame.removeprefix(film.origin) or film.media_type) == (origin, played)
