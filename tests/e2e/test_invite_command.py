"""`./usher invite`: the main job from a terminal, and how a script learns what came of it."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, Review, eventually, mails
from tests.e2e.workbooks import grid
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]


class Terminal:
    """An admin's terminal in a folder of their own."""

    def __init__(self, company: Company, folder: Path) -> None:
        self.company, self.folder = company, folder
        self.token = company.stack.token(company.id, company.admin, "manage_users")
        self.environment = {
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'shared' / 'contracts'}",
            "USHER_URL": company.stack.url("upload"),
            "USHER_TOKEN": self.token,
        }

    def workbook(self, *rows: Mapping[str, Any], name: str = "people.xlsx") -> Path:
        """A workbook in the folder."""
        file = self.folder / name
        file.write_bytes(grid(*rows))
        return file

    def command(self, *arguments: object) -> list[str]:
        """`./usher invite` with these."""
        return [sys.executable, "-m", "deploy", "invite", *map(str, arguments)]

    def invite(self, *arguments: object, answer: str = "", **environment: str) -> tuple[int, str]:
        """Runs it: the exit code, and all that it said. `answer`: what is typed, "" where nobody is there."""
        done = subprocess.run(
            self.command(*arguments),
            input=answer,
            env=self.environment | environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE * 2,
            check=False,
        )
        assert "Traceback" not in done.stdout, done.stdout
        return done.returncode, " ".join(done.stdout.split())

    def batch(self) -> Review:
        """The company's newest batch."""
        found = self.company.http.get("/api/v1/batches").json()["items"]
        return Review(self.company, found[0]["id"]).look()


@pytest.fixture
def terminal(company: Company, tmp_path: Path) -> Terminal:
    """The terminal of an admin whose company has 50 licenses."""
    return Terminal(company, tmp_path)


def test_yes_invites_and_changes_and_waits_until_all_is_done(terminal: Terminal) -> None:
    company = terminal.company
    code, said = terminal.invite(
        terminal.workbook(company.person("ann"), {"Email": company.admin, "Title": "Boss"}),
        "--yes",
        "--message",
        "Welcome aboard.",
    )
    assert code == 0, said
    assert f"2 {company.email('ann')} Ada Moss" in said, "who will be invited is shown before"
    assert f"{company.admin} title Boss" in said, "what will change is shown before"
    assert "1 to invite, 1 to change, 0 stay as they are. It takes 1 of 49 available licenses, and leaves 48." in said
    assert said.endswith("Done. Invited 1, changed 1, e-mails sent 1.")
    assert (company.user(company.email("ann"))["status"], company.user(company.admin)["title"]) == ("waiting", "Boss")
    assert "writes: “Welcome aboard.”" in mails(company.stack, company.email("ann"))[0]["text"]


def test_a_csv_goes_the_same_way(terminal: Terminal) -> None:
    file = terminal.folder / "leute.csv"
    lines = ["E-Mail;Vorname;Nachname;Abteilung", f"{terminal.company.email('uwe')};Uwe;Müller;Sales"]
    file.write_bytes("\r\n".join(lines).encode("cp1252"))
    code, said = terminal.invite(file, "--yes")
    assert code == 0 and said.endswith("Done. Invited 1, changed 0, e-mails sent 1."), said


def test_it_asks_before_it_confirms(terminal: Terminal) -> None:
    file = terminal.workbook(terminal.company.person("ann"))
    code, said = terminal.invite(file, answer="n\n")
    assert (code, terminal.batch().status, terminal.company.seats()["occupied"]) == (4, "cancelled", 1), said
    assert "Confirm? [y/N]" in said and said.endswith("Cancelled. Nothing has happened to anybody.")
    code, said = terminal.invite(file, answer="y\n")
    assert (code, terminal.batch().status, terminal.company.seats()["occupied"]) == (0, "completed", 2), said


def test_where_nobody_is_there_to_answer_nothing_is_confirmed_and_the_file_waits(terminal: Terminal) -> None:
    code, said = terminal.invite(terminal.workbook(terminal.company.person("ann")))
    assert (code, terminal.batch().status) == (4, "ready_for_review"), said
    assert f"/batches/{terminal.batch().id}" in said and "--yes" in said


def test_errors_are_a_table_and_the_annotated_copy_stands_beside_the_file(terminal: Terminal) -> None:
    company = terminal.company
    wrong = company.person("ann") | {"Functional Area": "Finanze", "Reports To": "nobody@nowhere.example"}
    code, said = terminal.invite(terminal.workbook(wrong, company.person("bob"), name="q3.xlsx"), "--yes")
    assert code == 3, said
    assert "2 Functional Area Finanze" in said and "2 Reports To nobody@nowhere.example" in said
    assert "1 of 2 rows need a correction." in said and "Nothing has happened" not in said.partition("Upload")[0]
    sheet = load_workbook(terminal.folder / "q3 (with errors).xlsx").worksheets[0]
    assert "Errors" in [cell.value for cell in sheet[1]]
    assert company.seats()["occupied"] == 1


