"""What is shared is mechanism: it holds none of the product's words, but for people and contracts. What a mechanism has
to know of the product a service hands in."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"
OF_THE_PRODUCT = {"people", "contracts"}
"""The folders that hold its words."""
MECHANISM = sorted(path for path in SHARED.rglob("*.py") if path.relative_to(SHARED).parts[0] not in OF_THE_PRODUCT)

WORDS = set(
    re.findall(
        r"\w+",
        """
    invitation invitations invite invited license licenses licensing seat seats batch batches workbook workbooks
    sheet admin admins plan plans manager managers deactivated upload notification validation
    """,
    )
)
TECHNICAL = re.compile(
    r"AIOKafkaAdminClient|AdminShutdownError|AbstractAsyncContextManager|AbstractContextManager|(HTTP|Request)?Validation"
    r"(Error)?|_answer_validation|BatchBuilder|BatchSpanProcessor|create_batch|send_batch|batch_timeout_ms|max_batch_size"
    r"|batch_headers|ProducerBatch|producer_batch|batch_failed|messaging\.batch\.message_count|LARGEST_BATCH"
)
"""Words of libraries and of Kafka that are written alike."""
OF_A_FORMAT = {"workbooks": {"workbook", "workbooks", "sheet"}}
"""Words that a file format has for its own parts, by the folder that is about it."""
EXCEPTIONS = {
    # Every service has been told these since its first release: settings keep their names.
    "core/settings.py": {
        "licensing_url",
        "Where other services reach licensing.",
        "notification_url",
        "Where other services reach notification.",
    },
    "messaging/outbox_relay.py": {"batch"},
    "messaging/broker.py": {"batch"},  # FastStream's parameter
    "messaging/producer_batch.py": {"a message for", " is larger than a whole batch"},
    "messaging/restore.py": {"admin"},  # Kafka's admin client
}


def spoken(tree: ast.Module) -> Iterator[str]:
    """Identifiers and texts of a module, without its docstrings."""
    docstrings = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.alias(name=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.keyword(arg=str(name)):
                yield name
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                yield text
            case _:
                pass


def business_words(
    source: str, allowed: frozenset[str] = frozenset(), technical: frozenset[str] = frozenset()
) -> set[str]:
    """What in a module's source speaks of the product. `technical`: words that are none of it here."""
    words = WORDS - technical
    return {
        said
        for said in spoken(ast.parse(source))
        if said not in allowed
        and words & {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", TECHNICAL.sub("", said))}
    }


@pytest.mark.parametrize("path", MECHANISM, ids=lambda path: str(path.relative_to(SHARED)))
def test_a_mechanism_holds_no_word_of_the_product(path: Path) -> None:
    allowed = frozenset(EXCEPTIONS.get(str(path.relative_to(SHARED)), set()))
    technical = frozenset(OF_A_FORMAT.get(path.relative_to(SHARED).parts[0], set()))
    assert business_words(path.read_text(), allowed, technical) == set()


@pytest.mark.parametrize(
    "source",
    [
        "def find_seat(): ...",
        "InvitationKey = 1",
        "raise Refused('Ask an admin of your company.')",
        "run(batch_id=1)",
        "def run(license_count): ...",
        "from shared.people import plan",
    ],
)
def test_such_a_word_is_found_wherever_it_stands(source: str) -> None:
    assert business_words(source)


@pytest.mark.parametrize("source", ["'''Of batches and seats.'''", "create_batch()", "x: AIOKafkaAdminClient"])
def test_docstrings_and_words_of_libraries_are_none(source: str) -> None:
    assert not business_words(source)
