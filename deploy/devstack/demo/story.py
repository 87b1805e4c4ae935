"""The story: a file with mistakes, its correction, the invitations, one who joins, a second file with changes."""

import re
from pathlib import Path
from typing import Any

from deploy.checkout import ROOT
from deploy.devstack.demo.client import Client
from deploy.devstack.invite.show import Show
from deploy.operate.errors import CommandError

EXAMPLES = ROOT / "examples"


async def tell(client: Client, show: Show, keep: Path) -> None:
    """Runs the main job and shows each step. `keep`: where the annotated copy is put. Raises CommandError."""
    faulty = await _upload_with_mistakes(client, show, keep)
    batch = await _upload(client, show, "team-corrected.xlsx", replaces=faulty["id"])
    await _confirm(client, show, batch)
    await _mails(client, show, batch)
    await _confirm(client, show, await _upload(client, show, "second-wave-libreoffice.xlsx"))
    await _my_team(client, show)


async def _upload_with_mistakes(client: Client, show: Show, keep: Path) -> dict[str, Any]:
    show.step("Upload team.xlsx, as the People department keeps it")
    batch = await client.wait((await client.upload_file(EXAMPLES / "team.xlsx"))["id"])
    if batch["status"] != "needs_correction":
        raise CommandError(f"team.xlsx has mistakes, and Usher found none: the batch is {batch['status']}.")
    counts = batch["counts"]
    show.say(f"{counts['error']} of {counts['rows']} rows need a correction. Nothing has happened yet.")
    for error in batch["file_errors"]:
        show.say(error["message"])
    show.errors(await client.rows(batch["id"], "error"))
    show.step("Download the annotated copy: the same workbook, its bad cells marked")
    copy = _kept(keep / "team-annotated.xlsx", await client.annotated(batch["id"]))
    show.say(str(copy))
    return batch


def _kept(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


async def _upload(client: Client, show: Show, name: str, replaces: str | None = None) -> dict[str, Any]:
    show.step(f"{'Reupload, corrected' if replaces else 'Upload a second file'}: {name}")
    batch = await client.wait((await client.upload_file(EXAMPLES / name, replaces))["id"])
    if batch["status"] != "ready_for_review":
        show.errors(await client.rows(batch["id"], "error"))
        raise CommandError(
            f"{name} was expected to be without mistakes: {batch['file_errors'] or 'see the rows above'}."
        )
    counts, seats = batch["counts"], batch["seats"]
    show.say(
        f"Ready for review: {counts['invite']} to invite, {counts['change']} to change, {counts['unchanged']} stay as "
        f"they are. It takes {seats['required']} licenses of {seats['available']} available."
    )
    for warning in batch["warnings"]:
        show.say(warning["message"])
    if counts["change"]:
        show.changes(await client.rows(batch["id"], "change"))
    return batch


async def _confirm(client: Client, show: Show, batch: dict[str, Any]) -> None:
    before = await client.seats()
    show.step("Confirm: licenses are reserved, invitations go out")
    await client.confirm(batch)
    done = (await client.wait(batch["id"]))["progress"]
    after = await client.seats()
    show.say(f"Invited {done['invited']}, changed {done['changed']}, e-mails sent {done['emails_sent']}.")
    show.say(f"Licenses: {before['occupied']} of {before['purchased']} before, {after['occupied']} now.")
    invited = batch["counts"]["invite"]
    if done["invited"] != invited or after["occupied"] != before["occupied"] + invited:
        raise CommandError(f"The review promised {invited} invitations, and the licenses say something else.")


async def _mails(client: Client, show: Show, batch: dict[str, Any]) -> None:
    show.step("The e-mails")
    invited = await client.rows(batch["id"], "invite")
    if not invited:
        show.say("Nobody was invited: all of them were already.")
        return
    address = invited[0]["email"]
    mails = await client.mails(to=address)
    links = [token for mail in mails for token in re.findall(r"/join/([\w.~-]+)", mail["text"])]
    if not links:
        raise CommandError(f"{address} was invited, and no mail with a link is in the mailbox.")
    show.table(("To", "Subject"), [(mail["to"], mail["subject"]) for mail in await client.mails(limit=6)])
    show.step(f"{address} follows the link and joins")
    await client.accept(links[0].rstrip("."))
    show.say("Active from now on.")


async def _my_team(client: Client, show: Show) -> None:
    show.step("My Team")
    team, seats = await client.team(), await client.seats()
    counts = f"{seats['active']} Active, {seats['waiting']} Waiting, {seats['pending_transfer']} Pending Transfer"
    show.say(f"Total Users {seats['occupied']} of {seats['purchased']}: {counts}.")
    columns = ("email", "title", "functional_area", "reports_to", "status")
    show.table(columns, [[user[name] for name in columns] for user in team["items"]])
    show.say(f"… and {max(team['total'] - len(team['items']), 0)} more.")