def test_a_correction_replaces_the_first_and_an_earlier_copy_is_never_overwritten(terminal: Terminal) -> None:
    company = terminal.company
    file = terminal.workbook(company.person("ann", Last_Name=None))
    (terminal.folder / "people (with errors).xlsx").write_text("being corrected")
    code, said = terminal.invite(file, "--yes")
    faulty = terminal.batch()
    assert (code, faulty.status) == (3, "needs_correction")
    assert f"--replaces {faulty.id}" in said
    assert (terminal.folder / "people (with errors).xlsx").read_text() == "being corrected"
    assert load_workbook(terminal.folder / "people (with errors) 2.xlsx")
    code, said = terminal.invite(terminal.workbook(company.person("ann")), "--yes", "--replaces", faulty.id)
    assert (code, faulty.look().status) == (0, "superseded"), said


def test_suggestions_are_accepted_and_the_rest_left_out_where_it_is_asked_for(terminal: Terminal) -> None:
    company = terminal.company
    rows = (company.person("ann", Functional_Area="Sale"), company.person("bob", Region="Mars"), company.person("cyd"))
    code, said = terminal.invite(terminal.workbook(*rows), "--yes", "--accept-suggestions", "--leave-out-errors")
    assert code == 0, said
    assert "1 cells corrected as suggested, 1 rows left out." in said and "3 Region Mars" in said
    assert said.endswith("Done. Invited 2, changed 0, e-mails sent 2.")
    rest = load_workbook(terminal.folder / "people (left out).xlsx").worksheets[0]
    assert [str(line[0].value) for line in rest.iter_rows(min_row=2) if line[0].value] == [company.email("bob")]
    wrong = terminal.workbook(company.person("dan", Region="Mars"), name="wrong.xlsx")
    code, said = terminal.invite(wrong, "--yes", "--accept-suggestions", "--leave-out-errors")
    assert (code, terminal.batch().status) == (3, "needs_correction"), "nothing would be left"


def test_a_file_that_changes_nothing_is_done_without_a_question(terminal: Terminal) -> None:
    code, said = terminal.invite(terminal.workbook({"Email": terminal.company.admin}))
    assert (code, terminal.batch().status) == (0, "cancelled"), said
    assert "nothing to confirm" in said and "Confirm?" not in said


def test_too_few_licenses_say_how_many(new_company: NewCompany, tmp_path: Path) -> None:
    terminal = Terminal(new_company(purchased_licenses=2), tmp_path)
    people = [terminal.company.person(name) for name in ("ann", "bob", "cyd")]
    code, said = terminal.invite(terminal.workbook(*people), "--yes")
    assert code == 5 and "needs 3 licenses and 1 is available" in said, said


def test_licenses_that_went_between_review_and_confirmation_bring_it_back(
    new_company: NewCompany, tmp_path: Path
) -> None:
    terminal = Terminal(new_company(purchased_licenses=2), tmp_path)
    company = terminal.company
    with Asked(terminal, terminal.workbook(company.person("ann"))) as asked:
        company.invite("bob")
        code, said = asked.answer("y")
    assert code == 5 and "Nothing was done: others took licenses" in said, said
    assert company.seats()["occupied"] == 2


def test_a_review_that_went_stale_is_shown_and_asked_again(terminal: Terminal) -> None:
    company = terminal.company
    company.active("boss")
    with Asked(terminal, terminal.workbook(company.person("ann", Title="AE"))) as asked:
        company.invite("ann")  # the row is a change from now on
        asked.type("y")
        asked.sees("Confirm?", "users or settings of your company changed after the review", "title", "Confirm?")
        code, said = asked.answer("y")
    assert code == 0 and said.endswith("changed 1, e-mails sent 0."), said


def test_ctrl_c_at_the_question_leaves_the_file_waiting_and_says_where(terminal: Terminal) -> None:
    with Asked(terminal, terminal.workbook(terminal.company.person("ann"))) as asked:
        asked.process.send_signal(signal.SIGINT)
        code, said = asked.end()
    batch = terminal.batch()
    assert (code, batch.status) == (130, "ready_for_review"), said
    assert f"Nothing has happened to anybody. The file waits at {terminal.environment['USHER_URL']}/batches/" in said


def test_ctrl_c_after_the_confirmation_says_that_it_goes_on_and_it_does(terminal: Terminal) -> None:
    people = [terminal.company.person(f"p{n}") for n in range(40)]
    with Asked(terminal, terminal.workbook(*people)) as asked:
        asked.type("y")
        eventually(lambda: terminal.batch().status != "ready_for_review", "a confirmation")
        asked.process.send_signal(signal.SIGINT)
        code, said = asked.end()
    assert code in (130, 0), said  # it may have been quicker than the signal
    assert code == 0 or "goes on" in said or "Whether it arrived" in said, said
    assert terminal.batch().wait("completed").batch["progress"]["invited"] == 40


