"""The main job, step by step: upload, look at what was found, ask, confirm, wait."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from deploy.devstack.invite.bars import Bars
from deploy.devstack.invite.client import Batch, Client, Refused
from deploy.devstack.invite.show import Show
from deploy.operate.errors import CommandError

_SHOWN = 50
"""Rows of a kind that are listed; what is beyond stands in the annotated copy and on the batch's page."""
_PATIENCE = 120
"""Seconds that the network may be away once a batch is on its way."""


class Ended(IntEnum):
    """How it ended: the program's exit code. 1 is a failure, 2 a command line that is not understood."""

    DONE = 0
    NEEDS_CORRECTION = 3
    NOT_CONFIRMED = 4
    TRY_AGAIN = 5
    MAILS_FAILED = 6
    AWAITING_APPROVAL = 7
    INTERRUPTED = 130


@dataclass(frozen=True)
class Corrections:
    """What of a file with errors is corrected without a person: values that are suggested are taken, rows that are
    wrong then are left out."""

    accept: bool = False
    leave_out: bool = False

    @property
    def asked(self) -> Mapping[str, bool]:
        """As the HTTP interface is asked for it; empty for nothing."""
        said = {"accept_suggestions": self.accept, "leave_out_errors": self.leave_out}
        return {name: True for name, wanted in said.items() if wanted}


NONE = Corrections()


