"""The command line of the container image, `usher`: the services, and what operators do with them.

`./usher` offers the same and what developers need on top; that stays out of the image, with the packages that it takes.
"""

import sys

import typer

from deploy.operate import dlq, migrate, provision, rebuild, replay, restore, services, topics
from deploy.operate.errors import CommandError
from deploy.operate.services import SERVICES


def make(summary: str) -> typer.Typer:
    """A command line with nothing in it yet."""
    return typer.Typer(
        name="usher",
        help=summary,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )


def offer(app: typer.Typer) -> typer.Typer:
    """Puts in what the image offers."""
    for name in SERVICES:
        app.command(name, help=f"Run {name}, configured by the environment alone.")(services.command(name))
    app.command("migrate")(migrate.migrate)
    app.command("topics")(topics.topics)
    app.command("provision")(provision.provision)
    app.command("rebuild")(rebuild.rebuild)
    app.command("replay")(replay.replay)
    app.add_typer(dlq.app, name="dlq")
    app.add_typer(restore.app, name="restore")
    return app


def run(command: typer.Typer) -> None:
    """Runs the command; what keeps it from running is one sentence, not a stack trace."""
    try:
        command(prog_name="usher")
    except CommandError as error:
        print(f"usher: {error}", file=sys.stderr)
        raise SystemExit(1) from None
