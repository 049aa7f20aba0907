"""Sources: what is read from folders and archives, and what hostile ones cost."""

import copy
import gc
import gzip
import io
import os
import random
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melody_tutorial.config import SourceCaps
from melody_tutorial.errors import UserError
from melody_tutorial.funnel import REASONS, Reject
from melody_tutorial.music.sources import SourceFile, read_sources

# What a music folder looks like: three kinds that are read, and what lies around them.
FILES = {
    "b/reel.mid": b"MThd reel",
    "a.MIDI": b"MThd a",
    "b/book.abc": b"X:1\nK:C\nCDE\n",
    "song.musicxml": b"<score-partwise/>",
    "song.mxl": b"PK",
    "cover.jpg": b"\xff\xd8",
    ".hidden.mid": b"no",
    "b/.git/x.mid": b"no",
    "__MACOSX/a.mid": b"no",
}
NOISE = random.Random(0).randbytes(5_000)  # what cannot be packed
READ = ["a.MIDI", "b/book.abc", "b/reel.mid", "song.musicxml", "song.mxl"]


@pytest.fixture
def folder(tmp_path):
    for name, data in FILES.items():
        file = tmp_path / "music" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return tmp_path / "music"


def make_zip(path, files, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def make_tar(path, files, mode="w"):
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))
    return path


def read(path, *, part=(0, 1), **caps):
    return list(read_sources([path], SourceCaps(**caps), part=part))


def names_and_data(found):
    return {file.name: file.data for file in found}


def test_a_folder_gives_its_music_by_name_and_leaves_the_rest(folder):
    found = read(folder)
    assert [file.name for file in found] == READ
    assert [file.kind for file in found] == ["midi", "abc", "midi", "musicxml", "musicxml"]
    assert found[0] == SourceFile(str(folder), "a.MIDI", b"MThd a", "midi")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_a_zip_gives_the_same_as_its_folder(folder, tmp_path, method):
    archive = make_zip(tmp_path / "music.zip", FILES, method)
    assert names_and_data(read(archive)) == names_and_data(read(folder))


@pytest.mark.parametrize(
    ("suffix", "mode"), [(".tar", "w"), (".tgz", "w:gz"), (".tar.bz2", "w:bz2"), (".tar.xz", "w:xz")]
)
def test_a_tar_gives_the_same_as_its_folder(folder, tmp_path, suffix, mode):
    archive = make_tar(tmp_path / f"music{suffix}", {f"./{name}": data for name, data in FILES.items()}, mode)
    assert names_and_data(read(archive)) == names_and_data(read(folder))


def test_a_single_file_and_several_paths_come_in_their_order(folder):
    found = list(read_sources([folder / "song.mxl", folder / "a.MIDI"]))
    assert [file.name for file in found] == ["song.mxl", "a.MIDI"]


@given(count=st.integers(0, 40), shares=st.integers(1, 5))
def test_shares_in_order_are_the_whole(tmp_path_factory, count, shares):
    # Random bytes, so that a packed tar is long enough to be cut at several places.
    files = {f"{i:02}.mid": os.urandom(3_000) for i in range(count)}
    place = tmp_path_factory.mktemp("shares")
    for archive in (make_zip(place / "a.zip", files), make_tar(place / "a.tar.gz", files, "w:gz")):
        whole = read(archive)
        assert len(whole) == count
        assert [file for k in range(shares) for file in read(archive, part=(k, shares))] == whole


def test_entries_of_a_zip_are_kept_for_its_share_alone_and_until_they_are_read(tmp_path):
    def entries():
        return sum(isinstance(one, zipfile.ZipInfo) for one in gc.get_objects())

    archive = make_zip(tmp_path / "many.zip", {f"{number}.mid": b"MThd" for number in range(12)})
    gc.collect()
    before = entries()
    kept = [entries() - before for _ in read_sources([archive], part=(0, 2))]
    assert kept == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("raw", "utf8_mark", "shown"),
    [
        ("düster.mid".encode(), True, "düster.mid"),
        ("düster.mid".encode(), False, "düster.mid"),  # UTF-8 without the mark: many programs write it
        ("d\x81ster.mid".encode("latin-1"), False, "düster.mid"),  # cp437, the zip format's own
        ("曲.mid".encode("shift-jis"), False, "ï╚.mid"),  # readable to nobody, but printable
        (b"\x8b\xc8.mid", True, "ï╚.mid"),  # marked as UTF-8, which it is not
        (b"\x1b[31mred.mid", False, "\\x1b[31mred.mid"),  # would colour the terminal
    ],
)
def test_zip_names_in_any_encoding_are_read_and_printable(tmp_path, raw, utf8_mark, shown):
    path = make_zip(tmp_path / "a.zip", {"x" * (len(raw) - 4) + ".mid": b"MThd"})
    content = path.read_bytes().replace(b"x" * (len(raw) - 4) + b".mid", raw)
    directory = content.index(b"PK\x01\x02")
    flags = 0x800 if utf8_mark else 0
    path.write_bytes(content[: directory + 8] + struct.pack("<H", flags) + content[directory + 10 :])
    (found,) = read(path)
    assert (found.name, found.data) == (shown, b"MThd")
    assert found.name.isprintable()