class Job:
    """One workbook's way. `left`: what goes on, or does not, if this program ends now.

    ask: shows a question and answers yes or no, or None where nobody is there to answer. yes: confirms without asking,
    once: what comes back from a confirmation is for a person to look at. message: a sentence for the invitations.
    corrections: what is done about errors.
    """

    def __init__(
        self,
        client: Client,
        show: Show,
        runner: asyncio.Runner,
        ask: Callable[[str], bool | None],
        yes: bool = False,
        message: str | None = None,
        corrections: Corrections = NONE,
    ) -> None:
        self._message, self._corrections = message, corrections
        self._client, self._show, self._runner, self._ask, self._yes = client, show, runner, ask, yes
        self._bars = Bars(show.console)
        self.left = "Nothing was uploaded."

    def run(self, file: Path, replaces: str | None = None) -> Ended:
        """The whole of it. Raises CommandError for what keeps it from going on."""
        batch = self._correct(self._check(self._upload(file, replaces)), file)
        while batch["status"] == "ready_for_review":
            self._show_review(batch)
            if (refrained := self._refrain(batch)) is not None:
                return refrained
            batch = self._confirm(batch)
            if batch["status"] == "ready_for_review" and self._yes:
                self._show.say(f"{batch['notice']['message']} {self.left}")
                return Ended.TRY_AGAIN
        return self._conclude(batch, file)

    # --- the steps

    def _upload(self, file: Path, replaces: str | None) -> Batch:
        self._show.step(f"Upload {file.name}")
        self.left = "The upload did not end, and nothing has happened to anybody."
        with self._bars.uploading(file.stat().st_size) as sent:
            batch = self._runner.run(self._client.upload_file(file, replaces, sent))
        self._client.patience = _PATIENCE
        self._waits(batch)
        return batch

    def _check(self, batch: Batch) -> Batch:
        with self._bars.checking():
            return self._runner.run(self._client.wait(batch["id"]))

    def _correct(self, batch: Batch, file: Path) -> Batch:
        """The batch of the corrected file; this one where there is nothing to correct, or nothing good beside it."""
        counts, asked = batch["counts"], self._corrections.asked
        if batch["status"] != "needs_correction" or not counts["error"] or not asked:
            return batch
        draft = self._runner.run(self._client.correct(batch, asked))
        corrected, left_out = draft["corrections"], draft["left_out"]
        if not (corrected or left_out) or left_out == counts["rows"]:
            return batch
        self._show.step("Correct the file")
        self._list(batch, "error", self._show.errors)
        self._show.say(f"{corrected:,} cells corrected as suggested, {left_out:,} rows left out.")
        if left_out:
            rows = self._runner.run(self._client.left_out(batch["id"]))
            self._show.say(f"The rows that were left out: {_kept(file, 'left out', rows)}")
        batch = self._runner.run(self._client.apply_corrections(batch))
        self._waits(batch)
        return self._check(batch)

    def _refrain(self, batch: Batch) -> Ended | None:
        """Why it is not confirmed, or None where it is to be."""
        if not batch["counts"]["invite"] + batch["counts"]["change"]:
            return self._give_up(batch, "Every row is as it should be already: nothing to confirm.", Ended.DONE)
        match True if self._yes else self._ask("Confirm?"):
            case True:
                return None
            case False:
                return self._give_up(batch, "Cancelled. Nothing has happened to anybody.", Ended.NOT_CONFIRMED)
            case None:
                self._show.say(f"Nobody answered. {self.left} To confirm without being asked, say --yes.")
                return Ended.NOT_CONFIRMED

    def _confirm(self, batch: Batch) -> Batch:
        """The batch when all of it has happened, or when it has come back to review."""
        self._show.step("Confirm")
        self.left = f"The confirmation was on its way. Whether it arrived says {self._page(batch)}"
        try:
            batch = self._runner.run(self._client.confirm(batch, self._message))
        except Refused:
            self._waits(batch)
            raise
        self.left = f"What was confirmed goes on, and you get an e-mail when it is done. See {self._page(batch)}"
        with self._bars.working(batch) as moved:
            batch = self._runner.run(self._client.wait(batch["id"], told=moved))
        self._waits(batch)
        return batch

    def _give_up(self, batch: Batch, sentence: str, ended: Ended) -> Ended:
        self._runner.run(self._client.cancel(batch["id"]))
        self._show.say(sentence)
        return ended

    # --- what is said

    def _waits(self, batch: Batch) -> None:
        self.left = f"Nothing has happened to anybody. The file waits at {self._page(batch)}"

    def _page(self, batch: Batch) -> str:
        return f"{self._client.url}/batches/{batch['id']}"

    def _show_review(self, batch: Batch) -> None:
        counts, seats = batch["counts"], batch["seats"]
        self._show.step("Review: what will happen, and nothing has happened yet")
        if batch["notice"]:
            self._show.say(batch["notice"]["message"])
        self._list(batch, "invite", self._show.people)
        self._list(batch, "change", self._show.changes)
        left = max(seats["available"] - seats["required"], 0)
        self._show.say(
            f"{counts['invite']:,} to invite, {counts['change']:,} to change, {counts['unchanged']:,} stay as they "
            f"are. It takes {seats['required']:,} of {seats['available']:,} available licenses, and leaves {left:,}."
        )
        self._say_warnings(batch)

    def _say_warnings(self, batch: Batch) -> None:
        for warning in batch["warnings"]:
            self._show.say(f"Warning: {warning['message']}")
        self._list(batch, "warning", self._show.warnings)

    def _list(self, batch: Batch, outcome: str, shown: Callable[[list[Batch]], None]) -> None:
        """Those of the rows, as far as they fit a screen or two."""
        if not (count := batch["counts"][outcome]):
            return
        shown(self._runner.run(self._client.rows(batch["id"], outcome, _SHOWN)))
        if count > _SHOWN:
            self._show.say(f"… and {count - _SHOWN:,} more rows.")

    def _conclude(self, batch: Batch, file: Path) -> Ended:
        match batch["status"]:
            case "completed":
                return self._say_done(batch)
            case "needs_correction":
                return self._say_wrong(batch, file)
            case "awaiting_approval":
                self._show.say(
                    "Your company wants another admin to approve so many invitations and changes. They got a mail, and "
                    f"what happens then goes on without this program: {self._page(batch)}"
                )
                return Ended.AWAITING_APPROVAL
            case status:
                raise CommandError(f"Somebody else ended this batch: it is {status}.")

    def _say_done(self, batch: Batch) -> Ended:
        done = batch["progress"]
        self._show.say(
            f"Done. Invited {done['invited']:,}, changed {done['changed']:,}, e-mails sent {done['emails_sent']:,}."
        )
        if not done["emails_failed"]:
            return Ended.DONE
        self._show.say(
            f"{done['emails_failed']:,} e-mails could not be delivered. Your own e-mail says to whom; so does "
            f"{self._page(batch)}, where they can be sent again."
        )
        return Ended.MAILS_FAILED

    def _say_wrong(self, batch: Batch, file: Path) -> Ended:
        counts = batch["counts"]
        self._show.step("What needs a correction, and nothing has happened to anybody")
        for error in batch["file_errors"]:
            self._show.say(error["message"])
        self._list(batch, "error", self._show.errors)
        if counts["error"]:
            self._show.say(f"{counts['error']:,} of {counts['rows']:,} rows need a correction.")
        if batch["annotated"]:
            self._keep_annotated(batch, file)
        self._show.say(f"Correct the file and upload it again: ./usher invite FILE --replaces {batch['id']}")
        only_licenses = not counts["error"] and all(e["code"] == "licenses_exceeded" for e in batch["file_errors"])
        return Ended.TRY_AGAIN if only_licenses else Ended.NEEDS_CORRECTION

    def _keep_annotated(self, batch: Batch, file: Path) -> None:
        content = self._runner.run(self._client.annotated(batch["id"]))
        self._show.say(f"Your workbook with the errors marked: {_kept(file, 'with errors', content)}")


def _kept(file: Path, what: str, content: bytes) -> Path:
    """Where the content is kept beside the file. Raises CommandError."""
    copy = _beside(file, what)
    try:
        copy.write_bytes(content)
    except OSError as error:
        raise CommandError(f"A workbook could not be written to {copy} ({error.strerror}).") from None
    return copy


def _beside(file: Path, what: str) -> Path:
    """A name beside the file that is not taken: an earlier copy may be the one that is being corrected."""
    stem = f"{file.stem} ({what})"
    names = (file.with_name(f"{stem}{'' if n == 1 else f' {n}'}.xlsx") for n in range(1, 10_000))
    return next(name for name in names if not name.exists())
