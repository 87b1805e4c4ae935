"""Styles of real files: what they lack, and whose fills are whose."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from services.validation.formats.annotating.styles import COLOR
from tests.unit.validation import raw_workbooks as raw
from tests.unit.validation.annotate.real_files import BAD, MAIN, STYLES, assert_whole, content
from tests.unit.validation.annotate.test_annotate import (
    PEOPLE,
    annotated,
    part,
)


@pytest.mark.parametrize(
    "styles",
    [
        "",
        f'<styleSheet xmlns="{raw.MAIN}"/>',
        f'<x:styleSheet xmlns:x="{raw.MAIN}"></x:styleSheet>',
        re.sub("<fills.*</fills>", "", raw.STYLES),
        re.sub("<fills.*</fills>", '<fills count="0"/>', raw.STYLES),
        re.sub("<cellXfs.*</cellXfs>", "", raw.STYLES),
        re.sub("<cellXfs.*</cellXfs>", "<cellXfs></cellXfs>", raw.STYLES),
        re.sub("<(fonts|borders|cellStyleXfs).*?</\\1>", "", raw.STYLES),
        f'<styleSheet xmlns="{raw.MAIN}"><dxfs count="0"/><extLst/></styleSheet>',
    ],
)
def test_a_styles_part_that_lacks_something_gets_it(tmp_path: Path, styles: str) -> None:
    made = content()
    made[STYLES] = styles or f'<?xml version="1.0"?><styleSheet xmlns="{raw.MAIN}"></styleSheet>'
    data = annotated(tmp_path, raw.zipped(made), BAD)
    assert_whole(data)
    written = [each.tag.removeprefix(MAIN) for each in ElementTree.fromstring(part(data, STYLES))]
    order = [
        "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles",
        "colors", "extLst",
    ]  # fmt: skip
    assert written == [each for each in order if each in written]


def test_the_first_two_fills_are_never_ours_as_programs_draw_them_their_own_way(tmp_path: Path) -> None:
    one = '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
    made = content() | {STYLES: re.sub("<fills.*</fills>", one, raw.STYLES)}
    data = annotated(tmp_path, raw.zipped(made), BAD)
    assert_whole(data)
    fills = ElementTree.fromstring(part(data, STYLES)).findall(f"{MAIN}fills/{MAIN}fill")
    assert [COLOR in ElementTree.tostring(fill, "unicode") for fill in fills] == [False, False, True]


def test_a_style_that_is_not_there_does_not_become_ours(tmp_path: Path) -> None:
    body = raw.rows(*PEOPLE).replace('r="A2" s="0"', 'r="A2" s="3"').replace('r="C4" s="0"', 'r="C4" s="7"')
    assert_whole(annotated(tmp_path, raw.workbook(raw.sheet(body)), BAD))


@pytest.mark.parametrize("style", ['s=""', "s=''", 's=" 1 "', 's="+1"', 's="99"', ""])
def test_a_cell_with_an_unusual_style_is_marked_all_the_same(tmp_path: Path, style: str) -> None:
    body = raw.rows(*PEOPLE).replace('r="B3" s="0"', f'r="B3" {style}')
    assert_whole(annotated(tmp_path, raw.workbook(raw.sheet(body)), BAD))


def test_a_styles_part_that_is_gone_is_made_again(tmp_path: Path) -> None:
    made = content()
    del made[STYLES]
    data = annotated(tmp_path, raw.zipped(made), BAD)
    assert_whole(data)
    assert part(data, "xl/_rels/workbook.xml.rels").count("/styles") == 1
