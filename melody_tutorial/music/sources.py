"""Music files of folders and archives, read one at a time under caps; nothing is ever unpacked to disk."""

import lzma
import mmap
import os
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from melody_tutorial.config import SourceCaps
from melody_tutorial.errors import UserError
from melody_tutorial.files import several
from melody_tutorial.funnel import Reject
from melody_tutorial.music.archives import (
    ZIP_PACKERS,
    CheckedTarInfo,
    TarStream,
    unzip,
    zip_directory,
    zip_name,
)

Kind = Literal["midi", "abc", "musicxml"]
KINDS: dict[str, Kind] = {
    ".mid": "midi",
    ".midi": "midi",
    ".abc": "abc",
    ".xml": "musicxml",
    ".musicxml": "musicxml",
    ".mxl": "musicxml",
}
TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
# Hidden files and folders, and the resource forks that macOS adds; "." and ".." are no hidden names.
HIDDEN = re.compile(r"(?:^|/)(?:\.(?!\.?/)|__MACOSX/)")


class SourceFile(NamedTuple):
    """One music file: the archive or folder that it came from, its name in there, its bytes, and its kind."""

    archive: str
    name: str
    data: bytes
    kind: Kind


def read_sources(
    paths: str | Path | Sequence[str | Path],
    caps: SourceCaps | None = None,
    *,
    part: tuple[int, int] = (0, 1),
) -> Iterator[SourceFile | Reject]:
    """Stream the MIDI, ABC and MusicXML files of folders, ``.zip``, ``.tar(.gz|.bz2|.xz)`` and single files.

    Files come in the order of ``paths``; within a folder or zip by name, within a tar as they lie. Hidden
    files, ``__MACOSX`` and other kinds are passed over. A file that cannot be read becomes a ``Reject``.

    Args:
        paths: files, archives and folders, one or several; folders are searched recursively, links that
            lead out of them are not followed.
        caps: limits on what is read; those on single members reject it, those on the whole raise.
        part: ``(k, n)`` gives only the k-th of n consecutive shares of each path, k = 0 … n − 1, so that
            n processes can divide one archive; all the shares, in order, are the whole.

    Raises:
        UserError: a path does not exist or is no archive, or all together exceed the caps.
    """
    budget = _Budget(caps or SourceCaps())
    for path in map(Path, several(paths)):
        yield from _reader(path)(path, budget, part)


@dataclass
class _Budget:
    """What has been read so far, and the caps on it."""

    caps: SourceCaps
    members: int = 0
    total_bytes: int = 0

    def spend(self, path: Path, members: int, total_bytes: int) -> None:
        """Count members and bytes of ``path``; raise a UserError when they exceed the caps."""
        self.members += members
        self.total_bytes += total_bytes
        for found, cap, unit, option in (
            (self.members, self.caps.max_members, "files", "--max-members"),
            (self.total_bytes, self.caps.max_total_bytes, "bytes", "--max-total-bytes"),
        ):
            if found > cap:
                raise UserError(
                    f"{path} brings what is read to {found:,} {unit}; "
                    f"the cap is {cap:,}: raise {option}, or give less"
                )

    def refusal(self, size: int, packed: int) -> tuple[str, str] | None:
        """Reason and finding when a member of that size, and size in the archive, exceeds a cap."""
        if max(size, packed) > self.caps.max_member_bytes:
            return "too_large", f"{max(size, packed):,} bytes; the cap is {self.caps.max_member_bytes:,}"
        if size > packed * self.caps.max_ratio:
            return "ratio", f"{packed:,} bytes unpack to {size:,}; the cap is {self.caps.max_ratio:g} times"
        return None


def _reader(path: Path):
    """The function that reads what lies at ``path``: (path, budget, part) → files."""
    name = path.name.lower()
    if path.is_dir():
        return _read_folder
    if not path.is_file():
        raise UserError(f"{path} is no file or folder: check the name")
    if name.endswith(".zip"):
        return _read_zip
    if name.endswith(TAR_SUFFIXES):
        return _read_tar
    if _kind(name):
        return _read_file
    allowed = " ".join((".zip", *TAR_SUFFIXES, *KINDS))
    raise UserError(f"{path} is of no kind that can be read: give a folder or one of {allowed}")


def _kind(name: str) -> Kind | None:
    """Kind of a file by the end of its name; None for what is passed over."""
    return KINDS.get(name[name.rfind(".") :].lower())


def _printable(name: str) -> str:
    """The name with everything that cannot be printed (control signs, undecodable bytes) as escapes."""
    if name.isprintable():
        return name
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in name)


