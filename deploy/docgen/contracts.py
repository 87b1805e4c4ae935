"""./usher contracts check, write, release: the published schemas against the models."""

import typer

app = typer.Typer(help="JSON Schemas and AsyncAPI against the models.", no_args_is_help=True, rich_markup_mode=None)


@app.command("check")
def check() -> None:
    """Fail when a committed schema differs from its model, or a model breaks those who have the last release."""
    from usher_contracts import publication

    _report(publication.check(), "The schemas are those of the models, and nothing breaks for anybody.")


@app.command("write")
def write() -> None:
    """Write the schemas and the AsyncAPI document anew, unless a change would break somebody."""
    from usher_contracts import publication

    _report(publication.write(), f"Written to {publication.SCHEMAS}.")


@app.command("release")
def release() -> None:
    """Make the committed schemas the last release, to which changes are held from now on."""
    from usher_contracts import publication

    _report(publication.release(), f"Released as {publication.version_of()}: commit {publication.RELEASED}.")


def _report(problems: list[str], good: str) -> None:
    print("\n".join(problems) if problems else good)
    if problems:
        raise SystemExit(1)
