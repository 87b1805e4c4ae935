"""Templates hold MJML's elements alone: the renderer passes one that it does not know through to the mail."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from services.notification.formats.mail import render

TEMPLATES = sorted((Path(render.__file__).parent / "templates").glob("*.mjml"))
HEAD = {
    "mj-attributes", "mj-breakpoint", "mj-font", "mj-html-attributes", "mj-preview", "mj-raw", "mj-style", "mj-title",
}  # fmt: skip
COLUMN = {
    "mj-accordion", "mj-button", "mj-carousel", "mj-divider", "mj-image", "mj-navbar", "mj-raw", "mj-social",
    "mj-spacer", "mj-table", "mj-text",
}  # fmt: skip
CHILDREN = {
    "mjml": {"mj-head", "mj-body"},
    "mj-head": HEAD,
    "mj-body": {"mj-hero", "mj-raw", "mj-section", "mj-wrapper"},
    "mj-wrapper": {"mj-hero", "mj-raw", "mj-section"},
    "mj-section": {"mj-column", "mj-group", "mj-raw"},
    "mj-group": {"mj-column", "mj-raw"},
    "mj-column": COLUMN,
    "mj-hero": COLUMN,
    "mj-attributes": {"mj-all", "mj-body", "mj-class", "mj-column", "mj-section"} | COLUMN,
}
"""MJML 4's elements (documentation.mjml.io, "Components"), and within which each stands. Those that are not named here
hold HTML or nothing."""


def misplaced(element: ElementTree.Element) -> list[str]:
    """Elements that MJML does not know in their place, all the way down."""
    allowed = CHILDREN.get(element.tag)
    if allowed is None:
        return [inner.tag for inner in element.iter() if inner is not element and inner.tag.startswith("mj")]
    found = [child.tag for child in element if child.tag not in allowed]
    return found + [name for child in element if child.tag in allowed for name in misplaced(child)]


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_elements_of_mjml_in_their_places(template: Path) -> None:
    assert misplaced(parsed(template.read_text())) == []


@pytest.mark.parametrize(
    ("name", "other"),
    [("mj-text", "mj-txt"), ("mj-text", "mjtext"), ("mj-button", "mj-buton"), ("mj-style", "mj-styles")],
)
def test_a_misspelt_element_is_noticed(name: str, other: str) -> None:
    (template,) = TEMPLATES
    misspelt = template.read_text().replace(f"<{name}", f"<{other}").replace(f"</{name}>", f"</{other}>")
    assert other in misplaced(parsed(misspelt))


def test_a_misplaced_element_is_noticed() -> None:
    assert misplaced(parsed("<mjml><mj-body><mj-text>Hello</mj-text></mj-body></mjml>")) == ["mj-text"]
