"""How many steps a regular expression takes: Python's own matcher does the same ones and does not say how many."""

import importlib
import re
from collections.abc import Callable, Sequence
from typing import Any

# The parser that `re` itself compiles from, in the standard library under a private name.
parser: Any = importlib.import_module("re._parser")

Node = tuple[Any, Any]
Then = Callable[[int], int | None]

_CATEGORIES = {
    "CATEGORY_SPACE": re.compile(r"\s"),
    "CATEGORY_NOT_SPACE": re.compile(r"\S"),
    "CATEGORY_WORD": re.compile(r"\w"),
    "CATEGORY_DIGIT": re.compile(r"\d"),
}


class Counted:
    """A backtracking matcher of one pattern, as `re` has it, that counts each character it looks at."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.nodes = list(parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE))
        self.fold = bool(pattern.flags & re.IGNORECASE)
        self.steps = 0
        self.text = ""

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where it is found, one after another, as `finditer` has them."""
        self.text, self.steps = text.lower() if self.fold else text, 0
        found: list[tuple[int, int]] = []
        at = 0
        while at <= len(text):
            end = self._match(self.nodes, at, lambda position: position)
            if end is None:
                at += 1
            else:
                found.append((at, end))
                at = max(end, at + 1)
        return found

    def _match(self, nodes: Sequence[Node], at: int, then: Then) -> int | None:
        if not nodes:
            return then(at)
        (kind, of), rest = nodes[0], nodes[1:]

        def go_on(position: int) -> int | None:
            return self._match(rest, position, then)

        match str(kind):
            case "LITERAL" | "NOT_LITERAL" | "IN" | "ANY":
                return go_on(at + 1) if self._fits(nodes[0], at) else None
            case "MAX_REPEAT":
                return self._repeat(of, at, go_on)
            case "SUBPATTERN":
                return self._match(list(of[-1]), at, go_on)
            case "BRANCH":
                ends = (self._match(list(branch), at, go_on) for branch in of[1])
                return next((end for end in ends if end is not None), None)
            case "ASSERT_NOT" if of[0] < 0:
                width = of[1].getwidth()[0]
                there = at >= width and self._match(list(of[1]), at - width, lambda position: position) is not None
                return None if there else go_on(at)
            case "AT":
                before = at > 0 and self.text[at - 1 : at].isalnum()
                self.steps += 1
                return go_on(at) if before != self.text[at : at + 1].isalnum() else None
            case _:
                raise NotImplementedError(f"{kind} in a pattern: this matcher does not know it yet")

    def _repeat(self, of: Any, at: int, then: Then) -> int | None:
        least, most, body = of
        (node,) = list(body)  # of one character each: others would be called quadratic at once
        reached = at
        while reached - at < int(most) and self._fits(node, reached):
            reached += 1
        for position in range(reached, at + least - 1, -1):
            self.steps += 1
            if (end := then(position)) is not None:
                return end
        return None

    def _fits(self, node: Node, at: int) -> bool:
        self.steps += 1
        if at >= len(self.text):
            return False
        kind, of = node
        one = self.text[at]
        match str(kind):
            case "LITERAL":
                return one == chr(of)
            case "NOT_LITERAL":
                return one != chr(of)
            case "ANY":
                return True
            case _:
                negated = str(of[0][0]) == "NEGATE"
                return any(_is_in(each, one) for each in of[negated:]) != negated


def _is_in(member: Node, one: str) -> bool:
    kind, of = member
    match str(kind):
        case "LITERAL":
            return one == chr(of)
        case "RANGE":
            return of[0] <= ord(one) <= of[1]
        case "CATEGORY":
            return bool(_CATEGORIES[str(of)].match(one))
        case _:
            raise NotImplementedError(f"{kind} in a class: this matcher does not know it yet")
