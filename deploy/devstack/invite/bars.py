"""Progress in a terminal. Where the output is no terminal, nothing moves: the sentences before and after say it all."""

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from deploy.devstack.invite.client import Batch

_NAME = TextColumn("   {task.description:<9}")
_DOING = {"invited": "Invited", "changed": "Changed", "emails": "E-mails"}


class Bars:
    """The bars of one batch, each shown while it is about something."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def uploading(self, size: int) -> Generator["Uploading"]:
        """A bar of `size` bytes on their way."""
        with self._progress(BarColumn(), DownloadColumn()) as progress:
            yield Uploading(progress, progress.add_task("Uploading", total=size))

    @contextmanager
    def checking(self) -> Generator[None]:
        """A bar without an end: how long a check takes is not known before."""
        with self._progress(BarColumn(), TimeElapsedColumn()) as progress:
            progress.add_task("Checking", total=None)
            yield

    @contextmanager
    def working(self, batch: Batch) -> Generator["Working"]:
        """One bar for each kind of thing that the batch does."""
        counts = batch["counts"]
        totals = {"invited": counts["invite"], "changed": counts["change"], "emails": counts["invite"]}
        with self._progress(BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()) as progress:
            tasks = {name: progress.add_task(_DOING[name], total=total) for name, total in totals.items() if total}
            yield Working(progress, tasks)

    def _progress(self, *columns: BarColumn | DownloadColumn | MofNCompleteColumn | TimeElapsedColumn) -> Progress:
        still = not self._console.is_terminal
        return Progress(_NAME, *columns, console=self._console, transient=True, disable=still)


class Uploading:
    """How far the file is on its way."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def __call__(self, sent: int) -> None:
        """So many bytes by now."""
        self._progress.update(self._task, completed=sent)


class Working:
    """How far the batch is."""

    def __init__(self, progress: Progress, tasks: dict[str, TaskID]) -> None:
        self._progress, self._tasks = progress, tasks

    def __call__(self, batch: Batch) -> None:
        """As the batch says."""
        done = batch["progress"]
        now = {**done, "emails": done["emails_sent"] + done["emails_failed"]}
        for name, task in self._tasks.items():
            self._progress.update(task, completed=now[name])
