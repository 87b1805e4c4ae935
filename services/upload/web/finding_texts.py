"""A row and its findings in the words of a table: who it is, what is wrong, what to do."""

import re

from services.upload.web.ports import Row
from usher_contracts import Finding

_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[“\"A-Z])")


def wrong(finding: Finding) -> str:
    """What is wrong: the message without the sentence that says what to do."""
    sentences = _SENTENCES.split(finding.message)
    return " ".join(sentences[:-1]) if len(sentences) > 1 else finding.message


def advice(finding: Finding) -> str:
    """What to do: the message's last sentence; nothing where it has only one."""
    sentences = _SENTENCES.split(finding.message)
    return sentences[-1].rstrip(".") if len(sentences) > 1 else ""


def full_name(row: Row) -> str:
    """First and last name as the file has them; empty where it has none."""
    return " ".join(name for name in (row.values.first_name, row.values.last_name) if name)


def called(row: Row) -> str:
    """The name, or the address where the file has none."""
    return full_name(row) or row.email
