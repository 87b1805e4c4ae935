"""The site's pages by who reads them. A name with * stands for all pages that there are of it, in order."""

from collections.abc import Iterator, Mapping
from pathlib import Path

_SECTIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Admins": (("Invite and change users", "admins.md"), ("Provision from a directory", "scim.md")),
    "Operators": (
        ("Run Usher", "operators.md"),
        ("In containers", "containers.md"),
        ("On Kubernetes", "kubernetes.md"),
        ("Values of the chart", "values.md"),
        ("Settings", "settings.md"),
        ("Metrics", "metrics*.md"),
        ("Back up and restore", "backup.md"),
        ("Security", "security.md"),
        ("Personal data", "personal-data.md"),
        ("What Usher promises", "guarantees.md"),
        ("Performance", "performance.md"),
        ("What limits next", "scaling.md"),
        ("Mails that come back", "bounces.md"),
        ("Runbooks", "runbooks/*.md"),
    ),
    "Subscribers": (
        ("Subscribe", "subscribers.md"),
        ("Events", "events.md"),
        ("Webhooks", "webhooks.md"),
        ("AsyncAPI", "asyncapi.md"),
    ),
    "Developers": (
        ("How it works", "how-it-works.md"),
        ("Work on Usher", "contributing.md"),
        ("Error codes", "errors.md"),
        ("Decisions", "decisions/*.md"),
    ),
}


def navigation(docs: Path) -> list[object]:
    """MkDocs' `nav` for the pages in `docs`."""
    return ["README.md", *({title: list(_entries(entries, docs))} for title, entries in _SECTIONS.items())]


def _entries(entries: tuple[tuple[str, str], ...], docs: Path) -> Iterator[object]:
    for title, name in entries:
        if "*" not in name:
            yield {title: name}
        elif found := [path.relative_to(docs).as_posix() for path in sorted(docs.glob(name), key=_overview_first)]:
            yield {title: found if len(found) > 1 else found[0]}


def _overview_first(path: Path) -> tuple[bool, str]:
    return path.name != "README.md", path.name
