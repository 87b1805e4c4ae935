"""What is stored, sent and served keeps its names: those of the code are those of the committed list."""

import pytest

from tests import names


@pytest.mark.parametrize("kind", names.KINDS)
def test_what_is_stored_sent_or_served_keeps_its_name(kind: str) -> None:
    now = names.KINDS[kind].found()
    assert now, f"no {kind} are found any more: tests/names.py has to look for them elsewhere"
    different = names.differences(names.committed(names.LIST)[kind], now, names.KINDS[kind].breaks, names.ANEW)
    if different:
        pytest.fail("\n".join([f"{kind}:", *different]), pytrace=False)


def test_the_list_has_no_other_kinds() -> None:
    assert names.committed(names.LIST).keys() == names.KINDS.keys()


def test_a_name_that_changes_is_named_with_what_breaks() -> None:
    known, now = {"kept": "", "old": "", "other": "a"}, {"kept": "", "new": "", "other": "b"}
    gone, changed, new = names.differences(known, now, "all dashboards", "write it")
    assert gone == "`old` went away. Renaming it breaks all dashboards. Put it back."
    assert "`other` was `a` and is now `b`: that may break all dashboards." in changed
    assert "`new` is new" in new and "`write it`" in new
