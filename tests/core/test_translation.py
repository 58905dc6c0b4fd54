"""One catalogue per language, saying what Django's chain of them says."""

from django.conf import settings
from django.utils.translation import trans_real

from core.translation import flatten


def _chained() -> trans_real.DjangoTranslation:
    return trans_real.DjangoTranslation(settings.LANGUAGE_CODE)


def test_every_sentence_of_the_chain_is_answered_as_before() -> None:
    chained, flat = _chained(), trans_real.translation(settings.LANGUAGE_CODE)

    known = [key for key, _text in chained._catalog.items() if isinstance(key, str)]
    following = chained._fallback
    while following is not None:
        known += [key for key in following._catalog if isinstance(key, str)]
        following = following._fallback

    assert len(known) > 400
    assert {key: flat.gettext(key) for key in known} == {key: chained.gettext(key) for key in known}


def test_plurals_are_formed_as_before() -> None:
    chained, flat = _chained(), trans_real.translation(settings.LANGUAGE_CODE)
    known = [key[0] for key, _text in chained._catalog.items() if isinstance(key, tuple) and key[1] == 0]

    assert known
    for one in known:
        assert [flat.ngettext(one, "other", n) for n in (0, 1, 2)] == [
            chained.ngettext(one, "other", n) for n in (0, 1, 2)
        ]


def test_flattening_twice_changes_nothing() -> None:
    flatten(settings.LANGUAGE_CODE)

    assert trans_real.translation(settings.LANGUAGE_CODE)._fallback is None
    assert trans_real.translation(settings.LANGUAGE_CODE).gettext("A sentence that nobody wrote.") == (
        "A sentence that nobody wrote."
    )
