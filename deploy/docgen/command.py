"""./usher docs: the pages that are made from the code; ./usher docs site: all pages as a site."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The documentation: its pages made from the code, and its site.", rich_markup_mode=None)
Folder = Annotated[Path, typer.Argument(help="Where the site is put.")]


@app.callback(invoke_without_command=True)
def docs(context: typer.Context) -> None:
    """Write the pages of docs/ that are made from the code; `site` builds all pages into a folder."""
    from deploy.docgen import generated

    if context.invoked_subcommand is None:
        for path in generated.write():
            print(f"Written: {path}")


@app.command("site")
def site(folder: Folder = Path(".usher/site")) -> None:
    """Build the documentation's site into a folder, for any web server. A broken link fails."""
    from deploy.docgen.site import build

    build.build(folder)
    print(f"Built: {folder / 'index.html'}")
