"""The public events: their wire form is pinned, their schemas are current, and nothing that is published may break."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel

import services.licensing.domain.stored_events as licensing
import services.notification.domain.stored_events as notification
import services.upload.domain.stored_events as upload
import services.validation.domain.stored_events as validation
import usher_contracts
from usher_contracts import EVENTS, TOPICS, Event, Row, Undecodable, UndoRow, UnknownType, __version__, parse
from usher_contracts.examples import EXAMPLES, ROW, UNDO_ROW
from usher_contracts.publication import breaks, check, release, version_of, write
from usher_contracts.schemas import asyncapi, event_name, subject_of
from usher_contracts.topics import LICENSES

GOLDEN = Path(__file__).parents[2] / "contracts" / "golden"
GOLDEN_FILES = sorted(GOLDEN.glob("*.json"))
by_name = pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: type(e).__name__)


def test_every_event_is_exported_and_has_one_example_by_which_it_is_in_the_catalogue() -> None:
    declared = {event for event in below(Event) if "type" in vars(event)}
    assert declared == set(EVENTS)
    assert len(declared) == len(EVENTS)
    assert all(getattr(usher_contracts, event.__name__) is event for event in declared)


def below(event: type[Event]) -> Iterator[type[Event]]:
    for each in event.__subclasses__():
        yield each
        yield from below(each)


def newest(name: str) -> Path:
    """The event's golden file of today. A shape that has grown has one more, numbered: `BatchUploaded.v1.2.json`."""
    return max(GOLDEN.glob(f"{name}*.json"), key=lambda path: (len(path.name), path.name))


@by_name
def test_an_examples_wire_form_is_its_golden_file(example: Event) -> None:
    golden = json.loads(newest(event_name(type(example))).read_text())
    assert json.loads(example.model_dump_json()) == golden


@pytest.mark.parametrize("path", GOLDEN_FILES, ids=lambda p: p.stem)
def test_whatever_was_ever_published_is_still_read(path: Path) -> None:
    if row := {"Row": Row, "UndoRow": UndoRow}.get(path.stem.partition(".")[0]):
        assert row.model_validate_json(path.read_bytes()) is not None
    else:
        assert isinstance(parse(f"usher.{'.'.join(path.stem.split('.')[:2])}", path.read_bytes()), Event)


def test_a_row_of_a_batch_is_its_golden_file() -> None:
    assert json.loads(ROW.model_dump_json()) == json.loads(newest("Row.v1").read_text())
    assert json.loads(UNDO_ROW.model_dump_json()) == json.loads(newest("UndoRow.v1").read_text())


@by_name
def test_reading_gives_back_what_was_written(example: Event) -> None:
    assert parse(example.type, example.model_dump_json()) == example


@by_name
def test_the_key_is_the_company_and_in_the_directory_the_user(example: Event) -> None:
    topic = next(t for t in TOPICS if t.name == example.topic)
    assert example.key == getattr(example, topic.key)


def test_a_field_that_nobody_knows_is_ignored() -> None:
    data = json.loads(EXAMPLES[0].model_dump_json()) | {"of_a_later_version": 1}
    assert parse(EXAMPLES[0].type, json.dumps(data)) == EXAMPLES[0]


def test_an_unknown_type_says_so() -> None:
    with pytest.raises(UnknownType):
        parse("usher.SomethingNew.v1", b"{}")


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"{", b"[]", b"null", b"{}", b'"text"'])
def test_bytes_that_are_no_event_say_so_without_their_content(data: bytes) -> None:
    with pytest.raises(Undecodable):
        parse("usher.UserInvited.v1", data)


def test_an_error_never_shows_the_values() -> None:
    with pytest.raises(Undecodable) as raised:
        parse("usher.BatchProcessed.v1", b'{"company_id": "c", "batch_id": "b", "invited": "secret"}')
    assert "secret" not in str(raised.value)
    assert "invited" in str(raised.value)


