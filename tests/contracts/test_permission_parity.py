"""What a list shows and what a permission allows are the same, for every row, person and state."""

import pytest

from tests.contracts.world import BUILDERS, models_with_rows_for_readers


def test_every_model_with_rows_for_readers_is_in_the_world():
    assert set(models_with_rows_for_readers()) == set(BUILDERS)


@pytest.mark.parametrize("model", BUILDERS, ids=lambda model: model._meta.label)
def test_visible_rows_are_those_that_one_may_view(world, model):
    permission = f"{model._meta.app_label}.view_{model._meta.model_name}"
    rows = model._default_manager.all()
    answers, differences = set(), []
    for name, user in world.users().items():
        visible = set(rows.visible_to(user).values_list("pk", flat=True))
        for row in rows:
            shown, allowed = row.pk in visible, user.has_perm(permission, row)
            answers.add(shown)
            if shown != allowed:
                differences.append(f"{name}, {row!r}: in the list {shown}, allowed {allowed}")
    assert differences == []
    # A world in which nothing is hidden, or nothing shown, would prove nothing.
    assert answers == {True, False}


@pytest.mark.parametrize("model", BUILDERS, ids=lambda model: model._meta.label)
def test_nobody_sees_a_row_twice(world, model):
    for user in world.users().values():
        shown = list(model._default_manager.visible_to(user).values_list("pk", flat=True))
        assert len(shown) == len(set(shown))
