"""Zips that lie, and the one that is written."""

import io
import random
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.hostile_files.zip_reader import BYTES_OF_A_MARK, CHUNK, MIB, Archive, ArchiveLimits, ArchiveRefused, Gain
from shared.hostile_files.zip_writer import ArchiveWriter

LIMITS = ArchiveLimits(directory_bytes=1_000, unpacked_bytes=2 * MIB)
LITTLE_WORK = ArchiveLimits(marks=1_000)


def zipped(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def opened(data: bytes, limits: ArchiveLimits = LIMITS) -> Archive:
    return Archive(io.BytesIO(data), limits)


def checked(data: bytes, limits: ArchiveLimits = LIMITS) -> None:
    """Reads every part."""
    archive = opened(data, limits)
    for entry in archive.entries:
        found = archive.find(entry.filename)
        assert found is not None
        archive.read(found)


def test_an_ordinary_zip_is_read() -> None:
    archive = opened(zipped(("xl/a.xml", b"<a/>"), ("b.bin", b"x" * 900_000)))
    entry = archive.find("\\XL\\A.xml")
    assert entry is not None and archive.read(entry) == b"<a/>"
    assert archive.find("c") is None


def test_how_well_a_part_packs_is_no_reason() -> None:
    checked(zipped(("a.bin", bytes(2 * MIB))))


def test_a_part_that_is_too_large_is_refused_before_it_is_unpacked() -> None:
    archive = opened(zipped(("a.bin", bytes(2 * MIB + 1))))
    with pytest.raises(ArchiveRefused, match="more than 2 MiB"):
        next(archive.chunks(archive.entries[0]))


def test_all_that_is_read_counts_together_and_what_is_read_again_once() -> None:
    archive = opened(zipped(*((f"{n}.bin", bytes(MIB)) for n in range(3))))
    first, second, third = archive.entries
    for entry in (first, second, first, second):
        assert len(archive.read(entry)) == MIB
    with pytest.raises(ArchiveRefused, match="more than 2 MiB"):
        archive.read(third)


def test_the_same_bytes_under_three_names_count_three_times() -> None:
    data = bytearray(zipped(*((f"{n}.bin", bytes(MIB)) for n in range(3))))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 42 : at + 46] = bytes(4)  # all begin where the first one does
        at = data.find(b"PK\x01\x02", at + 4)
    with pytest.raises(ArchiveRefused, match="more than 2 MiB"):
        checked(bytes(data))


def test_what_nobody_reads_costs_nothing() -> None:
    archive = opened(zipped(("a.xml", b"<a/>"), ("media.bin", bytes(3 * MIB))))
    assert archive.read(archive.entries[0]) == b"<a/>"


def test_one_cell_again_and_again_is_refused_early() -> None:
    archive, seen = opened(zipped(("a.xml", b"<c/>" * 300_000)), LITTLE_WORK), 0
    with pytest.raises(ArchiveRefused, match="far more often"):
        for chunk in archive.chunks(archive.entries[0]):
            seen += len(chunk)
    assert seen == CHUNK


HOLLOW = f"<c{' ' * 40}/>".encode() * 1_000
"""Some three thousand marks, packed in a byte for some twenty."""
NUMBERED = "".join(f'<c n="{n * n}"/>' for n in range(2_000)).encode()
"""Some seven thousand, of which no two are the same."""


def taken(data: bytes, gain: Gain, each: Gain) -> None:
    """Reads a part of this content, every chunk of which comes to `each`."""
    archive = opened(zipped(("a.xml", data)), LITTLE_WORK)
    for _ in archive.chunks(archive.entries[0], gain):
        gain.kept += each.kept
        gain.plain += each.plain


NOTHING, PLAIN = Gain(), Gain(plain=10_000)


@pytest.mark.parametrize("content", [HOLLOW, NUMBERED])
def test_what_comes_to_nothing_is_refused_however_it_is_packed(content: bytes) -> None:
    with pytest.raises(ArchiveRefused, match="holds nothing"):
        taken(content, Gain(), NOTHING)


@pytest.mark.parametrize("content", [HOLLOW, NUMBERED, b"<c/>" * 100_000])
def test_what_is_kept_may_repeat(content: bytes) -> None:
    taken(content, Gain(), Gain(kept=len(content)))


