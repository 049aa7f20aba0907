"""Zip and tar as untrusted streams: what the standard library leaves open is closed here."""

import bz2
import contextlib
import gzip
import io
import lzma
import mmap
import os
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from melody_tutorial.errors import UserError

# First bytes of a packed tar → what unpacks it.
TAR_PACKERS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
ZIP_PACKERS = {
    zipfile.ZIP_DEFLATED: lambda: zlib.decompressobj(-zlib.MAX_WBITS),
    zipfile.ZIP_BZIP2: bz2.BZ2Decompressor,
}
ZIP_END = struct.Struct("<4s6xH10x")  # signature, members in the directory, sizes and places
ZIP_MANY = 2**16  # members; what has so many tells their number elsewhere, or from 0 again
ZIP_COMMENT = 2**16  # bytes that may follow the end of a zip
ZIP_LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, length of the name, length of the extra field


def zip_directory(path: Path) -> list[zipfile.ZipInfo]:
    """Entries of a zip's central directory, with ``/`` between the parts of their names on every system.

    Raises:
        UserError: the file is no zip archive, its directory is damaged or lacks members, or its members lie
            one over another.
    """
    try:
        try:
            members = zipfile.ZipFile(path).infolist()
        except UnicodeDecodeError:
            members = unmarked_directory(path)
    except (zipfile.BadZipFile, struct.error, ValueError, OSError, NotImplementedError) as error:
        raise UserError(f"{path} is no zip archive or a damaged one ({error}): get it again") from error
    if (stated := stated_members(path)) not in (None, len(members) % ZIP_MANY):
        raise UserError(
            f"{path} is a damaged zip archive: it says that it has {stated:,} members, and its directory "
            f"names {len(members):,}; get it again"
        )
    claimed, there = sum(member.compress_size for member in members), path.stat().st_size
    if claimed > there:
        raise UserError(
            f"{path} is no honest zip archive: its members claim {claimed:,} bytes of its {there:,}, so that "
            "they lie one over another; get it again"
        )
    for member in members:  # some programs on Windows write "\\"; there zipfile does the same
        member.filename = member.filename.replace("\\", "/")
    return members


def unmarked_directory(path: Path) -> list[zipfile.ZipInfo]:
    """Entries of a zip in which a name is marked as UTF-8 and is not: marks are cleared, in memory alone."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as content:
        for place in [found.end() for found in re.finditer(rb"PK\x01\x02.{5}", content, re.DOTALL)]:
            content[place] &= ~8  # bit 11 of the flags; of the whole file, this page alone is copied
        return zipfile.ZipFile(content).infolist()


def stated_members(path: Path) -> int | None:
    """How many members a zip says at its end that it has, up to 65,535; None where it leaves that open."""
    with open(path, "rb") as file:
        file.seek(-min(path.stat().st_size, ZIP_END.size + ZIP_COMMENT), os.SEEK_END)
        end = file.read()
    _, stated = ZIP_END.unpack_from(end, end.rindex(b"PK\x05\x06"))
    return None if stated == ZIP_MANY - 1 else stated


def zip_name(member: zipfile.ZipInfo) -> str:
    """A member's name; UTF-8 that is not marked as such, which many programs write, is recognised."""
    if not member.filename.isascii():
        with contextlib.suppress(UnicodeError):
            return member.filename.encode("cp437").decode("utf-8")
    return member.filename


def unzip(member: zipfile.ZipInfo, content: mmap.mmap | bytes) -> bytes:
    """Unpack one member; never more than one byte beyond the size that the directory states.

    Args:
        member: its entry; stored, or packed by a method in ``ZIP_PACKERS``.
        content: the archive's bytes.

    Raises:
        zipfile.BadZipFile, zlib.error, OSError, struct.error: the member is damaged.
    """
    signature, name_length, extra_length = ZIP_LOCAL_HEADER.unpack_from(content, member.header_offset)
    if signature != b"PK\x03\x04":
        raise zipfile.BadZipFile("no member at its place")
    start = member.header_offset + 30 + name_length + extra_length
    data = content[start : start + member.compress_size]
    if member.compress_type in ZIP_PACKERS:
        data = ZIP_PACKERS[member.compress_type]().decompress(data, member.file_size + 1)
    if len(data) != member.file_size or zlib.crc32(data) != member.CRC:
        raise zipfile.BadZipFile("size or check sum differ")
    return data


class CheckedTarInfo(tarfile.TarInfo):
    """A header that tells damage from the end of the archive, and extra headers of sensible size only."""

    @classmethod
    def frombuf(cls, buf, encoding, errors):
        """Read a header as ``tarfile`` does; damage and absurd sizes are errors, not the archive's end."""
        try:
            header = super().frombuf(buf, encoding, errors)
        except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError) as error:
            raise tarfile.ReadError(str(error)) from error
        if header.size < 0 or (not header.isfile() and header.size > 1_000_000):
            raise tarfile.ReadError(f"a header of {header.size:,} bytes")
        return header


class TarStream:
    """The unpacked bytes of a tar on disk, plain or packed, for ``tarfile.open(mode="r|")``.

    Args:
        path: names the archive in errors.
        packed: the open file.
        max_ratio: the stream may be this many times longer than the file; beyond that a UserError is raised.
        spend: called with the number of bytes of each piece read; it may raise.
    """

    def __init__(self, path: Path, packed: io.BufferedReader, max_ratio: float, spend: Callable[[int], None]):
        self.path, self.max_ratio, self.spend = path, max_ratio, spend
        self.size = os.fstat(packed.fileno()).st_size
        start = packed.peek(6)
        opener = next((TAR_PACKERS[magic] for magic in TAR_PACKERS if start.startswith(magic)), None)
        self.file = opener(packed) if opener else packed
        self.most = self.size * max_ratio + tarfile.RECORDSIZE  # the padding of an empty archive
        self.count, self.ended = 0, False

    def read(self, size: int) -> bytes:
        """The next bytes of the stream, at most ``size``."""
        data = self.file.read(size)
        if not data and self.ended:  # tarfile would read on, through a member that claims any size
            raise EOFError("it ends inside a member")
        self.ended = not data
        self.count += len(data)
        self.spend(len(data))
        if self.count > self.most:
            times = f"{self.max_ratio:g} times its {self.size:,} bytes"
            raise UserError(f"{self.path} unpacks to more than {times}: raise --max-ratio if you trust it")
        return data

    def finish(self) -> None:
        """Read what is left, which the archive does not need: the packer's check sum stands behind it."""
        while not self.ended:
            self.read(tarfile.RECORDSIZE)
