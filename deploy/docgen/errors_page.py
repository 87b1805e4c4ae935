"""The page of all error codes with their sentences, made from the code that says them."""

import ast
from collections.abc import Iterator, Mapping

from deploy.checkout import ROOT
from services.licensing.api.problems import status_of
from services.licensing.messages import MESSAGES as LICENSING
from services.licensing.messages import TOO_LARGE
from services.upload.messages import REFUSALS as UPLOAD
from services.upload.messages import STALE_REVIEW
from shared.http.problems import TYPE_PREFIX
from shared.people import access
from shared.people.codes import ROW_WARNINGS, examples

PAGE = ROOT / "docs" / "errors.md"
_HEAD = f"""# Error codes

Every error has a stable `code`, for programs, and a sentence for people that says what is wrong and what to do. The
sentence may change, and names what it is about; these are examples. This page is made from the code by `./usher docs`;
a test fails when it is not up to date.

Over HTTP an error is `application/problem+json` (RFC 9457): `type` is `{TYPE_PREFIX}CODE`, `detail` the sentence,
`code` the code. Where a call is about several users, `items` has each one's code and sentence.

Errors of a file and of its rows are no HTTP errors: they stand in the batch (`file_errors`, `warnings`) and in its rows
(`errors`, `warnings`, each with its `column`), and in words in the annotated copy. A form with such values is refused
with 422 and the first one's code.
"""
UPLOADING, FILE, ROWS = examples("upload"), examples("file"), examples("row")
WARNINGS = examples("file_warning", "row_warning")
_PROGRAMS = ("services/upload", "services/licensing", "shared")
_PAGES = "services/upload/web/"
_BY_NAME = {
    "unauthorized": (401, "unauthorized"),
    "forbidden": (403, "forbidden"),
    "not_found": (404, "not_found"),
    "unavailable": (503, "unavailable"),
    "TokenRefused": (401, "unauthorized"),
    "_too_many": (429, "too_many_uploads"),
}
_AT_ONCE = (413, 415)
_REFUSED = 409
_ELSEWHERE = {
    (422, "email_invalid"): ROWS["email_invalid"],
    (422, "request_not_understood"): "Names the field, and what is wrong with it; all of them are in `places`.",
    (422, "too_large"): TOO_LARGE,
    (429, "too_many_requests"): "Says for how many seconds to wait, as `Retry-After` does.",
    (431, "head_too_large"): "Says how long the address and the headers may be together.",
    (503, "not_ready"): "Of `/readyz`: what the service waits for.",
}
"""What the code puts together too cleverly to be read out of it."""

Answer = tuple[int, str]


def page() -> str:
    """The page's text, in Markdown."""
    parts = [
        _HEAD,
        "## A file, as it is uploaded\n",
        _table(UPLOADING),
        "## A file, in its review\n",
        _table({**FILE, STALE_REVIEW.code: STALE_REVIEW.message}),
        "`stale_review` stands in the batch's `notice`.\n",
        "## A row, or a form\n",
        _table(ROWS),
        "## Warnings\n",
        _table(WARNINGS),
        f"{' and '.join(f'`{code}`' for code in ROW_WARNINGS)} are a row's warnings, the others are the file's.\n",
        "## HTTP\n",
        _http(),
    ]
    return "\n".join(parts)


def answers() -> dict[Answer, list[str]]:
    """Every status and code that a program can be answered with, and the sentences that go with it."""
    found: dict[Answer, list[str]] = {(status_of(code), code): [sentence] for code, sentence in LICENSING.items()}
    for (code, *_), sentence in UPLOAD.items():
        found.setdefault((_REFUSED, code), []).append(sentence)
    for folder in _PROGRAMS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if _PAGES in path.as_posix():
                continue
            for answer, sentence in _said(ast.parse(path.read_text(encoding="utf-8"))):
                known = found.setdefault(answer, [])
                if sentence and sentence not in known:
                    known.append(sentence)
    return {answer: said or [_ELSEWHERE[answer]] for answer, said in sorted(found.items())}


def _said(tree: ast.Module) -> Iterator[tuple[Answer, str]]:
    constants = _constants(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        match node.func.id, node.args:
            case "Problem", [ast.Constant(value=int() as status), ast.Constant(value=str() as code), detail, *_]:
                at_once = UPLOADING.get(code, "") if status in _AT_ONCE else ""
                yield (status, code), _text(detail, constants) or at_once
            case "RequiresPermission" | "RequiresScope", [_, detail]:
                yield _BY_NAME["forbidden"], _text(detail, constants)
            case name, [detail, *_] if name in _BY_NAME:
                yield _BY_NAME[name], _text(detail, constants)
            case _:
                pass


def _constants(tree: ast.Module) -> Mapping[str, ast.expr]:
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _text(node: ast.expr, constants: Mapping[str, ast.expr]) -> str:
    """A sentence with its places as {…}; "" where it is made elsewhere."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)
        case ast.Name(id=name) if name in constants:
            return _text(constants[name], {})
        case ast.Name(id=name):
            return str(getattr(access, name, ""))
        case _:
            return ""


def _http() -> str:
    rows = [f"| {status} | `{code}` | {_cell('<br>'.join(said))} |" for (status, code), said in answers().items()]
    return "\n".join(["| Status | Code | Says |", "| --- | --- | --- |", *rows, ""])


def _table(sentences: Mapping[str, str]) -> str:
    rows = [f"| `{code}` | {_cell(sentence)} |" for code, sentence in sentences.items()]
    return "\n".join(["| Code | Says |", "| --- | --- |", *rows, ""])


def _cell(text: str) -> str:
    return text.replace("|", "/")
