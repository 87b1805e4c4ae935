"""The way from a workbook and its errors to the annotated copy. `annotate` is called by the service, all else here
runs in the sandbox's child."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from services.validation.annotate import notes, styles
from services.validation.annotate.drawing import draw, new_drawing
from services.validation.annotate.model import CannotAnnotate, Mark
from services.validation.annotate.package import Package
from services.validation.annotate.rows import RowMarks
from services.validation.annotate.sheet import SheetPatch
from services.validation.reading.model import Place
from services.validation.reading.parts import NotAWorkbook, open_workbook
from shared.archive import Archive, ArchiveLimits, ArchiveRefused
from shared.safe_xml import XmlRefused
from shared.sandbox import Limits, Sandbox, SandboxDied

PRELOAD = ("services.validation.annotate.annotate",)
"""What a sandbox that annotates should have imported."""

MOST_NOTES = 20_000  # spreadsheet programs take minutes to open more; the `Errors` column says everything anyway

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_STRICT_LINKS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_VML_KIND = "application/vnd.openxmlformats-officedocument.vmlDrawing"

_DONE, _REFUSED = b"+", b"-"


async def annotate(
    sandbox: Sandbox, path: Path, place: Place, marks: Sequence[Mark], process: Limits | None = None
) -> bytes:
    """The workbook at `path` with every mark in it; `place` is what reading it gave.

    Bad cells are highlighted and have a note (the first 20,000 do), an `Errors` column says everything in words.
    Whatever an earlier annotated copy left is replaced. All else stays as it is, to the byte.
    Raises CannotAnnotate, and SandboxUnavailable (try again later).
    """
    try:
        answer = await sandbox.run(annotate_in_child, str(path), place, tuple(marks), limits=process, reads=[path])
    except SandboxDied as death:
        raise CannotAnnotate(f"patching it did not end well ({death})") from None
    if answer[:1] == _REFUSED:
        raise CannotAnnotate(answer[1:].decode())
    return answer[1:]


def annotate_in_child(path: str, place: Place, marks: Sequence[Mark]) -> bytes:
    """`+` and the annotated workbook, or `-` and why there is none."""
    try:
        with Path(path).open("rb") as file:
            return _DONE + _annotate(Archive(file, ArchiveLimits()), place, marks)
    except (CannotAnnotate, ArchiveRefused, XmlRefused, NotAWorkbook) as refused:
        return _REFUSED + str(refused).encode()


def _annotate(archive: Archive, place: Place, marks: Sequence[Mark]) -> bytes:
    package = Package(archive)
    sheet = SheetPatch(package.read(place.part))
    main, links = (_STRICT_MAIN, _STRICT_LINKS) if sheet.strict else (_MAIN, _LINKS)
    workbook = open_workbook(archive)
    if workbook.styles is None or not package.has(workbook.styles):
        styles_part = "xl/styles.xml"  # some readers look nowhere else
        package.relate(workbook.part, f"{links}/styles", styles_part)
        package.declare(styles_part, f"{_KIND}styles+xml")
        known = styles.Styles(styles.NEW_STYLES % main.encode())
    else:
        styles_part = workbook.styles
        known = styles.Styles(package.read(styles_part))
    sheet.mark(_by_row(marks), place, known)
    _write_notes(package, place.part, sheet, _by_cell(marks), main, links)
    package.write(styles_part, bytes(known))
    package.write(place.part, sheet.patch)
    return package.finish()


def _write_notes(
    package: Package, part: str, sheet: SheetPatch, words: Mapping[notes.Cell, str], main: str, links: str
) -> None:
    comments_part = package.related(part, "comments")
    if not words and comments_part is None:
        return
    data = package.read(comments_part) if comments_part else notes.new_comments(main)
    if comments_part is None:
        comments_part = package.free("xl/comments{}.xml")
        package.relate(part, f"{links}/comments", comments_part)
        package.declare(comments_part, f"{_KIND}comments+xml")
    comments = notes.Comments(data)
    written, gone = comments.write(words)
    package.write(comments_part, written)
    _draw_notes(package, part, sheet, words, gone, comments.references(), links)


def _draw_notes(
    package: Package,
    part: str,
    sheet: SheetPatch,
    words: Mapping[notes.Cell, str],
    gone: frozenset[bytes],
    drawn: frozenset[bytes],
    links: str,
) -> None:
    identity = sheet.legacy_drawing()
    known = package.related(part, "vmlDrawing", identity) if identity else None
    if known:
        package.write(known, draw(package.read(known), words, gone, drawn))
        return
    new = package.free("xl/drawings/vmlDrawing{}.vml")
    sheet.add_legacy_drawing(package.relate(part, f"{links}/vmlDrawing", new), links)
    package.declare_extension("vml", _VML_KIND)
    package.write(new, draw(new_drawing(len(words)), words, frozenset(), frozenset()))


def _by_row(marks: Sequence[Mark]) -> dict[int, RowMarks]:
    columns, words = dict[int, set[int]](), dict[int, dict[str, None]]()
    for mark in marks:
        words.setdefault(mark.row, {})[mark.message] = None
        columns.setdefault(mark.row, set()).update(() if mark.column is None else (mark.column,))
    return {row: RowMarks(sorted(columns[row]), " ".join(said)) for row, said in words.items()}


def _by_cell(marks: Sequence[Mark]) -> dict[notes.Cell, str]:
    cells = dict[notes.Cell, dict[str, None]]()
    for mark in marks:
        if mark.column is not None:
            if (mark.row, mark.column) not in cells and len(cells) == MOST_NOTES:
                continue
            cells.setdefault((mark.row, mark.column), {})[mark.message] = None
    return {cell: "\n".join(said) for cell, said in cells.items()}