def test_what_is_plain_may_be_there_but_not_repeat_beyond_measure() -> None:
    taken(NUMBERED, Gain(), PLAIN)
    taken(HOLLOW, Gain(), PLAIN)
    with pytest.raises(ArchiveRefused, match="holds nothing"):
        taken(HOLLOW * 2, Gain(), PLAIN)


def test_what_was_plain_before_does_not_count_for_what_comes_now() -> None:
    with pytest.raises(ArchiveRefused, match="holds nothing"):
        taken(HOLLOW, Gain(plain=10_000), NOTHING)


def test_noise_somewhere_does_not_pay_for_what_holds_nothing_elsewhere() -> None:
    with pytest.raises(ArchiveRefused, match="holds nothing"):
        checked(zipped(("a.xml", random.Random(4).randbytes(CHUNK) + HOLLOW * 2)), LITTLE_WORK)


def test_what_holds_nothing_counts_together_and_what_is_read_again_once() -> None:
    archive = opened(zipped(*((f"{n}.xml", HOLLOW[: len(HOLLOW) // 4]) for n in range(3))), LITTLE_WORK)
    first, second, third = archive.entries
    for entry in (first, first, first):
        archive.read(entry)
    with pytest.raises(ArchiveRefused, match="holds nothing"):
        for entry in (second, third):
            archive.read(entry)


def test_after_a_part_was_refused_for_its_work_no_other_is_begun() -> None:
    archive = opened(zipped(("a.xml", HOLLOW), ("b.xml", b"<b/>")), LITTLE_WORK)
    first, second = archive.entries
    with pytest.raises(ArchiveRefused, match="holds nothing"):
        archive.read(first)
    with pytest.raises(ArchiveRefused, match="holds nothing"):
        next(archive.chunks(second))


def test_what_was_let_through_once_is_not_judged_again() -> None:
    archive = opened(zipped(("a.xml", HOLLOW)), LITTLE_WORK)
    assert b"".join(archive.chunks(archive.entries[0], Gain(kept=5_000))) == HOLLOW
    assert archive.read(archive.entries[0]) == HOLLOW


def mentioned(data: bytes, *needles: bytes) -> int:
    archive = opened(zipped(("a.xml", data)), LITTLE_WORK)
    return sum(archive.mentions(archive.entries[0], needles))


def test_what_a_part_mentions_is_counted() -> None:
    numbered = "".join(f"""<c t="s"><v>{n * n}</v></c><c t='s'><v>{n * n * 7}</v></c>""" for n in range(2_000)).encode()
    assert len(numbered) < CHUNK
    assert mentioned(numbered, b't="s"', b"t='s'") == 4_000
    assert mentioned(numbered, b"nowhere") == 0


def test_what_is_mentioned_again_and_again_counts_no_more_than_it_takes_in_the_file() -> None:
    assert mentioned(b't="s"' * 10_000, b't="s"') < 500


def test_a_part_that_was_looked_through_is_judged_where_it_is_read() -> None:
    archive = opened(zipped(("a.xml", HOLLOW)), LITTLE_WORK)
    assert list(archive.mentions(archive.entries[0], [b"<c"]))
    with pytest.raises(ArchiveRefused, match="holds nothing"):
        archive.read(archive.entries[0])


def test_no_more_is_looked_through_than_may_be_read() -> None:
    archive = opened(zipped(*((f"{n}.bin", bytes(MIB)) for n in range(3))))
    first, second, third = archive.entries
    assert sum(archive.mentions(first, [b"x"])) == sum(archive.mentions(second, [b"x"])) == 0
    with pytest.raises(ArchiveRefused, match="more than 2 MiB"):
        list(archive.mentions(third, [b"x"]))
    assert len(archive.read(first)) == len(archive.read(third)) == MIB


def test_what_is_left_off_halfway_is_judged_again() -> None:
    archive = opened(zipped(("a.xml", HOLLOW * 20)), LITTLE_WORK)
    next(archive.chunks(archive.entries[0], Gain(kept=100_000)))
    with pytest.raises(ArchiveRefused, match="holds nothing"):
        archive.read(archive.entries[0])


@pytest.mark.parametrize(("quick", "free"), [(b"&amp;", 6_000), (b"\n", 12_000), (b"\r", 12_000), (b" ", 60_000)])
def test_entities_ends_of_lines_and_plain_bytes_are_work_too(quick: bytes, free: int) -> None:
    checked(zipped(("a.xml", quick * free)), LITTLE_WORK)
    with pytest.raises(ArchiveRefused, match="far more often than a file does"):
        checked(zipped(("a.xml", quick * free * 3)), LITTLE_WORK)


def test_few_marks_may_repeat() -> None:
    checked(zipped(("a.xml", b"<c/>" * 400)), LITTLE_WORK)


def test_text_that_says_something_is_never_too_much() -> None:
    noise = random.Random(5)
    words = " ".join(f"{noise.random()}" for _ in range(80_000)).encode()
    assert len(words) > 1_000 * BYTES_OF_A_MARK
    checked(zipped(("a.xml", words)), LITTLE_WORK)


def test_a_lying_size_changes_nothing() -> None:
    data = bytearray(zipped(("a.bin", bytes(3 * MIB))))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<L", 10)  # "ten bytes unpacked"
    with pytest.raises(ArchiveRefused, match="larger than its list of parts says"):
        checked(bytes(data))


def test_a_list_of_parts_that_is_too_long_is_not_even_read() -> None:
    opened(zipped(*((f"{n}", b"") for n in range(10))))
    with pytest.raises(ArchiveRefused, match="list of parts is too long"):
        opened(zipped(*((f"{n}", b"") for n in range(30))))


def test_one_name_twice_is_refused_where_it_is_read() -> None:
    archive = opened(zipped(("a.xml", b"<a/>"), ("A.xml", b"<b/>"), ("c.xml", b"<c/>")))
    with pytest.raises(ArchiveRefused, match="same name"):
        archive.find("a.xml")
    assert archive.find("c.xml") is not None


def test_the_same_part_twice_is_one() -> None:
    archive = opened(zipped(("a.xml", b"<a/>"), ("A.xml", b"<a/>")))
    assert archive.find("a.xml") is not None


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


def test_a_part_without_a_name_is_no_matter() -> None:
    data = bytearray(zipped(("a.xml", b"<a/>"), ("b.bin", b"y")))
    data[data.index(b"PK\x01\x02") + 46] = 0  # a name ends at its first NUL
    archive = opened(bytes(data))
    found = archive.find("b.bin")
    assert found is not None and archive.read(found) == b"y"


def test_names_that_climb_are_only_names() -> None:
    archive = opened(zipped(("../../etc/passwd", b"x")))
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


def test_an_entry_keeps_what_its_flags_say_but_where_its_sizes_stand() -> None:
    data = bytearray(zipped(("a.bin", b"x" * 100)))
    data[data.rindex(b"PK\x01\x02") + 8] |= 0x0B  # encrypted, level of packing, sizes behind the entry
    source = opened(bytes(data))
    writer = ArchiveWriter()
    writer.copy(source, source.entries[0])
    with zipfile.ZipFile(io.BytesIO(writer.finish())) as written:
        assert written.infolist()[0].flag_bits == 0x03


def test_more_parts_and_larger_ones_than_the_old_records_can_say() -> None:
    source = Archive(io.BytesIO(zipped(*((f"{n}", b"") for n in range(0x10001)))), ArchiveLimits())
    large = zipfile.ZipInfo("large.bin")
    large.CRC, large.compress_size, large.file_size, large.header_offset = 1, 0, 2**32 + 5, 0
    writer = ArchiveWriter()
    for entry in (large, *source.entries):
        writer.copy(source, entry)
    with zipfile.ZipFile(io.BytesIO(writer.finish())) as written:
        assert len(written.namelist()) == 0x10002
        assert written.getinfo("large.bin").file_size == 2**32 + 5
        assert written.read("0") == b""


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


class Poor:
    """An inflater that there is no memory for."""

    def __init__(self, *_: object) -> None:
        """As zlib's own."""

    def decompress(self, *_: object) -> bytes:
        raise zlib.error("Error -4 while decompressing data")


def test_memory_that_ends_while_a_part_is_unpacked_is_no_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = opened(zipped(("a.xml", b"<a/>")))
    monkeypatch.setattr(zlib, "decompressobj", Poor)
    with pytest.raises(MemoryError):
        archive.read(archive.entries[0])
