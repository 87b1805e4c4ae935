"""One trace goes from the upload to the mail, through all services; logs say where in it they stand; no secret does."""

import re
from collections.abc import Sequence

import httpx
import pytest

from tests.e2e.operations.collector import Seen
from tests.e2e.operations.conftest import Pair
from tests.e2e.outside import Company, Review, eventually, mails
from tests.e2e.workbooks import grid
from tests.patience import PATIENCE

WAY = (
    ("upload", "POST /api/v1/batches"),
    ("upload", "sandbox sniff"),
    ("upload", "publish"),
    ("validation", "process usher.batches.v1"),
    ("validation", "job validate"),
    ("validation", "sandbox read"),
    ("validation", "publish"),
    ("upload", "process usher.validations.v1"),
    ("upload", "ConfirmBatch"),
    ("licensing", "process usher.batches.v1"),
    ("licensing", "job confirm"),
    ("licensing", "publish"),
    ("notification", "process usher.users.v1"),
    ("notification", "SMTP send"),
    ("notification", "complete batch"),
    ("licensing", "process usher.invitations.v1"),
    ("upload", "process usher.invitations.v1"),
)
"""Service and span, as a batch comes by."""


class Story:
    """A batch from its upload to its end, and its spans."""

    def __init__(self, pair: Pair) -> None:
        self.company = Company(pair.stack)
        self.uploaded = self.company.upload(grid(self.company.person("ada")))
        self.review = Review(self.company, self.uploaded.json()["id"]).wait("ready_for_review")
        self.confirmed = self.review.do("confirm", {"review": 1})
        self.review.wait("completed")
        self.trace = trace_of(self.uploaded)
        self._pair = pair

    def spans(self) -> list[Seen] | None:
        """All that a batch leaves; None until the last of them has come, from whichever service sends it last."""
        found = self._pair.collector.trace(self.trace)
        there = {(span.service.removeprefix("usher-"), span.name) for span in found}
        return found if there >= set(WAY) and len(roots(found)) == 1 else None


def roots(spans: Sequence[Seen]) -> list[Seen]:
    """The spans that nothing known leads to."""
    known = {span.id for span in spans}
    return [span for span in spans if span.parent not in known]


def trace_of(answer: httpx.Response) -> str:
    """The trace that an answer belongs to."""
    return answer.headers["traceparent"].split("-")[1]


@pytest.fixture(scope="module")
def story(pair: Pair) -> Story:
    return Story(pair)


def test_a_batch_is_one_trace_through_all_services(pair: Pair, story: Story) -> None:
    spans = eventually(story.spans, f"all of {WAY}, there is {pair.collector.trace(story.trace)}")
    assert [span.name for span in roots(spans)] == ["POST /api/v1/batches"], "one root"
    assert {span.service for span in spans} == {
        "usher-upload",
        "usher-validation",
        "usher-licensing",
        "usher-notification",
    }
    assert [span.name for span in spans if span.error] == []


def test_the_mail_descends_from_the_confirmation(story: Story) -> None:
    spans = eventually(story.spans, f"all of {WAY}")
    by_id = {span.id: span for span in spans}
    invitation = next(
        each for each in spans if each.name == "SMTP send" and each.attributes["usher.mail.kind"] == "invitation"
    )
    above: list[str] = []
    while invitation.parent:
        invitation = by_id[invitation.parent]
        above.append(invitation.name)
    assert above == [
        "process usher.users.v1",
        "job confirm",
        "process usher.batches.v1",
        "ConfirmBatch",
        "POST /api/v1/batches",
    ]


def test_the_confirming_request_is_linked_to_the_batchs_trace(pair: Pair, story: Story) -> None:
    spans = eventually(story.spans, f"all of {WAY}")
    confirm = next(each for each in spans if each.name == "ConfirmBatch")
    assert confirm.links == {trace_of(story.confirmed)}
    requests = pair.collector.trace(trace_of(story.confirmed))
    assert [each.name for each in requests] == ["POST /api/v1/batches/{batch_id}/confirm"]


def test_a_callers_trace_goes_on_that_comes_by_the_proxy(pair: Pair) -> None:
    company = Company(pair.stack)
    mine = f"00-{'5ca1ab1e' * 4}-{'b' * 16}-01"
    company.http.headers["traceparent"] = mine
    company.upload(grid(company.person("ada")))
    eventually(
        lambda: [each for each in pair.collector.trace("5ca1ab1e" * 4) if each.service == "usher-validation"],
        "validation's spans in the trace of the one who called",
    )


def test_logs_name_the_trace_and_the_batch(pair: Pair, story: Story) -> None:
    def services() -> set[str] | None:
        ids = (f"trace_id={story.trace}", f"correlation_id={story.review.id}")
        lines = [line for line in pair.stack.lines if all(each in line for each in ids)]
        found = {line.split()[0].split("-")[0] for line in lines if re.search(r"span_id=[0-9a-f]{16}", line)}
        return found if found >= {"validation", "licensing"} else None

    eventually(services, "lines with both ids")


def test_no_secret_and_nobodys_name_stands_in_a_span(pair: Pair, story: Story) -> None:
    text = mails(pair.stack, story.company.email("ada"))[0]["text"]
    link = re.search(r"/join/([^\s/?]+)", text)
    assert link is not None
    token = link[1]
    httpx.get(f"{pair.stack.url('upload')}/join/{token}", timeout=PATIENCE).raise_for_status()
    eventually(lambda: [each for each in pair.collector.spans if "/join/" in each.name], "the span of the opened link")
    told = b"".join(pair.collector.bodies)
    for secret in (token, story.company.http.headers["authorization"].removeprefix("Bearer "), "ada@", "Moss"):
        assert secret.encode() not in told, secret
