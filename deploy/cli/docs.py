"""./usher docs: writes the pages that are made from the code."""


def docs() -> None:
    """Write the pages of docs/ that are made from the code."""
    from deploy import settings_page

    settings_page.PAGE.write_text(settings_page.page(), encoding="utf-8")
    print(f"Written: {settings_page.PAGE}")
