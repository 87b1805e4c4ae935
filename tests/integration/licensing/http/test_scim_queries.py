"""What a directory asks for: filters, pages, orders and attributes; and bodies that are none."""

import pytest

from tests.integration.licensing.http.directory import (
    ENTERPRISE,
    OWN,
    Directory,
    error,
    replace,
)

pytestmark = pytest.mark.anyio


async def test_filters(scim: Directory) -> None:
    await scim.create("ann", title="AE", **{ENTERPRISE: {"department": "Sales"}})
    bob = await scim.create("bob", title="100%_sure")
    eve = await scim.create("eve", externalId="Ext-Eve")
    await scim.changed(eve["id"], replace("active", False))
    mark = (await scim.get(bob["id"]))["meta"]["lastModified"]
    expected = {
        f'userName eq "{scim.api.email("ANN")}"': ["ann"],
        f'userName eq "{scim.api.email("eve")}"': ["eve"],
        'userName sw "B"': ["bob"],
        'userName ne "x"': ["ann", "bob", "eve"],
        'title co "0%_s"': ["bob"],
        'title co "0_s"': [],
        "title pr": ["ann", "bob"],
        "not (title pr)": ["eve"],
        "active eq true": ["ann", "bob"],
        'active eq "False"': ["eve"],
        'externalId eq "Ext-Eve"': ["eve"],
        'externalId eq "ext-eve"': [],
        'name.givenName eq "ANN" or displayName eq "bob lee"': ["ann", "bob"],
        '(title eq "ae" or title eq "x") and active eq true': ["ann"],
        f'{ENTERPRISE}:department eq "sales"': ["ann"],
        'emails[type eq "work" and value sw "bob"]': ["bob"],
        f'emails.value eq "{scim.api.email("bob")}"': ["bob"],
        f'meta.lastModified ge "{mark}"': ["bob", "eve"],
        f'meta.lastModified lt "{mark}"': ["ann"],
        f'meta.lastModified gt "2000-01-01T00:00:00Z" and meta.lastModified le "{mark}"': ["ann", "bob"],
        'nickName eq "x"': [],
        'nickName ne "x"': ["ann", "bob", "eve"],
        f'id eq "{bob["id"]}"': ["bob"],
        f'{OWN}:status eq "waiting"': ["ann", "bob"],
        'userName eq "x\' OR 1=1 --"': [],
    }
    for text, who in expected.items():
        assert sorted(await scim.find(text)) == who, text


NO_FILTERS = (
    'userName eq "x', "userName", "userName eq", "active gt true", 'active eq "maybe"', 'meta.lastModified gt "soon"',
    "title eq 5", "(" * 200 + "title pr" + ")" * 200 + " and", 'title xx "y"', "x" * 5_000,
)  # fmt: skip


async def test_a_filter_that_is_none_is_refused(scim: Directory) -> None:
    for text in NO_FILTERS:
        error(await scim.call("POST", "/Users/.search", {"filter": text}), 400, "invalidFilter")


async def test_pages_orders_and_attributes(scim: Directory) -> None:
    for local in ("cat", "ann", "bob"):
        await scim.create(local, title=None if local == "bob" else local)
    assert await scim.find(sortBy="userName") == ["ann", "bob", "cat"]
    assert await scim.find(sortBy="userName", sortOrder="descending") == ["cat", "bob", "ann"]
    assert await scim.find(sortBy="title") == ["ann", "cat", "bob"]
    assert await scim.find(sortBy="userName", startIndex=2, count=1) == ["bob"]
    none = (await scim.call("GET", "/Users", params={"count": 0})).json()
    assert (none["totalResults"], none["Resources"], none["itemsPerPage"]) == (3, [], 0)
    past = (await scim.call("GET", "/Users", params={"startIndex": 9, "count": -1})).json()
    assert (past["totalResults"], past["Resources"]) == (3, [])
    some = (await scim.call("GET", "/Users", params={"attributes": "userName", "count": 1})).json()["Resources"][0]
    assert set(some) == {"id", "schemas", "userName"}
    body = {"excludedAttributes": ["emails", "name"], "filter": 'userName sw "ann"', "startIndex": 1, "count": 5}
    less = (await scim.call("POST", "/Users/.search", body)).json()["Resources"]
    assert len(less) == 1 and "emails" not in less[0] and "name" not in less[0] and less[0]["userName"]
    both = (await scim.call("POST", "/.search", {"attributes": ["userName"]})).json()
    assert both["totalResults"] == 3
    error(await scim.call("GET", "/Users", params={"count": "many"}), 400, "invalidValue")
    error(await scim.call("GET", "/Users", params={"sortBy": "nope"}), 400, "invalidPath")


# What is none
async def test_a_body_that_is_none_is_refused(scim: Directory) -> None:
    headers = {"Authorization": f"Bearer {scim.token}", "Content-Type": "application/scim+json"}
    ann = await scim.create("ann")
    for body in (b"", b"{", b"[]", b'"x"', b"null", b"\xff", b'{"userName": 5}', b'{"name": "x"}'):
        for method, path in (("POST", "/Users"), ("PUT", f"/Users/{ann['id']}"), ("PATCH", f"/Users/{ann['id']}")):
            answer = await scim.api.world.client.request(method, f"/scim/v2{path}", content=body, headers=headers)
            error(answer, 400, answer.json().get("scimType"))
    assert await scim.get(ann["id"]) == ann


async def test_texts_that_no_database_holds_are_refused(scim: Directory) -> None:
    for bad in ("a\0b", "\u202eb"):
        said = await scim.call("POST", "/Users", scim.person("ann", title=bad))
        error(said, 400, "invalidValue")
        error(await scim.call("POST", "/Users", scim.person("ann", externalId="a\0b")), 400, "invalidValue")
