"""The documentation says what the code does: made pages are up to date, commands exist, links lead somewhere."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from deploy.__main__ import app
from deploy.docgen import errors_page, events_page, generated, settings_page
from deploy.docgen.site import stage
from deploy.docgen.site.navigation import navigation
from deploy.operate.errors import CommandError
from tests.unit.people.test_messages import CODES_OF_THE_SPEC
from usher_contracts import EVENTS

ROOT = Path(__file__).parents[3]
PLACES = ("*.md", "docs/**/*.md", "examples/**/*.md", "shared/*/*.md")
PAGES = sorted(page for place in PLACES for page in ROOT.glob(place))
SOURCES = ("services/**/*.py", "services/**/*.sql", "shared/**/*.py", "shared/**/*.sql", "deploy/**/*.py")
CITED = re.compile(r"[\w-]+\.md\b|(?<=docs/decisions/)\d{4}\b(?!-)")
"""A page by its name, or a decision by its number."""
_MANY = 100
DECISION = ("Context", "Decision", "Consequences", "Rejected", "Held by")
"""The parts of a decision's page."""
LABEL = re.compile(r"(?<!\*)\*(?!\*)([^*]+)\*(?!\*)|\*\*\*([^*]+?)\.?\*\*\*")
"""What stands in italics in the guide: words to press or to look for."""
COMMAND = re.compile(r"(?<![\w/])\./usher\b(?P<arguments>[^`\n#;|&>)]*)")


def test_the_committed_pages_are_up_to_date() -> None:
    assert generated.outdated() == [], "run ./usher docs"


def test_every_setting_is_described() -> None:
    rows = [line for line in settings_page.page().splitlines() if line.startswith("| `")]
    undescribed = [row for row in rows if row.endswith("|  |")]
    assert rows and undescribed == []


def test_no_key_stands_in_the_settings() -> None:
    assert "development-only-" not in settings_page.page()


def test_every_code_of_the_spec_and_every_answer_has_its_sentence() -> None:
    page = errors_page.page()
    for code in CODES_OF_THE_SPEC.split():
        assert f"| `{code}` | " in page
    for answer, sentences in errors_page.answers().items():
        assert all(len(sentence) > 15 for sentence in sentences), answer
    assert (409, "not_ready") in errors_page.answers() and (410, "used") in errors_page.answers()


@pytest.mark.parametrize("path", [*ROOT.glob("services/**/*.py"), *ROOT.glob("shared/**/*.py")], ids=str)
def test_problems_are_made_of_declared_types(path: Path) -> None:
    if re.search(r"\bProblem\(", path.read_text(encoding="utf-8")):
        assert path.relative_to(ROOT).as_posix() in _MAKES_ITS_OWN, "declare a ProblemType: it stands on the page, too"
    if re.search(r"\bProblemType\(\n? *\d", path.read_text(encoding="utf-8")):
        assert path.relative_to(ROOT).as_posix() in _DECLARE or "/web/" in path.as_posix(), "the page does not read it"


_MAKES_ITS_OWN = {
    "shared/http/problems.py",
    "services/licensing/api/problems.py",  # values that can't be taken: the first one's code
    "services/upload/web/authentication.py",  # what the API said, under a code of the pages
    "services/upload/web/service_answers.py",  # what another service answered
}
_DECLARE = {
    "shared/http/problems.py",
    "shared/http/problem_types.py",
    "services/licensing/messages.py",
    "services/notification/messages.py",
    "services/upload/messages.py",
}


def test_every_event_has_its_fields_and_an_example() -> None:
    page = events_page.page()
    for event in EVENTS:
        part = page.partition(f"### {event.__name__}\n")[2].partition("\n### ")[0]
        assert f"`{event.type}`" in part and "```json" in part
        for field in (info.alias or name for name, info in event.model_fields.items()):
            assert f"| `{field}` |" in part, (event, field)


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every `./usher …` of the documentation: where, and its arguments."""
    for page in PAGES:
        for found in COMMAND.finditer(page.read_text(encoding="utf-8")):
            line = found["arguments"].replace("[", " ").replace("]", " ").replace("…", " ")
            yield page.relative_to(ROOT).as_posix(), shlex.split(line.replace("'", ""))


def test_every_command_and_option_of_the_documentation_exists() -> None:
    found = list(commands())
    assert len(found) > 40
    unknown = [(page, arguments, wrong) for page, arguments in found if (wrong := unknown_of(arguments))]
    assert unknown == []


@pytest.mark.parametrize("line", ["nothing", "invite --nowhere", "dlq SERVICE lost", "contracts check FILE", "dev x"])
def test_a_command_that_does_not_exist_is_noticed(line: str) -> None:
    assert unknown_of(line.split())


def unknown_of(arguments: list[str]) -> str | None:
    """The first of these that the command line does not know."""
    command: Any = typer.main.get_command(app)
    options: set[str] = {"--help"}
    places, value = 0, False
    for word in arguments:
        if word.startswith("-"):
            value = word in options_with_values(command)
            if word not in options | options_of(command) and not takes_anything(command):
                return word
        elif value:
            value = False
        elif places:
            places -= 1
        elif word in (inner := getattr(command, "commands", {})):
            options |= options_of(command)
            command = inner[word]
            places = sum(_MANY if each.nargs < 0 else 1 for each in command.params if is_argument(each))
            places = _MANY if takes_anything(command) else places
        else:
            return word
    return None


def takes_anything(command: Any) -> bool:
    """Whether it hands its arguments on."""
    return bool(command.context_settings.get("ignore_unknown_options"))


def is_argument(parameter: Any) -> bool:
    """Whether it is given by its place."""
    return parameter.param_type_name == "argument"


def options_of(command: Any) -> set[str]:
    """A command's options as they are written."""
    return {name for each in command.params if not is_argument(each) for name in each.opts}


