"""Where a Chromium is, for the tests in a browser."""

import shutil
from pathlib import Path

from deploy.operate.errors import CommandError

NAMES = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable", "chrome"),
)
"""The shell first: the same engine without a desktop browser around it, for half the processor time."""


def find() -> str:
    """The path of an installed Chromium, else of Playwright's download. Raises CommandError when there is neither."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        downloaded = playwright.chromium.executable_path
    if Path(downloaded).exists():
        return downloaded
    raise CommandError(
        "The tests drive a real browser, and there is no Chromium. Install one (apt-get install "
        "chromium-headless-shell, or brew install chromium), or download Playwright's: "
        ".venv/bin/python -m playwright install chromium"
    )
