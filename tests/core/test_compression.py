"""Which answers are sent compressed, and how."""

import gzip

import brotli
import pytest
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.test import RequestFactory

from core.compression import SHORTEST, compress_answers

LONG = {"text": "A sentence that stands here again and again. " * 100}


def answer(response, accepted, path="/api/v1/courses/"):
    request = RequestFactory().get(path, headers={"accept-encoding": accepted})
    return compress_answers(lambda _request: response)(request)


@pytest.mark.parametrize(
    ("accepted", "way"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*", "br"),
        ("identity", ""),
        ("gzip;q=nonsense", ""),
        ("", ""),
    ],
)
def test_the_way_is_what_the_client_prefers(accepted, way):
    plain = JsonResponse(LONG).content
    response = answer(JsonResponse(LONG), accepted)
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[way]
    assert response.get("Content-Encoding", "") == way
    assert unpack(response.content) == plain
    assert response["Vary"] == "Accept-Encoding"
    if way:
        assert response["Content-Length"] == str(len(response.content))


@pytest.mark.parametrize(
    ("response", "path"),
    [
        (JsonResponse(LONG), "/courses/"),
        (JsonResponse({"text": "short"}), "/api/v1/courses/"),
        (JsonResponse(LONG, headers={"Cache-Control": "no-store"}), "/api/v1/courses/"),
        (HttpResponse(b"x" * SHORTEST, content_type="image/png"), "/api/v1/courses/"),
        (StreamingHttpResponse([b"x" * SHORTEST], content_type="application/json"), "/api/v1/courses/"),
        (JsonResponse(LONG, headers={"Content-Encoding": "zstd"}), "/api/v1/courses/"),
    ],
)
def test_all_others_are_left_as_they_are(response, path):
    before = None if response.streaming else response.content
    after = answer(response, "br, gzip", path)
    assert after.get("Content-Encoding") in (None, "zstd")
    assert before is None or after.content == before