def options_with_values(command: Any) -> set[str]:
    """Those that are followed by a value."""
    found = [each for each in command.params if not is_argument(each) and not each.is_flag]
    return {name for each in found for name in each.opts}


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("0*.md")), ids=lambda page: page.stem[:4])
def test_each_decision_has_the_same_form_and_is_listed(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.match(rf"# {page.stem[:4]} \S", text)
    parts = re.findall(r"^\*\*([A-Z][a-z ]+)\.\*\*", text, re.MULTILINE)
    assert parts == [part for part in DECISION if part in parts]
    assert {"Context", "Decision", "Held by"} <= set(parts)
    assert "\n## " not in text
    assert f"]({page.name})" in (page.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_that_leaves_the_pages_leads_somewhere(page: Path) -> None:
    assert stage.within(page)


def test_every_page_that_a_comment_cites_is_in_the_repository() -> None:
    sources = [path for place in SOURCES for path in sorted(ROOT.glob(place)) if "site" not in path.parts]
    pages = {page.name for page in PAGES} | {page.name[:4] for page in ROOT.glob("docs/decisions/*.md")}
    cited = {(path, page) for path in sources for page in CITED.findall(path.read_text(encoding="utf-8"))}
    assert len(cited) > 20
    assert sorted((str(path), page) for path, page in cited if page not in pages) == []


def test_a_link_that_leaves_the_pages_for_nowhere_is_refused() -> None:
    page = ROOT / "docs" / "not-written.md"
    assert stage.shown("[code](../shared/messaging/broker.py)", page) == "code (`shared/messaging/broker.py`)"
    linked = "[`shared/messaging/broker.py`](../shared/messaging/broker.py#L1)"
    assert stage.shown(linked, page) == "`shared/messaging/broker.py`"
    contributing = ROOT / "CONTRIBUTING.md"
    assert stage.shown("[works](docs/how-it-works.md#rooms)", contributing) == "[works](how-it-works.md#rooms)"
    assert stage.shown("[admins](admins.md#statuses)", page) == "[admins](admins.md#statuses)"
    with pytest.raises(CommandError, match=r"not-written.md links to ../shared/nothing.py"):
        stage.shown("[code](../shared/nothing.py)", page)


def test_pages_that_are_not_there_yet_are_left_out_of_the_navigation(tmp_path: Path) -> None:
    (tmp_path / "decisions").mkdir()
    for name in ("decisions/0002-b.md", "decisions/README.md", "decisions/0001-a.md"):
        (tmp_path / name).touch()
    shown = str(navigation(tmp_path))
    assert "['decisions/README.md', 'decisions/0001-a.md', 'decisions/0002-b.md']" in shown
    assert "metrics" not in shown and "runbooks" not in shown
    (tmp_path / "metrics.md").touch()
    assert "{'Metrics': 'metrics.md'}" in str(navigation(tmp_path))


def test_every_label_that_the_admins_guide_names_stands_on_a_page() -> None:
    catalogue = (ROOT / "services" / "upload" / "web" / "texts.toml").read_text(encoding="utf-8")
    shown = [*re.findall(r'"((?:[^"\\\\]|\\\\.)*)"', catalogue)]
    guide = (ROOT / "docs" / "admins.md").read_text(encoding="utf-8")
    labels = {label for found in LABEL.findall(guide) for label in " ".join("".join(found).split()).split(" → ")}
    assert len(labels) > 20
    assert [label for label in sorted(labels) if not any(text.startswith(label) for text in shown)] == []