def _share(items: list, part: tuple[int, int]) -> list:
    """The k-th of n consecutive shares of a list, for ``part`` = (k, n)."""
    k, n = part
    return items[len(items) * k // n : len(items) * (k + 1) // n]


def _read_file(path: Path, budget: _Budget, part: tuple[int, int]) -> Iterator[SourceFile | Reject]:
    for file in _share([path], part):
        yield _load(file, str(path.parent), path.name, budget)


def _read_folder(path: Path, budget: _Budget, part: tuple[int, int]) -> Iterator[SourceFile | Reject]:
    files = sorted(_walk(path))
    budget.spend(path, len(files), 0)
    root = path.resolve()
    for name in _share(files, part):
        file = path / name
        if file.is_symlink() and not _leads_into(root, file):
            yield Reject(_printable(name), "unreadable", "a link that leads out of the folder, or to itself")
        else:
            yield _load(file, str(path), name, budget)


def _leads_into(root: Path, link: Path) -> bool:
    """Whether a link leads to something in a folder."""
    try:
        return link.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # the latter of a link that leads to itself, up to Python 3.12
        return False


def _walk(path: Path) -> Iterator[str]:
    """Names of the music files below a folder, relative to it, with ``/`` between their parts."""

    def refuse(error: OSError):
        raise UserError(f"the folder {error.filename} cannot be listed: {error.strerror}") from error

    try:
        for folder, subfolders, names in os.walk(path, onerror=refuse):
            subfolders[:] = [name for name in subfolders if not HIDDEN.search(name + "/")]
            for name in names:
                if _kind(name) and not HIDDEN.search(name):
                    yield Path(folder, name).relative_to(path).as_posix()
    except RecursionError:  # up to Python 3.11; later ones list folders nested as deeply as may be
        raise UserError(f"{path} holds folders that are nested too deeply: give those inside it") from None


def _load(file: Path, archive: str, name: str, budget: _Budget) -> SourceFile | Reject:
    """Read one file from disk; pipes and devices are never opened."""
    label = _printable(name)
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            return Reject(label, "unreadable", "no regular file")
        if refusal := budget.refusal(status.st_size, status.st_size):
            return Reject(label, *refusal)
        data = file.read_bytes()
    except OSError as error:
        return Reject(label, "unreadable", error.strerror or str(error))
    budget.spend(file, 0, len(data))
    return SourceFile(archive, label, data, _kind(name))


def _read_zip(path: Path, budget: _Budget, part: tuple[int, int]) -> Iterator[SourceFile | Reject]:
    """Read a zip by its directory: zipfile parses that, the members are cut out of a memory map.

    Going through ``ZipFile.read`` takes twice the time for members of a few kilobytes.
    """
    members = [m for m in zip_directory(path) if _kind(m.filename) and not HIDDEN.search(m.filename)]
    members.sort(key=lambda member: member.filename)
    sizes = (member.file_size for member in members)
    budget.spend(path, len(members), sum(size for size in sizes if size <= budget.caps.max_member_bytes))
    members = _share(members, part)[::-1]
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        while members:
            member = members.pop()  # each entry takes 600 bytes, and none is needed twice
            name = _printable(zip_name(member))
            if refusal := _zip_refusal(member, budget):
                yield Reject(name, *refusal)
                continue
            try:
                data = unzip(member, content)
            except (zipfile.BadZipFile, struct.error, zlib.error, EOFError, OSError, ValueError) as error:
                yield Reject(name, "unreadable", f"damaged in the archive ({error})")
            else:
                yield SourceFile(str(path), name, data, _kind(member.filename))


def _zip_refusal(member: zipfile.ZipInfo, budget: _Budget) -> tuple[str, str] | None:
    if member.flag_bits & 0x1:
        return "encrypted", ""
    if member.compress_type != zipfile.ZIP_STORED and member.compress_type not in ZIP_PACKERS:
        return "unreadable", f"packed by zip method {member.compress_type}; deflate is what can be read"
    return budget.refusal(member.file_size, member.compress_size)


def _read_tar(path: Path, budget: _Budget, part: tuple[int, int]) -> Iterator[SourceFile | Reject]:
    """Read a tar as a stream, from front to back; its shares are cut by place in the file on disk."""
    k, n = part
    damage = (tarfile.TarError, EOFError, OSError, zlib.error, lzma.LZMAError, ValueError, OverflowError)
    damage += (RecursionError,)  # tarfile's, of a thousand headers that each announce the next
    with open(path, "rb") as packed:
        place = -1
        try:
            spend = partial(budget.spend, path, 0)
            stream = TarStream(path, packed, budget.caps.max_ratio, spend)
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=CheckedTarInfo) as archive:
                while place <= k:
                    if not (member := archive.next()):
                        stream.finish()
                        break
                    archive.members.clear()  # else it keeps every header
                    place = min(n - 1, packed.tell() * n // stream.size)
                    if place == k and _kind(member.name) and not HIDDEN.search(member.name):
                        budget.spend(path, 1, 0)
                        yield _untar(archive, member, str(path), budget)
        except damage as error:
            raise UserError(f"{path} is no tar archive or a damaged one ({error}): get it again") from error


def _untar(archive: tarfile.TarFile, member: tarfile.TarInfo, path: str, budget: _Budget):
    """Read the member at which the stream stands: regular files only, no links, no devices."""
    name = _printable(member.name.removeprefix("./"))
    if not member.isreg() or member.issparse():
        return Reject(name, "unreadable", "a link or device, no regular file")
    if refusal := budget.refusal(member.size, member.size):
        return Reject(name, *refusal)
    return SourceFile(path, name, archive.extractfile(member).read(), _kind(member.name))
