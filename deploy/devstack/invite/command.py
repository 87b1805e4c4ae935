"""./usher invite: the main job from a terminal, against any deployment."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.operate.connections import DEFAULT_DATA, Data
from deploy.operate.errors import CommandError

if TYPE_CHECKING:
    from deploy.devstack.invite.client import Client

_FILE = "The workbook (.xlsx), or a CSV (.csv)."
File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help=_FILE)]
Url = Annotated[str, typer.Option(envvar="USHER_URL", help="Where Usher is, such as https://usher.example.com.")]
Token = Annotated[str, typer.Option(envvar="USHER_TOKEN", help="An admin's access token; better by the environment.")]


def invite(
    file: File,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Confirm without being asked.")] = False,
    url: Url = "",
    token: Token = "",
    replaces: Annotated[str | None, typer.Option(metavar="ID", help="The batch that this file corrects.")] = None,
    accept_suggestions: Annotated[
        bool, typer.Option("--accept-suggestions", help="Correct what Usher suggests a value for.")
    ] = False,
    leave_out_errors: Annotated[
        bool, typer.Option("--leave-out-errors", help="Go on without the rows that are wrong: they are kept beside it.")
    ] = False,
    message: Annotated[
        str | None, typer.Option(metavar="SENTENCE", help="A sentence of your own for the invitations.")
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Invite and change users by a workbook: upload, review, confirm, and wait until all is done.

    Without --url: the development stack on --data, and there, without --token, as its first admin.

    \b
    Ends with 0  done, or nothing to do
              1  it could not go on: the network, the token, the plan; the line says why
              3  the file needs a correction; the annotated copy is beside it
              4  not confirmed
              5  the file is right, and the world is not: too few licenses, or users changed meanwhile
              6  done, and some e-mails could not be delivered
              7  confirmed, and another admin has to approve it
            130  interrupted; the line says what goes on without this program
    """
    from deploy.devstack.invite.job import Corrections, Ended, Job
    from deploy.devstack.invite.show import Show, terminal

    where, token = _where(url, token, data)
    with asyncio.Runner() as runner:
        client = _client(where, token)
        job = Job(
            client, Show(terminal()), runner, _asked, yes, message, Corrections(accept_suggestions, leave_out_errors)
        )
        try:
            ended = job.run(file, replaces)
        except KeyboardInterrupt:
            print(f"\nusher: interrupted. {job.left}", file=sys.stderr)
            ended = Ended.INTERRUPTED
        except CommandError as error:
            raise CommandError(f"{_advised(error)} {job.left}") from error
        finally:
            runner.run(client.close())
    raise SystemExit(ended)


def _where(url: str, token: str, data: Path) -> tuple[str, str]:
    """The address and the token to use. Raises CommandError where they are not known."""
    from deploy.devstack import seed
    from deploy.devstack.issuer.tokens import access_token, load_key
    from deploy.operate import endpoints

    if url and not token:
        raise CommandError("Usher has to know who asks: give an admin's access token by --token or USHER_TOKEN.")
    if url:
        return url, token
    found = endpoints.read(data)
    return found["upload"]["url"], token or access_token(load_key(data), seed.ADMIN, found["issuer"]["url"])


def _client(url: str, token: str) -> "Client":
    from deploy.devstack.invite.client import Client

    if not url.startswith(("http://", "https://")):
        raise CommandError(f"--url {url} is not an address. Say it with https://, such as https://usher.example.com.")
    return Client(url, token)


def _asked(question: str) -> bool | None:
    try:
        return typer.confirm(f"   {question}")
    except typer.Abort:
        # Ctrl-C and the end of the input are the same to click; only the second leaves nobody to answer.
        if sys.stdin.isatty():
            raise KeyboardInterrupt from None
        return None


def _advised(error: CommandError) -> str:
    """The error with what to do at this command, where Usher's own words cannot know it."""
    from deploy.devstack.invite.client import Refused, Unreachable

    match error:
        case Refused(status=401):
            return f"{error} Give a fresh token by --token or USHER_TOKEN."
        case Unreachable():
            return f"{error} Look at the network and at --url."
        case _:
            return str(error)
