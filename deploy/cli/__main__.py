"""python -m deploy.cli, which ./usher calls."""

import sys

import typer

from deploy.cli import bench, contracts, demo, dev, dlq, docs, invite, migrate, rebuild, restore, service, test, token
from deploy.local.options import SERVICES, StackError

app = typer.Typer(
    name="usher",
    help="Usher: invite and change many users by uploading an Excel file. Begin with ./usher demo.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("demo")(demo.demo)
app.command("dev")(dev.dev)
app.command("token")(token.token)
app.command("invite")(invite.invite)
app.command("migrate")(migrate.migrate)
app.add_typer(docs.app, name="docs")
app.command("rebuild")(rebuild.rebuild)
app.command("test", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})(test.test)
app.command("bench")(bench.bench)
app.add_typer(dlq.app, name="dlq")
app.add_typer(restore.app, name="restore")
app.add_typer(contracts.app, name="contracts")
for _name in SERVICES:
    app.command(_name, help=f"Run {_name}, configured by the environment alone.")(service.command(_name))


def main() -> None:
    """Runs the command; what keeps it from running is one sentence, not a stack trace."""
    try:
        app()
    except StackError as error:
        print(f"usher: {error}", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
