"""The filter over the list, whether the sheet's own or a table's: the `Errors` column belongs to it.

Whoever corrects a file filters for its errors. So a filter that ends before the new column is made to reach it, and a
list without one gets one. A table, which has its own, grows where the column stands right beside it; one that a query
fills stays as it is.
"""

from html import unescape
from xml.sax.saxutils import escape

from services.validation.domain.validation.workbook import AnnotationTarget
from services.validation.formats.annotating.sheet import AnnotatedSheet
from services.validation.formats.reading.parts import Workbook
from shared.workbooks.area import Area, area, meet, named
from shared.workbooks.markup import Element, Patch, elements, number
from shared.workbooks.package import Package

_NAME = b"_xlnm._FilterDatabase"
_BEFORE_NAMES = frozenset(b"sheets functionGroups externalReferences".split())


def reach(package: Package, workbook: Workbook, sheet: AnnotatedSheet, target: AnnotationTarget, listed: Area) -> None:
    """Lets the filter over the list reach the `Errors` column, or sets one. `listed` is what both take up."""
    tables = [table for part in package.all_related(target.part, "table") if (table := _table(package, part))]
    has, own = sheet.filtered()
    if has:
        if own and _over(own, target) and own.right < listed.right:
            _filter(package, workbook, sheet, target, Area(own.top, own.left, own.bottom, listed.right))
    elif table := min((each for each in tables if _over(each.over, target)), key=_left, default=None):
        if table.can_grow and table.over.right + 1 == target.errors_column:
            package.write(table.part, table.grown())
    elif not any(meet(table.over, listed) for table in tables):
        _filter(package, workbook, sheet, target, listed)


def _left(table: "_Table") -> int:
    return table.over.left


def _over(filtered: Area, target: AnnotationTarget) -> bool:
    """Whether it is the list that is filtered."""
    return filtered.top == target.header_row and filtered.left <= target.header_column


class _Table:
    """A table part: what it is over, and how it gets one column more."""

    def __init__(self, part: str, data: bytes, over: Area, inner: list[Element]) -> None:
        self.part, self.over = part, over
        self._patch, self._inner, self._root = Patch(data), inner, inner[-1]
        self._columns = next((each for each in inner if each.main == b"tableColumns"), None)

    @property
    def can_grow(self) -> bool:
        """Whether it is an ordinary table with its header, not one that something else fills."""
        root = self._root.attributes
        own = root.get(b"tableType", b"worksheet") == b"worksheet" and root.get(b"headerRowCount", b"1") == b"1"
        foreign = any(each.main == b"xmlColumnPr" or b"queryTableFieldId" in each.attributes for each in self._inner)
        return own and not foreign and self._columns is not None

    def grown(self) -> bytes:
        """With the `Errors` column at its end."""
        patch, columns, old = self._patch, self._columns, self.over
        assert columns is not None
        known = [each for each in self._inner if each.main == b"tableColumn"]
        new = 1 + max((number(each.attributes.get(b"id")) for each in known), default=0)
        column = b'<%btableColumn id="%d" name="Errors"/>' % (columns.prefix, new)
        patch.append(columns, column, count=len(known) + 1)
        patch.set_tag(self._root, ref=named(Area(old.top, old.left, old.bottom, old.right + 1)))
        for each in self._inner:
            own = area(each.attributes.get(b"ref")) if each.main == b"autoFilter" and each.depth == 1 else None
            if own:
                patch.set_tag(each, ref=named(Area(own.top, own.left, own.bottom, old.right + 1)))
        return bytes(patch)


def _table(package: Package, part: str) -> _Table | None:
    if not package.has(part):
        return None
    data = package.read(part)
    inner = list(elements(data))
    over = area(inner[-1].attributes.get(b"ref")) if inner and inner[-1].main == b"table" else None
    return _Table(part, data, over, inner) if over else None


def _filter(package: Package, workbook: Workbook, sheet: AnnotatedSheet, target: AnnotationTarget, over: Area) -> None:
    sheet.filter(over)
    _name(package, workbook, target.part, over)


def _name(package: Package, workbook: Workbook, part: str, over: Area) -> None:
    """The hidden name that goes with a sheet's filter, as Excel writes it."""
    patch = Patch(package.read(workbook.part))
    found = list(elements(patch.data))
    ids = {each.id for each in package.relations(workbook.part) if each.target.lower() == part.lower()}
    sheets = [each for each in found if each.main == b"sheet" and each.depth == 2]
    at = next((n for n, each in enumerate(sheets) if ids & {v.decode() for v in each.attributes.values()}), None)
    if at is None:
        return
    name = unescape(sheets[at].attributes.get(b"name", b"").decode()).replace("'", "''")
    reference = escape(f"'{name}'!{named(over, fixed='$')}").encode()
    for each in found:
        own = each.main == b"definedName" and number(each.attributes.get(b"localSheetId")) == at
        if own and each.attributes.get(b"name") == _NAME and b"localSheetId" in each.attributes:
            patch.replace(each.inside, each.outside, reference)
            break
    else:
        _add_name(patch, found, at, reference)
    package.write(workbook.part, bytes(patch))


def _add_name(patch: Patch, found: list[Element], at: int, reference: bytes) -> None:
    names = next((each for each in found if each.main == b"definedNames"), None)
    prefix = names.prefix if names else found[-1].prefix
    tag = b'<%bdefinedName name="%b" localSheetId="%d" hidden="1">' % (prefix, _NAME, at)
    new = tag + reference + b"</%bdefinedName>" % prefix
    if names:
        patch.append(names, new)
        return
    end = max(each.end for each in found if each.main in _BEFORE_NAMES and each.depth == 1)
    patch.insert(end, b"<%bdefinedNames>%b</%bdefinedNames>" % (prefix, new, prefix))
