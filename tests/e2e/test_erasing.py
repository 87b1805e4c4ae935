"""Somebody is erased from the running product, and what it keeps is looked through by bytes: the four databases, also
as a backup has them, the store's objects, the processes' logs and Kafka's segments. Of these the topics of events may
keep what was published for as long as their retention, 90 days; the directory, which is kept for ever, has a tombstone.
"""

import asyncio
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import uuid4

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.operate.services import SERVICES
from tests.e2e.conftest import NewCompany
from tests.e2e.kept_bytes import dumps, kept, segments, where
from tests.e2e.outside import Company, Review, erased, eventually, mails, platform_client, problem
from tests.e2e.workbooks import grid
from tests.patience import PATIENCE
from tests.stack import TestStack
from usher_contracts import ErasureRequested
from usher_contracts.topics import DIRECTORY, TOPICS, USERS

_LINK = re.compile(r"/join/([A-Za-z0-9_.~-]+)")
PROFILE = {"First_Name": "Zqxanneliese", "Last_Name": "Zqxquistorp", "Title": "Zqxtitle", "Badge": "Zqxbadge"}
LOCAL = "zqxlocalpart"
VALUES = (*PROFILE.values(), LOCAL)
"""Parts of all that says who they are."""
NAMED = frozenset({"Zqxanneliese", "Zqxquistorp", LOCAL})
PLACES = {
    "licensing.events.data": NAMED,
    "licensing.users.search": NAMED,
    "licensing.users.custom_fields": {"Zqxbadge"},
    "validation.people.first_name": {"Zqxanneliese"},
    "validation.people.custom_fields": {"Zqxbadge"},
    "notification.events.data": {LOCAL},
    "notification.webhook_deliveries.body": NAMED,
}
"""Where some of it stands for certain before, whatever else there is."""


@contextmanager
def receiver() -> Generator[tuple[str, list[bytes]]]:
    """A webhook's receiver: its URL, and what it was sent."""
    taken: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", taken
    finally:
        server.shutdown()
        server.server_close()


async def records(stack: TestStack, topic: str) -> list[tuple[bytes, bytes, bytes | None]]:
    """All of a topic: key, type and value."""
    partitions = next(each.partitions for each in TOPICS if each.name == topic)
    places = [TopicPartition(topic, n) for n in range(partitions)]
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=stack.kafka_bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        found: list[tuple[bytes, bytes, bytes | None]] = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                found += [(r.key or b"", dict(r.headers).get("ce_type") or b"", r.value) for r in batch]
        return found
    finally:
        await consumer.stop()


def invited(company: Company) -> Review:
    """By a file in which their region is wrong, and its correction; somebody reports to them."""
    them = company.person(LOCAL, Region="Atlantis", **PROFILE)
    review = company.review(grid(them, company.person("bo", Reports_To=company.email(LOCAL))))
    assert review.status == "needs_correction"
    assert company.http.get(f"{review.url}/annotated.xlsx").status_code == 200
    change = {
        "review": review.batch["review"],
        "replacements": [{"column": "Region", "from": "Atlantis", "to": "EMEA"}],
    }
    company.http.patch(f"{review.url}/corrections", json=change).raise_for_status()
    answer = review.do("corrections/apply", key=uuid4().hex)
    assert answer.status_code == 202, answer.text
    return Review(company, answer.json()["id"]).wait().confirm().wait("completed")


def test_who_has_left_is_nowhere(running: TestStack, new_company: NewCompany) -> None:
    company = new_company(custom_fields=[{"name": "Badge", "required": False, "values": None}])
    token = running.token(company.id, company.admin, "manage_users")
    notification = httpx.Client(
        base_url=running.url("notification"), headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE
    )
    with receiver() as (url, taken):
        notification.post("/api/v1/webhooks", json={"url": url}).raise_for_status()
        review = invited(company)
        email = company.email(LOCAL)
        user_id = company.user(email)["user_id"]
        text = str(mails(running, email)[0])
        company.act("resend", email)
        eventually(lambda: any(email.encode() in body for body in taken), "a delivery about them")
        request = {"user_id": user_id, "reason": f"{PROFILE['First_Name']} asked for it, from {email}."}
        problem(company.team.post("/api/v1/erasures", json=request), 409, "still_member")
        text = str(mails(running, email, 2)[0])
        link = _LINK.search(text)
        assert link, text
        httpx.post(
            f"{running.url('licensing')}/api/v1/invitations/{link[1]}/accept", timeout=PATIENCE
        ).raise_for_status()
        problem(company.team.post("/api/v1/erasures", json=request), 409, "still_member")
        company.act("deactivate", email)
        eventually(
            lambda: any(b"UserDeactivated" in body and user_id.encode() in body for body in taken), "that they left"
        )
        before = where(kept(running), VALUES)
        lacking = {place: texts - before.get(place, set()) for place, texts in PLACES.items()}
        assert not any(lacking.values()), f"what is there is not found, so that it goes says nothing: {lacking}"
        assert any(place.startswith("object ") for place in before)
        in_dumps = where(dumps(running), VALUES)
        assert {f"{service}'s dump" for service in SERVICES} == in_dumps.keys()

        said = erased(company.team, request)

    assert {each["service"] for each in said["services"]} == {"upload", "validation", "licensing", "notification"}
    assert where(kept(running), VALUES) == {}
    assert where(dumps(running), VALUES) == {}
    on_disk = where(segments(running), (*VALUES, user_id))
    assert on_disk[f"topic {USERS}"] >= set(VALUES), "what was published stays for its retention, so it is found"
    assert on_disk[f"topic {ErasureRequested.topic}"] == {user_id}, "who is forgotten is known by ids alone"
    may_keep = {f"topic {each.name}" for each in TOPICS}
    assert on_disk.keys() <= may_keep, "in Kafka's own topics"
    assert where(((f"log line {n}", line.encode()) for n, line in enumerate(running.lines)), VALUES) == {}
    known = platform_client(running).get(f"/api/v1/persons/{email}").raise_for_status().json()
    assert known["items"] == []
    assert company.team.get("/api/v1/team", params={"q": email}).json()["items"] == []
    for client, path in (
        (company.team, "/api/v1/team"),
        (company.team, "/api/v1/activity"),
        (company.team, f"/api/v1/team/{company.user(company.email('bo'))['user_id']}"),
        (company.http, review.url),
        (company.http, f"{review.url}/rows"),
        (company.http, f"{review.url}/original.xlsx"),
        (company.http, "/api/v1/batches"),
    ):
        assert client.get(path).status_code == 200, path
    users = asyncio.run(records(running, USERS))
    assert [value for _, type_, value in users if b"UserErased" in type_ and user_id.encode() in (value or b"")]
    of_them = [value for key, _, value in asyncio.run(records(running, DIRECTORY)) if user_id.encode() in key]
    assert of_them and of_them[-1] is None


def test_who_was_only_a_row_of_a_file_is_nowhere(running: TestStack, company: Company) -> None:
    values = ("Zqyanneliese", "Zqyquistorp", "zqylocalpart")
    cells = {"First_Name": values[0], "Last_Name": values[1]}
    review = company.rows(company.person(values[2], Region="Atlantis", **cells), company.person("bo"))
    assert company.http.get(f"{review.url}/annotated.xlsx").status_code == 200
    review.do("cancel").raise_for_status()
    review.wait("cancelled")
    assert set(values) <= set[str]().union(*where(kept(running), values).values())

    erased(platform_client(running), {"email": company.email(values[2]), "reason": "Asked for by letter."})

    assert where(kept(running), values) == {}
    assert company.http.get(f"{review.url}/rows").status_code in (200, 409)
