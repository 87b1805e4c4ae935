"""All that the product keeps, as bytes, for whoever looks whether somebody is in it."""

import base64
import io
import json
import re
import subprocess
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql

from deploy.devstack.postgres import binaries
from deploy.operate.services import SERVICES
from tests.stack import TestStack

_PACKED = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
"""Where something begins that zlib or gzip may have packed: row blocks lie one behind the other in a file."""


def kept(stack: TestStack) -> Iterator[tuple[str, bytes]]:
    """Each value of each table of the four databases, and each object of the store, with a word of where it is."""
    for service in SERVICES:
        with psycopg.connect(stack.stack.database_url(service)) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (table,) in tables:
                cursor = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
                columns = [column.name for column in cursor.description or ()]
                for row in cursor:
                    for column, value in zip(columns, row, strict=True):
                        yield f"{service}.{table}.{column}", _bytes(value)
    for file in (stack.data / "blobs").rglob("*"):
        if file.is_file():
            yield f"object {file.relative_to(stack.data)}", f"{file.name} ".encode() + file.read_bytes()


def dumps(stack: TestStack) -> Iterator[tuple[str, bytes]]:
    """Each database as `pg_dump` writes it: all that a backup would keep."""
    for service in SERVICES:
        command = (binaries() / "pg_dump", stack.stack.database_url(service))
        done = subprocess.run(command, capture_output=True, check=True)
        yield f"{service}'s dump", done.stdout


def segments(stack: TestStack) -> Iterator[tuple[str, bytes]]:
    """What Kafka has on disk: each segment, with its topic."""
    for node in stack.stack.brokers():
        for file in (node.folder / "log").rglob("*.log"):
            yield f"topic {file.parent.name.rpartition('-')[0]}", file.read_bytes()


def where(found: Iterator[tuple[str, bytes]], values: Sequence[str]) -> dict[str, set[str]]:
    """In which places which of the values stand: as they are, in base64, hexadecimal or UTF-16, packed or not, in
    whatever case."""
    said: dict[str, set[str]] = {}
    forms = {value: _forms(value) for value in values}
    for place, data in found:
        for plain in _unpacked(data):
            lower = plain.lower()
            inside = {
                value
                for value, (in_text, in_base64) in forms.items()
                if any(form in lower for form in in_text) or any(form in plain for form in in_base64)
            }
            if inside:
                said.setdefault(place, set()).update(inside)
    return said


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)).encode()


def _forms(value: str) -> tuple[list[bytes], list[bytes]]:
    plain = value.encode()
    # Without its first and last signs, which the bytes beside it have a part in.
    shifted = [base64.b64encode(b"\0" * n + plain)[4 if n else 0 :][:-4] for n in range(3)]
    lower = value.lower()
    return [lower.encode(), lower.encode("utf-16-le"), lower.encode("utf-16-be"), plain.hex().encode()], shifted


def _unpacked(data: bytes) -> Iterator[bytes]:
    yield data
    if (at := data.find(b"PK\x03\x04")) >= 0:
        try:
            with zipfile.ZipFile(io.BytesIO(data[at:])) as packed:
                for name in packed.namelist():
                    yield name.encode() + b" " + packed.read(name)
        except zipfile.BadZipFile:
            pass
        return
    for found in _PACKED.finditer(data):
        try:
            yield zlib.decompressobj(wbits=47).decompress(data[found.start() :])
        except zlib.error:
            continue