def test_what_another_admin_has_to_approve_is_left_to_them(terminal: Terminal) -> None:
    terminal.company.provision(approval={"rows": 0, "share": None})
    code, said = terminal.invite(terminal.workbook(terminal.company.person("ann")), "--yes")
    assert (code, terminal.batch().status) == (7, "awaiting_approval"), said
    assert "wants another admin to approve" in said and f"/batches/{terminal.batch().id}" in said


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"USHER_TOKEN": "nonsense"}, "Give a fresh token by --token or USHER_TOKEN. The upload did not end"),
        ({"USHER_TOKEN": ""}, "give an admin's access token by --token or USHER_TOKEN"),
        ({"USHER_URL": "http://127.0.0.1:9"}, "http://127.0.0.1:9/ cannot be reached"),
        ({"USHER_URL": "http://usher.invalid"}, "http://usher.invalid/ cannot be reached"),
        ({"USHER_URL": "usher.example.com"}, "is not an address. Say it with https://"),
    ],
)
def test_what_keeps_it_from_beginning_is_one_sentence(
    terminal: Terminal, environment: dict[str, str], words: str
) -> None:
    code, said = terminal.invite(terminal.workbook(terminal.company.person("ann")), "--yes", **environment)
    assert code == 1 and words in said, said
    assert terminal.company.http.get("/api/v1/batches").json()["items"] == []


def test_an_address_where_something_else_answers_is_named(terminal: Terminal) -> None:
    mailbox = terminal.company.stack.url("mailbox")
    code, said = terminal.invite(terminal.workbook(terminal.company.person("ann")), "--url", mailbox)
    assert code == 1 and f"{mailbox}/api/v1/batches answered" in said, said


def test_who_may_not_manage_users_and_another_plan_are_told_so(terminal: Terminal, new_company: NewCompany) -> None:
    company = terminal.company
    file = terminal.workbook(company.person("ann"))
    code, said = terminal.invite(file, "--token", company.stack.token(company.id, company.admin))
    assert code == 1 and "manage_users" in said, said
    company.provision(plan="basic")
    code, said = terminal.invite(file, "--yes")
    assert code == 1 and "the plan Plus" in said, said


@pytest.mark.parametrize(("mib", "words"), [(36, "larger than 35 MiB"), (100, "so large a file is not taken")])
def test_a_file_that_is_too_large_is_refused_in_words(terminal: Terminal, mib: int, words: str) -> None:
    large = terminal.folder / "large.xlsx"
    with large.open("wb") as file:
        file.write(grid(terminal.company.person("ann")))
        file.truncate(mib * 2**20)
    code, said = terminal.invite(large, "--yes")
    assert code == 1 and words in said, said


def test_what_is_no_workbook_and_what_is_not_there_are_refused_in_words(terminal: Terminal) -> None:
    code, said = terminal.invite(_text(terminal.folder), "--yes")
    assert code == 1 and "neither an Excel workbook" in said, said
    code, said = terminal.invite(terminal.folder / "nowhere.xlsx")
    assert code == 2 and "does not exist" in said, said


def _text(folder: Path) -> Path:
    file = folder / "people.txt"
    file.write_text("Dear all,\nhere is the list\n")
    return file


class Asked:
    """`./usher invite` at a terminal, up to its question."""

    def __init__(self, terminal: Terminal, file: Path) -> None:
        self._keyboard, end = pty.openpty()
        self._said = terminal.folder / "said.txt"
        with self._said.open("wb") as out:
            self.process = subprocess.Popen(
                terminal.command(file),
                stdin=end,
                stdout=out,
                stderr=out,
                env=terminal.environment,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
            )
        os.close(end)

    def __enter__(self) -> "Asked":
        self.sees("Confirm?")
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        os.close(self._keyboard)

    def sees(self, *words: str) -> None:
        """Waits until these words stand there, in this order."""

        def look() -> bool:
            rest = self.said()
            for each in words:
                _, found, rest = rest.partition(each)
                if not found:
                    return False
            return True

        eventually(look, f"{words} in: {self.said()}")

    def said(self) -> str:
        """All that was said so far."""
        return " ".join(self._said.read_text().split())

    def type(self, line: str) -> None:
        """Types a line."""
        os.write(self._keyboard, f"{line}\n".encode())

    def answer(self, line: str) -> tuple[int, str]:
        """Types it, and waits for the end: the exit code, and all that was said."""
        self.type(line)
        return self.end()

    def end(self) -> tuple[int, str]:
        """How it ended, and all that was said."""
        return self.process.wait(PATIENCE), self.said()
