"""The settings' page says what the code reads."""

from deploy import settings_page


def test_the_committed_page_is_up_to_date() -> None:
    assert settings_page.PAGE.read_text(encoding="utf-8") == settings_page.page(), "run ./usher docs"


def test_every_setting_is_described() -> None:
    rows = [line for line in settings_page.page().splitlines() if line.startswith("| `")]
    undescribed = [row for row in rows if row.endswith("|  |")]
    assert rows and undescribed == []


def test_no_key_stands_in_it() -> None:
    assert "development-only-" not in settings_page.page()