def _rename_total(data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "usher.BatchProcessed.v1", {**data, "invited": data["total"], "changed": 0, "unchanged": 0}


def _add_batch(data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "usher.BatchTotal.v0", {**data, "batch_id": data["id"]}


UPCASTERS = {"usher.BatchTotal.v0": _rename_total, "usher.BatchId.v0": _add_batch}


def test_old_versions_are_lifted_step_by_step() -> None:
    event = parse("usher.BatchId.v0", b'{"company_id": "c", "id": "b", "total": 3}', UPCASTERS)
    assert json.loads(event.model_dump_json()) == {
        "company_id": "c",
        "batch_id": "b",
        "invited": 3,
        "changed": 0,
        "unchanged": 0,
        "cancelled": 0,
    }


@pytest.mark.parametrize("data", [b"[]", b"nonsense", b"null", b"\xff"])
def test_an_old_version_that_is_no_object_is_undecodable(data: bytes) -> None:
    with pytest.raises(Undecodable):
        parse("usher.BatchTotal.v0", data, UPCASTERS)


def test_an_upcaster_to_nowhere_is_an_unknown_type() -> None:
    with pytest.raises(UnknownType):
        parse("usher.Gone.v0", b"{}", {"usher.Gone.v0": lambda data: ("usher.Nowhere.v1", data)})


def test_the_committed_schemas_are_those_of_the_models_and_break_nobody_who_has_the_last_release() -> None:
    assert check() == []


def test_schemas_that_differ_or_are_missing_are_named(tmp_path: Path) -> None:
    assert write(tmp_path, tmp_path / "none") == []
    assert check(tmp_path, tmp_path / "none") == []
    (tmp_path / "Row.v1.json").unlink()
    (tmp_path / "asyncapi.json").write_text("{}")
    (tmp_path / "Gone.v1.json").write_text("{}")
    assert [p.split(" ")[0] for p in check(tmp_path, tmp_path / "none")] == [
        "Row.v1.json",
        "Gone.v1.json",
        "asyncapi.json",
    ]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Schemas as they are now, and a last release, 0.9.0, that is the same."""
    now, released = tmp_path / "schemas", tmp_path / "released"
    write(now, released)
    assert version_of(released) is None
    assert release(now, released) == []
    change(released / "asyncapi.json", lambda document: document["info"].update(version="0.9.0"))
    return now, released


def change(path: Path, how: Callable[[dict[str, Any]], object]) -> None:
    """Rewrites a JSON file."""
    document = json.loads(path.read_text())
    how(document)
    path.write_text(json.dumps(document))


def required(name: str) -> Callable[[dict[str, Any]], object]:
    """As if a field had been released as one that is always there."""

    def add(schema: dict[str, Any]) -> None:
        schema["properties"][name] = {"type": "integer"}
        schema["required"].append(name)

    return add


def test_a_change_that_breaks_who_has_the_last_release_is_neither_written_nor_released(
    folders: tuple[Path, Path],
) -> None:
    now, released = folders
    change(released / "BatchProcessed.v1.json", required("skipped"))
    before = (released / "BatchProcessed.v1.json").read_text()
    (now / "BatchProcessed.v1.json").unlink()  # taking the present schema away first does not help
    assert [p.split(":")[0] for p in write(*folders)] == ["BatchProcessed.v1"]
    assert [p.split(":")[0] for p in check(*folders) if "contracts write" not in p] == ["BatchProcessed.v1"]
    assert release(*folders) != []
    assert (released / "BatchProcessed.v1.json").read_text() == before


def test_an_event_that_was_released_cannot_be_taken_away(folders: tuple[Path, Path]) -> None:
    (folders[1] / "UserPromoted.v1.json").write_text("{}")
    assert [p.split(":")[0] for p in check(*folders)] == ["UserPromoted.v1"]


def test_a_change_after_a_release_needs_a_new_version(folders: tuple[Path, Path]) -> None:
    _, released = folders
    assert check(*folders) == []
    change(released / "asyncapi.json", lambda document: document["info"].update(version=__version__))
    assert [p.partition(":")[0] for p in check(*folders)] == [f"Something has changed since {__version__} was released"]


class Before(BaseModel):
    name: str
    kind: Literal["a", "b"]
    note: str | None = None


class WithOptional(Before):
    more: int | None = None


class WithRequired(Before):
    more: int


class WithNewValue(Before):
    kind: Literal["a", "b", "c"]  # type: ignore[reportIncompatibleVariableOverride]  # that is the change


class WithoutNote(BaseModel):
    name: str
    kind: Literal["a", "b"]


class OtherType(Before):
    name: int  # type: ignore[reportIncompatibleVariableOverride]  # that is the change


@pytest.mark.parametrize(
    ("after", "problems"),
    [(Before, 0), (WithOptional, 0), (WithRequired, 1), (WithNewValue, 1), (WithoutNote, 1), (OtherType, 2)],
)
def test_only_optional_fields_can_be_added(after: type[BaseModel], problems: int) -> None:
    def schema(model: type[BaseModel], mode: Literal["serialization", "validation"]) -> dict[str, Any]:
        return model.model_json_schema(mode=mode)

    found = breaks("X", schema(Before, "serialization"), schema(after, "serialization"), schema(after, "validation"))
    assert len(found) == problems


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi()
    references = re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document))
    assert len(references) > len(EVENTS)
    for reference in references:
        node: Any = document
        for part in reference.split("/"):
            node = node[part]


def test_subscribers_need_pydantic_alone() -> None:
    script = """
import sys, usher_contracts
allowed = {"usher_contracts", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection", "annotated_types"}
foreign = {name.split(".")[0] for name in sys.modules} - set(sys.stdlib_module_names) - allowed - BEFORE
print(sorted(name for name in foreign if not name.startswith(("_", "pydantic"))))
"""
    package = Path(__file__).parents[3] / "shared" / "contracts"
    before = "import sys; BEFORE = {name.split('.')[0] for name in sys.modules}\n"
    path = f"import sys; sys.path.insert(0, {str(package)!r})\n"
    done = subprocess.run([sys.executable, "-c", before + path + script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_example_of_the_asyncapi_document_has_all_headers_and_is_read_by_them() -> None:
    document = asyncapi()
    wanted = set(document["components"]["messageTraits"]["cloudEvent"]["headers"]["required"])
    for message in document["components"]["messages"].values():
        for example in message["examples"]:
            assert wanted <= example["headers"].keys()
            read = parse(example["headers"]["ce_type"], json.dumps(example["payload"]))
            assert read.company_id == example["headers"]["ce_companyid"]
            assert example["headers"]["ce_source"].removeprefix("/usher/") == next(
                topic.owner for topic in TOPICS if topic.name == read.topic
            )


@pytest.mark.parametrize(
    ("event", "stream"),
    [
        (usher_contracts.BatchUploaded, upload.stream_of),
        (usher_contracts.BatchValidated, validation.stream_of),
        (usher_contracts.BatchProcessed, licensing.confirmation_stream),
        (usher_contracts.UndoReviewed, licensing.undo_stream),
        (usher_contracts.BatchCompleted, notification.batch_stream),
    ],
)
def test_an_examples_subject_is_its_owners_stream(event: type[Event], stream: Callable[[Any], str]) -> None:
    (example,) = [each for each in EXAMPLES if type(each) is event]
    assert subject_of(example) == stream(example.model_dump()["batch_id"])


def test_an_event_whose_stream_is_not_said_has_no_example_of_a_wrong_one() -> None:
    class Unheard(Event):
        topic = LICENSES
        batch_id: str

    with pytest.raises(TypeError, match="Unheard"):
        subject_of(Unheard(company_id=EXAMPLES[0].company_id, batch_id="b"))


def test_topics_keep_events_for_90_days_directory_and_erasures_the_newest_of_each() -> None:
    policies = {topic.name: (topic.config["cleanup.policy"], topic.config["retention.ms"]) for topic in TOPICS}
    assert policies.pop("usher.directory.v1") == ("compact", "-1")
    assert policies.pop("usher.erasures.v1") == ("compact", "-1")
    assert set(policies.values()) == {("delete", str(90 * 24 * 3600 * 1000))}
    assert replace(TOPICS[0], retention_days=0).config["retention.ms"] == "-1"
    tombstones = [topic.config.get("delete.retention.ms") for topic in TOPICS if topic.compacted]
    assert set(tombstones) == {str(7 * 24 * 3600 * 1000)}
