"""The pages of docs/ and the files of the chart that are made from the code: each committed, so that it is read without
building anything."""

from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.docgen import chart_files, embedded, errors_page, events_page, metrics_page, settings_page, values_page

PAGES: Mapping[Path, Callable[[], str]] = {
    settings_page.PAGE: settings_page.page,
    metrics_page.PAGE: metrics_page.page,
    events_page.PAGE: events_page.page,
    errors_page.PAGE: errors_page.page,
    embedded.SUBSCRIBERS: embedded.subscribers,
    chart_files.FACTS: chart_files.facts,
    chart_files.SCHEMA: chart_files.schema,
    values_page.PAGE: values_page.page,
}


def write() -> list[Path]:
    """Writes them anew: which."""
    for path, text in PAGES.items():
        path.write_text(text(), encoding="utf-8")
    return list(PAGES)


def outdated() -> list[str]:
    """The names of those that are not what the code says."""
    return [path.name for path, text in PAGES.items() if path.read_text(encoding="utf-8") != text()]
