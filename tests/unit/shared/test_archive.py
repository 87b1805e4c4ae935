"""Zips that lie, and the one that is written."""

import io
import random
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.archive import Archive, ArchiveLimits, ArchiveRefused
from shared.archive_writer import ArchiveWriter

LIMITS = ArchiveLimits(entries=5, unpacked_bytes=8_000_000, ratio=100, ratio_from=1_000_000)


def zipped(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def opened(data: bytes) -> Archive:
    return Archive(io.BytesIO(data), LIMITS)


def checked(data: bytes) -> None:
    opened(data).check()


def test_an_ordinary_zip_passes_and_is_read() -> None:
    archive = opened(zipped(("xl/a.xml", b"<a/>"), ("b.bin", b"x" * 900_000)))
    archive.check()
    entry = archive.find("\\XL\\A.xml")
    assert entry is not None and archive.read(entry) == b"<a/>"
    assert archive.find("c") is None


def test_a_bomb_by_ratio_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(ArchiveRefused, match="far more than a workbook holds"):
        checked(zipped(("a.bin", bytes(6_000_000))))


def test_a_bomb_by_sum_is_refused() -> None:
    noise = random.Random(1).randbytes(3_000_000)
    with pytest.raises(ArchiveRefused, match="more than 7 MiB"):
        checked(zipped(*((f"{n}.bin", noise) for n in range(3))))


def test_a_lying_size_changes_nothing() -> None:
    data = bytearray(zipped(("a.bin", bytes(6_000_000))))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<L", 10)  # "ten bytes unpacked"
    with pytest.raises(ArchiveRefused, match="far more"):
        checked(bytes(data))


def test_too_many_entries_are_refused_without_a_look_at_them() -> None:
    with pytest.raises(ArchiveRefused, match="more than 5 parts"):
        opened(zipped(*((f"{n}", b"") for n in range(6))))


def test_a_directory_that_is_too_long_is_not_even_read() -> None:
    with pytest.raises(ArchiveRefused, match="list of parts is too long"):
        opened(zipped(*((f"{n}{'x' * 60_000}", b"") for n in range(20))))


def test_one_name_twice_is_refused() -> None:
    with pytest.raises(ArchiveRefused, match="same name"):
        opened(zipped(("a.xml", b"<a/>"), ("A.xml", b"<b/>")))


@pytest.mark.parametrize("keep", [10, 200, 900, -1, -30])
def test_a_cut_off_zip_is_refused(keep: int) -> None:
    data = zipped(("a.bin", random.Random(2).randbytes(1000)))
    with pytest.raises(ArchiveRefused):
        checked(data[:keep])


def test_a_wrong_checksum_is_refused() -> None:
    data = bytearray(zipped(("a.bin", b"hello"), method=zipfile.ZIP_STORED))
    data[data.index(b"hello")] ^= 1
    with pytest.raises(ArchiveRefused, match="checksum"):
        checked(bytes(data))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused(encoding: str) -> None:
    xml = '<?xml version="1.0"?><!-- <a> --><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'
    with pytest.raises(ArchiveRefused, match="document type"):
        checked(zipped(("a.xml", xml.encode(encoding))))


def test_names_that_climb_are_only_names() -> None:
    archive = opened(zipped(("../../etc/passwd", b"x")))
    archive.check()
    assert [entry.filename for entry in archive.entries] == ["../../etc/passwd"]


def test_a_written_zip_has_the_old_entries_as_they_were_and_the_new_ones() -> None:
    source = opened(zipped(("a.xml", b"<a/>" * 1000), ("b/ü.bin", b"b")))
    writer = ArchiveWriter()
    for entry in source.entries:
        writer.copy(source, entry)
    writer.add("c.txt", [b"one ", b"two"])
    with zipfile.ZipFile(io.BytesIO(writer.finish())) as written:
        assert written.testzip() is None
        assert {name: written.read(name) for name in written.namelist()} == {
            "a.xml": b"<a/>" * 1000,
            "b/ü.bin": b"b",
            "c.txt": b"one two",
        }


@given(st.data())
def test_no_change_of_bytes_gives_anything_but_a_result_or_a_reason(data: st.DataObject) -> None:
    good = zipped(("a.xml", b"<a>" + b"x" * 50 + b"</a>"), ("b.bin", b"y" * 50))
    changed = bytearray(good)
    for _ in range(data.draw(st.integers(1, 6))):
        changed[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        checked(bytes(changed))
    except ArchiveRefused as refused:
        assert str(refused)  # either way is right