def test_tar_names_that_are_no_utf8_are_escaped(tmp_path):
    path = make_tar(tmp_path / "a.tar", {"\udc8b\udcc8.mid": b"MThd"})
    assert [file.name for file in read(path)] == ["\\udc8b\\udcc8.mid"]


# Caps


def test_a_member_above_the_cap_is_rejected_and_the_next_is_read(folder, tmp_path):
    files = {"big.mid": b"x" * 101, "small.mid": b"x" * 100}
    (tmp_path / "d").mkdir()
    for name, data in files.items():
        (tmp_path / "d" / name).write_bytes(data)
    archives = [tmp_path / "d", make_zip(tmp_path / "a.zip", files), make_tar(tmp_path / "a.tar", files)]
    for archive in archives:
        big, small = read(archive, max_member_bytes=100)
        assert big == Reject("big.mid", "too_large", "101 bytes; the cap is 100")
        assert small.name == "small.mid"


def test_too_many_members_are_refused(folder, tmp_path):
    for archive in (folder, make_zip(tmp_path / "a.zip", FILES), make_tar(tmp_path / "a.tar", FILES)):
        assert len(read(archive, max_members=5)) == 5
        with pytest.raises(UserError, match=r"5 files; the cap is 4: raise --max-members"):
            read(archive, max_members=4)


def test_too_many_bytes_in_all_are_refused(tmp_path):
    files = {f"{i}.mid": os.urandom(1_000) for i in range(4)}
    (tmp_path / "d").mkdir()
    for name, data in files.items():
        (tmp_path / "d" / name).write_bytes(data)
    archives = [
        tmp_path / "d",
        make_zip(tmp_path / "a.zip", files),
        make_tar(tmp_path / "a.tar.xz", files, "w:xz"),
    ]
    for archive in archives:
        with pytest.raises(UserError, match=r"the cap is 3,999: raise --max-total-bytes"):
            read(archive, max_total_bytes=3_999)
    assert len(read(archives[1], max_total_bytes=4_000)) == 4
    with pytest.raises(UserError, match="--max-total-bytes"):
        list(read_sources(archives[:2], SourceCaps(max_total_bytes=7_999)))


def test_a_zip_member_with_a_huge_ratio_is_rejected(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"bomb.mid": bytes(900_000), "fine.mid": b"MThd"})
    bomb, fine = read(path)
    assert bomb.reason == "ratio"
    assert fine.name == "fine.mid"
    assert len(read(path, max_ratio=2_000)[0].data) == 900_000


def test_a_tar_with_a_huge_ratio_is_refused(tmp_path):
    path = make_tar(tmp_path / "a.tar.gz", {"a.mid": b"MThd", "bomb.bin": bytes(20_000_000)}, "w:gz")
    with pytest.raises(UserError, match="--max-ratio"):
        read(path)
    assert len(read(path, max_ratio=2_000)) == 1


def test_bombs_are_not_unpacked(tmp_path):
    # 100 MB of zeros whose directory says 10,000 bytes, so that no cap on stated sizes meets it.
    bomb = make_zip(tmp_path / "a.zip", {"bomb.mid": bytes(100_000_000)})
    content = bytearray(bomb.read_bytes())
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, 10_000)
    bomb.write_bytes(content)
    # A tar.gz whose extra header claims a name of 1 GB.
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 1_000_000_000
    long_name = tmp_path / "a.tar.gz"
    long_name.write_bytes(gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(10_000_000)))
    tracemalloc.start()
    (rejected,) = read(bomb)
    with pytest.raises(UserError, match=r"a\.tar\.gz"):
        read(long_name)
    assert rejected.reason in ("unreadable", "ratio", "too_large")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000


