"""The search for somebody in bytes finds them in each form in which something may be kept, and nobody else."""

import base64
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable

import pytest

from tests.e2e.kept_bytes import where

VALUE = "Zqxanneliese"
TEXT = f'{{"first_name":"{VALUE}"}}'.encode()


def _zipped(data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/sharedStrings.xml", data)
    return made.getvalue()


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "upper case": bytes.upper,
    "UTF-16, little": lambda data: data.decode().encode("utf-16-le"),
    "UTF-16, big": lambda data: data.decode().encode("utf-16-be"),
    **{f"base64, {n} before": lambda data, n=n: base64.b64encode(b"-" * n + data) for n in range(3)},
    "hexadecimal": lambda data: b"\\x" + data.hex().encode(),
    "zlib": zlib.compress,
    "zlib behind others": lambda data: zlib.compress(b"somebody else") + zlib.compress(data),
    "gzip": gzip.compress,
    "a workbook": _zipped,
    "a workbook behind a head": lambda data: b"head" + _zipped(data),
}


@pytest.mark.parametrize("form", FORMS)
def test_they_are_found_in_each_form(form: str) -> None:
    assert where(iter([("here", FORMS[form](TEXT))]), [VALUE, "Zqxother"]) == {"here": {VALUE}}


@pytest.mark.parametrize("form", FORMS)
def test_who_is_not_there_is_not_found(form: str) -> None:
    assert where(iter([("here", FORMS[form](TEXT.replace(b"nn", b"n")))]), [VALUE]) == {}
