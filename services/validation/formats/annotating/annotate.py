"""The way from a workbook and its errors to the annotated copy. `annotate` is called by the service, all else here
runs in the sandbox's child."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from services.validation.domain.validation.workbook import AnnotationTarget
from services.validation.formats.annotating import filters, notes, styles, threads
from services.validation.formats.annotating.drawing import draw, new_drawing
from services.validation.formats.annotating.gathered import gather
from services.validation.formats.annotating.model import Annotation
from services.validation.formats.annotating.notes import Cell
from services.validation.formats.annotating.sheet import AnnotatedSheet
from services.validation.formats.reading.parts import Workbook, open_workbook
from shared.hostile_files.safe_xml import XmlRefused
from shared.hostile_files.zip_reader import Archive, ArchiveLimits, ArchiveRefused
from shared.sandbox.pool import Limits, Sandbox, SandboxDied
from shared.workbooks.errors import CannotPatch
from shared.workbooks.package import Package
from shared.workbooks.relations import NotAWorkbook

log = structlog.stdlib.get_logger(__name__)

PRELOAD = ("services.validation.formats.annotating.annotate",)
"""What a sandbox that annotates should have imported."""

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_STRICT_LINKS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_VML_KIND = "application/vnd.openxmlformats-officedocument.vmlDrawing"

_DEATHS = {
    "memory": "marking it needs more memory than a workbook of its kind should",
    "cpu": "marking it takes too long",
    "time": "marking it takes too long",
    "result_too_large": "with its errors marked it is too large",
}
_DONE, _REFUSED = b"+", b"-"
_LIMITS = ArchiveLimits(idle_marks_per_byte=64)
"""Notes and formats are mostly the same; nobody says here what they come to."""


async def annotate(
    sandbox: Sandbox,
    path: Path,
    target: AnnotationTarget,
    annotations: Sequence[Annotation],
    process: Limits | None = None,
) -> bytes:
    """The workbook at `path` with every annotation in it; `target` is what reading it gave.

    Bad cells are highlighted and have a note (the first 20,000 do), an `Errors` column says everything in words.
    Whatever an earlier annotated copy left is replaced. All else stays as it is, to the byte.
    Raises CannotPatch, and SandboxUnavailable (try again later).
    """
    try:
        answer = await sandbox.run(
            annotate_in_child, str(path), target, tuple(annotations), limits=process, reads=[path]
        )
    except SandboxDied as death:
        log.warning("workbook.annotator_died", reason=death.reason, detail=death.detail)
        raise CannotPatch(_DEATHS.get(death.reason, "it is built in a way that stops what marks it")) from None
    if answer[:1] == _REFUSED:
        raise CannotPatch(answer[1:].decode())
    return answer[1:]


def annotate_in_child(path: str, target: AnnotationTarget, annotations: Sequence[Annotation]) -> bytes:
    """`+` and the annotated workbook, or `-` and why there is none."""
    try:
        with Path(path).open("rb") as file:
            return _DONE + _annotate(Archive(file, _LIMITS), target, annotations)
    except (CannotPatch, ArchiveRefused, XmlRefused, NotAWorkbook) as refused:
        return _REFUSED + str(refused).encode()


def _annotate(archive: Archive, target: AnnotationTarget, annotations: Sequence[Annotation]) -> bytes:
    package = Package(archive)
    sheet = AnnotatedSheet(package.read(target.part, judged=True))
    main, links = (_STRICT_MAIN, _STRICT_LINKS) if sheet.strict else (_MAIN, _LINKS)
    workbook = open_workbook(archive)
    styles_part = _styles_part(package, workbook, links)
    known = styles.Styles(package.read(styles_part) if package.has(styles_part) else styles.NEW_STYLES % main.encode())
    marked = gather(annotations, target, list(sheet.merged()), threads.cells(package, target.part))
    listed = sheet.annotate(marked.rows, target, known)
    filters.reach(package, workbook, sheet, target, listed)
    if sheet.lost_formulas:
        package.drop(workbook.part, "calcChain")  # the order to calculate in, which programs make anew
    _write_notes(package, target.part, sheet, marked.notes, main, links)
    package.write(styles_part, bytes(known))
    package.write(target.part, sheet.patch)
    return package.finish()


def _styles_part(package: Package, workbook: Workbook, links: str) -> str:
    """The part with the styles, which may be one that is only referred to, or not even that."""
    part = workbook.styles or "xl/styles.xml"  # some readers look nowhere else
    if workbook.styles is None:
        package.relate(workbook.part, f"{links}/styles", part)
    if not package.has(part):
        package.declare(part, f"{_KIND}styles+xml")
    return part


def _write_notes(
    package: Package, part: str, sheet: AnnotatedSheet, words: Mapping[Cell, str], main: str, links: str
) -> None:
    comments_part = package.related(part, "comments")
    if not words and (comments_part is None or not package.has(comments_part)):
        return
    if comments_part is None:
        comments_part = package.free("xl/comments{}.xml")
        package.relate(part, f"{links}/comments", comments_part)
    if package.has(comments_part):
        data = package.read(comments_part)
    else:  # new, or one that is only referred to
        data = notes.new_comments(main)
        package.declare(comments_part, f"{_KIND}comments+xml")
    written, gone = notes.Comments(data).write(words)
    package.write(comments_part, written)
    _draw_notes(package, part, sheet, words, gone, links)


def _draw_notes(
    package: Package, part: str, sheet: AnnotatedSheet, words: Mapping[Cell, str], gone: frozenset[bytes], links: str
) -> None:
    identity = sheet.legacy_drawing()
    known = package.related(part, "vmlDrawing", identity) if identity else None
    if known and package.has(known):
        package.write(known, draw(package.read(known), words, gone))
        return
    if not words:
        return
    if known is None:
        known = package.free("xl/drawings/vmlDrawing{}.vml")
        sheet.set_legacy_drawing(package.relate(part, f"{links}/vmlDrawing", known), links)
    package.declare_extension("vml", _VML_KIND)
    package.write(known, draw(new_drawing(len(words)), words, frozenset()))