def test_a_zip_whose_members_lie_one_over_another_is_refused(tmp_path):
    """Its directory names one member 4,000 times: 200 kB unpacked to 4 GB, in 11 seconds."""
    with zipfile.ZipFile(tmp_path / "many.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.mid", NOISE + bytes(900_000))
        (entry,) = archive.filelist
        for number in range(1, 4_000):
            archive.filelist.append(copy.copy(entry))
            archive.filelist[-1].filename = f"{number}.mid"
    with pytest.raises(
        UserError, match=r"members claim 2\d,\d{3},\d{3} bytes of its 2\d\d,\d{3}, so that they lie"
    ):
        list(read_sources(tmp_path / "many.zip"))


def test_a_tar_member_that_claims_any_size_ends_with_the_archive(tmp_path):
    header = tarfile.TarInfo("a.bin")
    header.size = 2**80
    (tmp_path / "a.tar").write_bytes(header.tobuf(tarfile.GNU_FORMAT) + bytes(2_000))
    with pytest.raises(UserError, match="it ends inside a member"):
        read(tmp_path / "a.tar")


# Damage


def test_an_encrypted_member_is_rejected(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"secret.mid": b"MThd"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert read(path) == [Reject("secret.mid", "encrypted")]


def test_a_damaged_member_is_rejected_and_the_next_is_read(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a.mid": b"MThd first", "b.mid": b"MThd second"}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"first", b"worst"))
    damaged, whole = read(path)
    assert damaged == Reject("a.mid", "unreadable", "damaged in the archive (size or check sum differ)")
    assert whole.data == b"MThd second"


def test_an_unknown_packing_is_rejected_with_what_can_be_read(tmp_path):
    (rejected,) = read(make_zip(tmp_path / "a.zip", {"a.mid": b"MThd"}, zipfile.ZIP_LZMA))
    assert "deflate" in rejected.found


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tar.xz"])
@pytest.mark.parametrize("content", [b"", b"no archive at all" * 99], ids=["empty", "other"])
def test_what_is_no_archive_is_refused_by_name(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=f"{name} is no "):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tgz", "a.tar.bz2", "a.tar.xz"])
def test_an_archive_cut_short_is_refused_by_name(tmp_path, name):
    files = {f"{i}.mid": os.urandom(2_000) for i in range(20)}
    path = tmp_path / name
    if name == "a.zip":
        make_zip(path, files)
    else:
        make_tar(path, files, {"a.tgz": "w:gz", "a.tar": "w"}.get(name, f"w:{name[6:]}"))
    path.write_bytes(path.read_bytes()[:15_000])
    with pytest.raises(UserError, match=rf"{name} .* damaged"):
        read(path)


def mutate(content, changes):
    content = bytearray(content)
    for place, value in changes:
        content[place % len(content)] = value
    return bytes(content)


@given(changes=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), min_size=1, max_size=8))
def test_altered_archives_end_in_files_rejects_or_a_user_error(tmp_path_factory, changes):
    place = tmp_path_factory.mktemp("altered")
    files = {"a.mid": b"MThd" * 20, "b/c.mid": zlib.crc32(b"x").to_bytes(4, "big") * 9, "d.abc": b"X:1\n"}
    for path in (
        make_zip(place / "a.zip", files),
        make_tar(place / "a.tar", files),
        make_tar(place / "a.tgz", files, "w:gz"),
    ):
        path.write_bytes(mutate(path.read_bytes(), changes))
        try:
            found = read(path)
        except UserError as error:
            assert path.name in str(error)
        else:
            assert all(isinstance(file, SourceFile) or file.reason in REASONS for file in found)


@pytest.mark.parametrize("place", [0.3, 0.6, 0.9, -8, -1])  # −8 … −5 is the check sum, −4 … −1 the length
def test_a_packed_tar_is_read_up_to_its_check_sum(tmp_path, place):
    """A tar ends before its packer does: one altered bit of six went unnoticed, and other notes were read."""
    path = make_tar(tmp_path / "a.tar.gz", {f"{n}.mid": NOISE[n : n + 300] for n in range(20)}, "w:gz")
    data = bytearray(path.read_bytes())
    data[int(place * len(data)) if place > 0 else place] ^= 1
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"a\.tar\.gz is no tar archive or a damaged one"):
        list(read_sources(path))


@pytest.mark.parametrize(("stated", "whole"), [(40, False), (0, False), (20, True), (2**16 - 1, True)])
def test_a_zip_that_lacks_members_is_refused(tmp_path, stated, whole):
    """65,535 stands for a number that is told elsewhere."""
    path = make_zip(tmp_path / "a.zip", {f"{n}.mid": b"MThd" for n in range(20)})
    data = bytearray(path.read_bytes())
    # "PK", 5, 6, two disk numbers, members of this disk, and members in all, each of two bytes
    struct.pack_into("<HH", data, data.rindex(b"PK\x05\x06") + 8, stated, stated)
    path.write_bytes(data)
    if whole:
        assert len(list(read_sources(path))) == 20
    else:
        with pytest.raises(UserError, match=f"it has {stated} members, and its directory names 20; get it"):
            list(read_sources(path))


