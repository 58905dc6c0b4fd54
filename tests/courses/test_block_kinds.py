"""What a careful author is told about a block."""

import pytest

from core.slots import BLOCK_KINDS
from courses.models import BlockRevision


@pytest.mark.parametrize(
    ("kind", "text", "data", "told"),
    [
        ("text", r"The mean is $\bar{x} = \frac{40}{4}$.", {}, []),
        ("text", r"Half of it: $\frac{1}{$", {}, 1),
        ("callout", r"Nothing like $\nonsense{2}$", {"tone": "note"}, 1),
    ],
)
def test_a_formula_that_cannot_be_set_is_named(kind, text, data, told):
    html = BLOCK_KINDS[kind].render(text)
    problems = BLOCK_KINDS[kind].check(None, BlockRevision(text=text, data=data, html=html))
    assert (problems if told == [] else len(problems)) == told
