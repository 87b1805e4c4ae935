"""Workbooks built part by part, as other programs write them, or as nobody should."""

import io
import zipfile
from collections.abc import Mapping

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XLSX = f"{KIND}.sheet.main+xml"

STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="0000"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0"><alignment horizontal="center"/></xf></cellXfs>'
    "</styleSheet>"
)


def inline(reference: str, words: str, style: int = 0) -> str:
    return f'<c r="{reference}" s="{style}" t="inlineStr"><is><t>{words}</t></is></c>'


def rows(*texts: tuple[str, ...]) -> str:
    """Rows from the first on, of inline texts."""
    return "".join(
        f'<row r="{number}">'
        + "".join(inline(f"{chr(65 + at)}{number}", each) for at, each in enumerate(row))
        + "</row>"
        for number, row in enumerate(texts, 1)
    )


def sheet(sheet_data: str, before: str = "", behind: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{sheet_data}</sheetData>{behind}</worksheet>'


def parts(sheet_xml: str, strings: str | None = None, states: tuple[str, ...] = ("visible",)) -> dict[str, str | bytes]:
    """A whole workbook's parts; every sheet has the same XML."""
    numbers = range(1, len(states) + 1)
    sheets = "".join(
        f'<sheet name="S{n}" sheetId="{n}" state="{state}" r:id="s{n}"/>'
        for n, state in zip(numbers, states, strict=True)
    )
    related = "".join(
        f'<Relationship Id="s{n}" Type="{LINKS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    found: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{XLSX}"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{KIND}.worksheet+xml"/>' for n in numbers
        )
        + f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{KIND}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="w" Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{related}'
        f'<Relationship Id="st" Type="{LINKS}/styles" Target="styles.xml"/>'
        f'<Relationship Id="ss" Type="{LINKS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": strings or f'<sst xmlns="{MAIN}"/>',
    }
    return found | {f"xl/worksheets/sheet{n}.xml": sheet_xml for n in numbers}


def zipped(content: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return out.getvalue()


def workbook(sheet_xml: str, strings: str | None = None, states: tuple[str, ...] = ("visible",)) -> bytes:
    return zipped(parts(sheet_xml, strings, states))


def shared(*items: str, count: int | None = None) -> str:
    """Shared strings of raw `si` content; the count may lie."""
    stated = len(items) if count is None else count
    return (
        f'<sst xmlns="{MAIN}" count="{stated}" uniqueCount="{stated}">'
        + "".join(f"<si>{each}</si>" for each in items)
        + "</sst>"
    )