def test_missing_paths_and_other_kinds_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"nothing\.zip is no file or folder"):
        read(tmp_path / "nothing.zip")
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(UserError, match=r"a\.pdf .* \.zip .* \.mid"):
        read(tmp_path / "a.pdf")


# Tricks


def test_tar_links_devices_and_outside_paths_never_reach_the_disk(tmp_path):
    path = tmp_path / "a.tar"
    secret = tmp_path / "secret.mid"
    secret.write_bytes(b"MThd secret")
    with tarfile.open(path, "w") as archive:
        for name, kind in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("pipe", tarfile.FIFOTYPE)):
            header = tarfile.TarInfo(f"{name}.mid")
            header.type, header.linkname = kind, str(secret)
            archive.addfile(header)
        header = tarfile.TarInfo("../../outside.mid")
        header.size = 4
        archive.addfile(header, io.BytesIO(b"MThd"))
    *tricks, outside = read(path)
    assert [trick.reason for trick in tricks] == ["unreadable"] * 3
    assert outside.data == b"MThd"  # its name is a label only
    assert sorted(os.listdir(tmp_path)) == ["a.tar", "secret.mid"]


def test_links_out_of_a_folder_are_not_followed_and_pipes_not_opened(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.mid").write_bytes(b"MThd secret")
    (folder / "link.mid").symlink_to(tmp_path / "elsewhere" / "secret.mid")
    (folder / "links").symlink_to(tmp_path / "elsewhere")
    (folder / "inside.mid").symlink_to(folder / "a.MIDI")
    os.mkfifo(folder / "pipe.mid")
    found = {file.name if isinstance(file, SourceFile) else file.file: file for file in read(folder)}
    assert set(found) == {*READ, "link.mid", "inside.mid", "pipe.mid"}
    assert found["link.mid"].found == "a link that leads out of the folder, or to itself"
    assert found["inside.mid"].data == b"MThd a"
    assert found["pipe.mid"].reason == "unreadable"


def test_a_link_to_itself_costs_no_other_file(folder):
    (folder / "loop.mid").symlink_to("loop.mid")
    (folder / "circle").symlink_to(folder)
    found = {getattr(each, "name", "") or each.file: each for each in read_sources(folder)}
    assert found["loop.mid"].reason == "unreadable" and "to itself" in found["loop.mid"].found
    assert any(isinstance(each, SourceFile) for each in found.values())


def test_folders_are_listed_however_deeply_they_are_nested(tmp_path, monkeypatch):
    """Up to Python 3.11 the standard library gives up at about a thousand; that is said in a sentence."""
    monkeypatch.chdir(tmp_path)
    depth = range(1200)
    for _ in depth:
        os.mkdir("d")
        os.chdir("d")
    Path("a.mid").write_bytes(b"MThd")
    bottom = os.open(".", os.O_RDONLY)
    monkeypatch.chdir(tmp_path)
    try:
        assert len(list(read_sources(tmp_path))) == 1
    except UserError as error:
        assert "nested too deeply" in str(error)
    finally:  # or pytest, which is no better at it, would fail to clear the folder one day
        os.fchdir(bottom)
        os.close(bottom)
        os.remove("a.mid")
        for _ in depth:
            os.chdir("..")
            os.rmdir("d")


def test_a_chain_of_tar_headers_that_announce_one_another_is_refused(tmp_path):
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 2
    (tmp_path / "chain.tar").write_bytes((header.tobuf() + b"a".ljust(512, b"\0")) * 5000 + bytes(1024))
    with pytest.raises(UserError, match=r"chain\.tar is no tar archive or a damaged one"):
        list(read_sources(tmp_path / "chain.tar"))


def test_one_odd_name_does_not_cost_the_memory_of_its_archive(tmp_path):
    """A name that is marked as UTF-8 and is not cost three times the archive once."""
    path = tmp_path / "large.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ä.mid", b"MThd")
        archive.writestr("large.txt", bytes(20_000_000))
    path.write_bytes(path.read_bytes().replace("ä".encode(), b"\xe4\xe4"))
    tracemalloc.start()
    assert [each.data for each in read_sources(path)] == [b"MThd"]
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()
