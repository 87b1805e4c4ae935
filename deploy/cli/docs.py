"""./usher docs: writes the pages that are made from the code."""


def docs() -> None:
    """Write the pages of docs/ that are made from the code."""
    from deploy import metrics_page, settings_page

    for made in (settings_page, metrics_page):
        made.PAGE.write_text(made.page(), encoding="utf-8")
        print(f"Written: {made.PAGE}")
