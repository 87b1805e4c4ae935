"""Areas of cells that don't overlap, found by their cells."""

from hypothesis import given
from hypothesis import strategies as st

from services.validation.formats.reading.merged import Areas
from shared.workbooks.area import Area
from shared.workbooks.cells import Cells

places = st.integers(1, 12)


@st.composite
def areas(draw: st.DrawFn) -> Area:
    top, left = draw(places), draw(places)
    return Area(top, left, top + draw(st.integers(0, 6)), left + draw(st.integers(0, 6)))


def overlap(one: Area, other: Area) -> bool:
    rows = one.top <= other.bottom and other.top <= one.bottom
    return rows and one.left <= other.right and other.left <= one.right


@given(st.lists(areas(), max_size=12))
def test_a_cell_has_the_area_that_a_look_at_all_of_them_finds(told: list[Area]) -> None:
    """As far as rows are gone through from the top down."""
    kept, found = list[Area](), Areas()
    waiting = sorted(told, key=lambda area: area.top)
    for row in range(1, 19):
        while waiting and waiting[0].top == row:
            area = waiting.pop(0)
            found.add(area, Cells(area.top))
            if not any(overlap(area, each) for each in kept):
                kept.append(area)
        for column in range(1, 19):
            held = found.over(row, column)
            assert (held and held[0]) == next((each for each in kept if each.holds(row, column)), None)
        assert {each[0] for each in found.of(row)} == {each for each in kept if each.top <= row <= each.bottom}
