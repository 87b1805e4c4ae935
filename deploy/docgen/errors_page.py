"""The page of all error codes with their sentences, made from where they are declared."""

import re
from collections.abc import Iterator, Mapping
from types import ModuleType

from deploy.checkout import ROOT
from services.licensing import messages as licensing
from services.notification import messages as notification
from services.upload import messages as upload
from services.upload.messages import STALE_REVIEW
from shared.http import problem_types
from shared.http.problems import TYPE_PREFIX, ProblemType
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
_DECLARING: tuple[ModuleType, ...] = (licensing, upload, notification, problem_types)

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
    found: dict[Answer, list[str]] = {}
    for kind in declared():
        said = found.setdefault((kind.status, kind.code), [])
        sentence = re.sub(r"\{\w+\}", "…", kind.detail)
        if sentence not in said:
            said.append(sentence)
    return dict(sorted(found.items()))


def declared() -> Iterator[ProblemType]:
    """Every type of problem that a program can be answered with."""
    yield from licensing.REFUSALS.values()
    yield from upload.refusals()
    for module in _DECLARING:
        yield from (value for value in vars(module).values() if isinstance(value, ProblemType))


def _http() -> str:
    rows = [f"| {status} | `{code}` | {_cell('<br>'.join(said))} |" for (status, code), said in answers().items()]
    return "\n".join(["| Status | Code | Says |", "| --- | --- | --- |", *rows, ""])


def _table(sentences: Mapping[str, str]) -> str:
    rows = [f"| `{code}` | {_cell(sentence)} |" for code, sentence in sentences.items()]
    return "\n".join(["| Code | Says |", "| --- | --- |", *rows, ""])


def _cell(text: str) -> str:
    return text.replace("|", "/")
