"""Captions: what is refused with its line, what SRT becomes, what is read for a transcript."""

import pytest

from files.captions import Cue, captions_problem, read_cues, srt_to_vtt

SRT = "1\n00:00:01,000 --> 00:00:02,500\n"


@pytest.mark.parametrize(
    ("ending", "text", "line"),
    [
        ("vtt", "WEBVTT\n\nNOTE a --> b\n\n1\n00:01.000 --> 00:02.000 align:start\nOne\n", None),
        ("vtt", "WEBVTT - a title\nKind: captions\n\nSTYLE\n::cue { color: red }\n", None),
        ("vtt", "\ufeffWEBVTT\r\n\r\n01:00:01.000 --> 01:00:02.000\r\nOne\r\n", None),
        ("vtt", "WEBVTTX\n", 1),
        ("vtt", "WEBVTT\n\n00:01.000 --> 00:02\nOne\n", 3),
        ("vtt", "WEBVTT\n\n00:05.000 --> 00:02.000\nBackwards\n", 3),
        ("vtt", "WEBVTT\n\n25:00:00.000 --> 25:00:01.000\nLate\n", 3),
        ("vtt", "WEBVTT\n\n00:61:00.000 --> 01:02:00.000\nNo such minute\n", 3),
        ("srt", SRT + "One\n", None),
        ("srt", "dix\n" + SRT[2:] + "A number in words\n", None),
        ("srt", SRT + "One\n\n2\n00:00:03,00 --> 00:00:de 05,00\nTwo\n", 6),
        ("srt", "Nothing here\n", 1),
        ("srt", "", 1),
    ],
)
def test_what_players_would_stumble_over_is_named_with_its_line(ending, text, line):
    problem = captions_problem(text, ending)
    assert (problem.line if problem else None) == line


def test_a_sentence_names_the_line():
    problem = captions_problem("WEBVTT\n\n00:01 --> 00:02\nOne\n", "vtt")
    sentence = "Line 3: “00:01 --> 00:02” does not say when. Write it as in 00:01:02.500 --> 00:01:05.000."
    assert str(problem) == sentence


@pytest.mark.parametrize(
    ("srt", "said"),
    [
        (SRT + "Fish & chips\n", [Cue(1.0, 2.5, "Fish & chips")]),
        (SRT + "<i>Two</i>\nlines\n", [Cue(1.0, 2.5, "Two lines")]),
        (SRT + '{\\an8}<font color="red">Loud</font> 3 < 4\n', [Cue(1.0, 2.5, "Loud 3 < 4")]),
        (SRT + "<script>alert(1)</script> &lt;b&gt;\n", [Cue(1.0, 2.5, "alert(1) <b>")]),
        (
            SRT + "One\n\n2020\n\n2\n00:00:03,5 --> 00:00:04,000\nTwo\n",
            [Cue(1.0, 2.5, "One 2020"), Cue(3.5, 4.0, "Two")],
        ),
        (SRT + "One\n2\n00:00:03,000 --> 00:00:04,000\nTwo\n", [Cue(1.0, 2.5, "One"), Cue(3.0, 4.0, "Two")]),
        (SRT + "One\n\ndix\n00:00:03,000 --> 00:00:04,000\nTwo\n", [Cue(1.0, 2.5, "One"), Cue(3.0, 4.0, "Two")]),
    ],
)
def test_srt_says_the_same_as_webvtt(srt, said):
    converted = srt_to_vtt(srt)
    assert captions_problem(converted, "vtt") is None
    assert read_cues(converted) == said


def test_a_transcript_names_who_speaks_and_leaves_markup_out():
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ana>Good <b>day</b> <00:01.500>to you &amp; all\n"
    assert read_cues(text) == [Cue(1.0, 2.0, "Ana: Good day to you & all")]


@pytest.mark.parametrize("text", ["", "no captions", "WEBVTT\n\n00:01 --> x\nOne\n"])
def test_what_cannot_be_read_has_no_transcript(text):
    assert read_cues(text) == []
