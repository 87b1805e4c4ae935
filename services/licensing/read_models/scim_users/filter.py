"""A filter of SCIM (RFC 7644, 3.4.2.2) as a condition in SQL. The grammar is scim2-models'."""

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from scim2_models import InvalidFilterException, ScimFilter
from scim2_models.path import (
    AttrPath,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

from services.licensing.read_models.scim_users.attributes import Attribute, attribute
from services.licensing.read_models.team.fields import Parameters
from shared.people.address import compare_form

Condition = Callable[[Parameters], str]
"""Makes the condition, its values among the statement's."""
LONGEST = 4_000
"""Characters of a filter."""
_OPERATORS = {"eq": "=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_PATTERNS = {"co": "%{}%", "sw": "{}%", "ew": "%{}"}


_HOLDERS = """
    SELECT user_id FROM users WHERE company_id = $1 AND email_key = {0}
    UNION ALL SELECT user_id FROM scim_users WHERE company_id = $1 AND email_key = {0} AND profile IS NOT NULL
"""
"""Who has an address, on the list and off it."""


class FilterWrong(Exception):
    """A filter that can't be read, or that asks for what can't be compared so; ``what`` says it."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def everybody(_: Parameters) -> str:
    """No filter."""
    return "true"


def condition(text: str, own_fields: Mapping[str, str]) -> Condition:
    """Raises FilterWrong. An attribute that is not known has no value."""
    if len(text) > LONGEST:
        raise FilterWrong(f"it is longer than {LONGEST:,} characters")
    try:
        tree = ScimFilter(text).ast
    except InvalidFilterException as error:
        raise FilterWrong(str(error.detail or error)) from None
    # Once now, so that what is wrong is known before anything is read.
    _Sql(own_fields, Parameters()).visit(tree)
    return lambda parameters: _Sql(own_fields, parameters).visit(tree)


class _Sql(FilterVisitor[str]):
    """Each expression is true or false, never null: so `not` means what it says."""

    def __init__(self, own_fields: Mapping[str, str], parameters: Parameters) -> None:
        self._own_fields = own_fields
        self._parameters = parameters
        self._within: AttrPath | None = None

    def visit_not(self, node: Not) -> str:
        return f"NOT {self.visit(node.expr)}"

    def visit_logical_expr(self, node: LogicalExpr) -> str:
        word = " AND " if node.op == LogicalOperator.and_ else " OR "
        return f"({word.join(self.visit(term) for term in node.terms)})"

    def visit_value_path(self, node: ValuePath) -> str:
        # Of each attribute a user has one value at most: so who has one that is like this has it.
        with self._inside(node.attr_path):
            return f"({self.visit(node.val_filter)})"

    def visit_present(self, node: Present) -> str:
        found = self._attribute(node.attr_path)
        return "false" if found is None else f"({found.sql} IS NOT NULL)"

    def visit_comparison(self, node: Comparison) -> str:
        op, value = node.op.value, node.value
        found = self._attribute(node.attr_path)
        if found is None:
            return "true" if op == "ne" and value is not None else "false"
        if value is None:
            return self._null(found, op, node.attr_path)
        if str(node.attr_path).lower().endswith("externalid") and op == "eq":
            # By the index, before anybody is read.
            value = self._parameters.add(_text(value, node.attr_path))
            holders = f"SELECT user_id FROM scim_users WHERE company_id = $1 AND external_id = {value}"
            return f"(x.user_id = ANY (ARRAY({holders})) AND coalesce(x.external_id = {value}, false))"
        if found.kind == "address" and op == "eq":
            # Likewise: a directory looks for each of its people so, again and again.
            value = self._parameters.add(compare_form(_text(value, node.attr_path)))
            return f"(x.user_id = ANY (ARRAY({_HOLDERS.format(value)})) AND coalesce({found.sql} = {value}, false))"
        match found.kind:
            case "boolean":
                return self._boolean(found, op, value, node.attr_path)
            case "moment":
                return self._moment(found, op, value, node.attr_path)
            case _:
                return self._texts(found, op, _text(value, node.attr_path))

    @contextmanager
    def _inside(self, path: AttrPath):
        before, self._within = self._within, path
        try:
            yield
        finally:
            self._within = before

    def _attribute(self, path: AttrPath) -> Attribute | None:
        if self._within is not None:
            urn, name = self._within.uri, f"{self._within.attr}.{path.attr}"
        else:
            urn, name = path.uri, path.attr + (f".{path.sub_attr}" if path.sub_attr else "")
        return attribute(urn, name, self._own_fields, self._parameters)

    def _null(self, found: Attribute, op: str, path: AttrPath) -> str:
        if op not in ("eq", "ne"):
            raise FilterWrong(f"{path} can't be compared with null by {op}")
        return f"({found.sql} IS {'NOT ' if op == 'ne' else ''}NULL)"

    def _boolean(self, found: Attribute, op: str, value: object, path: AttrPath) -> str:
        if isinstance(value, str) and value.lower() in ("true", "false"):
            value = value.lower() == "true"  # as some write it
        if not isinstance(value, bool) or op not in ("eq", "ne"):
            raise FilterWrong(f"{path} is true or false, and is compared by eq or ne")
        return f"({found.sql} IS {'NOT ' if op == 'ne' else ''}{'true' if value else 'false'})"

    def _moment(self, found: Attribute, op: str, value: object, path: AttrPath) -> str:
        moment = _moment(value)
        if moment is None or op in _PATTERNS:
            raise FilterWrong(f"{path} is a time, as 2026-11-30T09:00:00Z, and is compared by eq, ne, gt, ge, lt or le")
        # Told and compared to the second: what was told is found again.
        told, given = f"date_trunc('milliseconds', {found.sql})", self._parameters.add(moment)
        if op == "ne":
            return f"({told} IS DISTINCT FROM {given})"
        return f"coalesce({told} {_OPERATORS[op]} {given}, false)"

    def _texts(self, found: Attribute, op: str, text: str) -> str:
        sql = f"lower({found.sql})" if found.kind == "text" else found.sql
        if op in _PATTERNS:
            sql = f"lower({found.sql})" if found.kind != "exact" else found.sql
            text = text.lower() if found.kind != "exact" else text
            pattern = self._parameters.add(_PATTERNS[op].format(_escaped(text)))
            return f"coalesce({sql} LIKE {pattern}, false)"
        text = compare_form(text) if found.kind == "address" else text if found.kind == "exact" else text.lower()
        given = f"{self._parameters.add(text)}::text"
        if op == "ne":
            return f"({sql} IS DISTINCT FROM {given})"
        return f"coalesce({sql} {_OPERATORS[op]} {given}, false)"


def _text(value: object, path: AttrPath) -> str:
    if not isinstance(value, str):
        raise FilterWrong(f"{path} is a text: write the value in double quotes")
    return value


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
