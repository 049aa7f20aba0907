"""Files that appear under their final name only when they are whole; folders that change by one rename.

The last member of a JSON file is the SHA-256 of all that stands before it. Those of earlier versions have
none and are read all the same.
"""

import errno
import hashlib
import json
import math
import os
import reprlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from melody_tutorial.errors import UserError

UNFINISHED = ".building-"  # begins the names of files and folders that are being written, or were when killed
LOCK = f"{UNFINISHED}lock"  # on Windows, where a folder itself cannot be locked
CHECK_SUM = "check_sum"  # a JSON file's last member
MOST_JSON_BYTES = 2**26  # of a file that is read
MOST_DIGITS = 18  # of a whole number, so that it fits into 64 bits
OF_THE_SYSTEM = {".DS_Store", "Thumbs.db", "desktop.ini"}  # file managers leave them anywhere
HELD: ContextVar[frozenset[Path]] = ContextVar("locked folders", default=frozenset())  # by thread
UNSUPPORTED = {errno.EINVAL, errno.ENOTSUP, errno.ENOLCK, errno.ENOSYS, errno.EACCES}  # by some file systems


def several(paths: str | Path | Iterable[str | Path]) -> Iterable[str | Path]:
    """Paths as they are given; one that stands alone as a list."""
    return [paths] if isinstance(paths, str | os.PathLike) else paths


def claim_folder(folder: str | Path, mark: str) -> Path:
    """A folder that may be written to: it is not there yet, is empty, or holds a file ``mark``.

    What a killed process was writing, and what file managers leave, does not count.

    Raises:
        UserError: it is a file, or somebody else's folder; nothing of it is touched.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"--output {folder} is a file: give a folder")
    if folder.is_dir() and not (folder / mark).exists() and any(map(is_finished, folder.iterdir())):
        raise UserError(
            f"--output {folder} holds other files and no {mark}: give a new or an empty folder, "
            "so that nothing of yours is overwritten"
        )
    return folder


@contextmanager
def locked(folder: str | Path) -> Iterator[None]:
    """Make a folder if need be, and keep other processes from writing to it meanwhile.

    Whoever holds the lock may take it again for a part of the work. It goes with the process, however that
    ends; where a file system has no locks, there is none.

    Raises:
        UserError: another process, or another thread, is writing there.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    held, place = HELD.get(), folder.resolve()
    if place in held:
        yield
        return
    try:
        handle = lock_handle(folder)
    except BlockingIOError:
        raise UserError(
            f"another process is writing to {folder} right now: wait for it, or choose another --output"
        ) from None
    token = HELD.set(held | {place})
    try:
        yield
    finally:
        HELD.reset(token)
        os.close(handle)


def lock_handle(folder: Path) -> int:
    """An open handle that holds the lock of a folder; BlockingIOError where another one holds it."""
    if os.name == "nt":
        import msvcrt

        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT)
        lock, busy = lambda: msvcrt.locking(handle, msvcrt.LK_NBLCK, 1), PermissionError
    else:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
        lock, busy = lambda: fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB), BlockingIOError
    try:
        lock()
    except busy:
        os.close(handle)
        raise BlockingIOError from None
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            os.close(handle)
            raise
    return handle


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; on success it is synced and renamed to ``path``.

    When the block raises (an interrupt too), the temporary file goes and ``path`` stays as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays: some writers choose their format by it.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{UNFINISHED}{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def building_folder(folder: str | Path) -> Iterator[Path]:
    """Give a temporary folder inside ``folder``, where its next content is built; it goes at the end."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=folder, prefix=UNFINISHED))
    try:
        yield building
    finally:
        shutil.rmtree(building, ignore_errors=True)


def publish(building: Path, folder: Path, index: str) -> None:
    """Move the files of ``building`` into ``folder``: parts first, then the index that names them.

    A part's name must hold its check sum (``checked_name``): so no part of the old content is overwritten by
    another one, and the rename of the index is the one moment at which new takes the place of old. A process
    that is killed before it leaves the old content whole, after it the new; parts that no index names may be
    left, for the next ``sweep``. Call both while the folder is ``locked``.
    """
    for part in building.iterdir():
        if part.name != index:
            os.replace(part, folder / part.name)
    sync_folder(folder)
    os.replace(building / index, folder / index)
    sync_folder(folder)


def sweep(folder: Path, old: Iterable[str] = ()) -> None:
    """Remove files of a folder that no index names any more, and what killed processes were writing there."""
    unfinished = [
        path.name for path in folder.iterdir() if path.name.startswith(UNFINISHED) and path.name != LOCK
    ]
    for path in map(folder.joinpath, [*old, *unfinished]):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def checked_name(name: str, digest: str) -> str:
    """A file's name with the beginning of its SHA-256 in it: weights.npz → weights-0123456789ab.npz."""
    path = Path(name)
    return f"{path.stem}-{digest[:12]}{path.suffix}"


def sync_folder(folder: Path) -> None:
    """Make sure that renames in a folder outlast a loss of power, where the system can (Windows cannot)."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in UNSUPPORTED:
                raise
        finally:
            os.close(handle)


def is_finished(path: Path) -> bool:
    """Whether a file or folder is anything but what a killed process was writing, or a file manager left."""
    return not path.name.startswith(UNFINISHED) and path.name not in OF_THE_SYSTEM


def write_bytes(path: str | Path, data: bytes) -> Path:
    """Write ``data`` to ``path`` atomically and return the path."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)
    return Path(path)


def write_text(path: str | Path, text: str) -> Path:
    """Write ``text`` as UTF-8 to ``path`` atomically and return the path.

    Bytes of a file's name that are no text (PEP 383) become escapes, which JSON reads back.
    """
    return write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_json(path: str | Path, members: dict[str, Any]) -> Path:
    """Write plain values, at least one, as a JSON file with a check sum; atomically.

    Raises:
        ValueError: a number is not finite.
    """
    text = json.dumps(members, indent=1, ensure_ascii=False, allow_nan=False)
    beginning = text.removesuffix("\n}") + ",\n"
    return write_bytes(path, sealed(beginning.encode("utf-8", "backslashreplace")))


def read_json(path: str | Path) -> dict[str, Any]:
    """The members of a JSON file but for the check sum, which is right, if there is one.

    Raises:
        ValueError: it is something else, a number is not finite, or it was altered; says in words why.
        OSError: it cannot be read at all.
    """
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > MOST_JSON_BYTES:
            raise ValueError(f"it has more than {MOST_JSON_BYTES:,} bytes")
        data = file.read(size)
    try:
        members = json.loads(data, parse_float=finite, parse_constant=finite, parse_int=whole)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(members, dict):
        raise ValueError("it is no JSON object")
    if CHECK_SUM in members and data != sealed(data[: data.rfind(f' "{CHECK_SUM}"'.encode())]):
        raise ValueError("it was altered after it was written, as its check sum says")
    members.pop(CHECK_SUM, None)
    return members


def check_shape(value: Any, shape: Any, name: str = "it") -> None:
    """Raise a ValueError that names the first part of a JSON value that is not as its shape.

    Args:
        shape: a type; a list of the shape of all its items; or the shapes of members by their names, all of
            which have to be there, ``...`` standing for any other.
    """
    if isinstance(shape, type):
        if type(value) is not shape:
            raise ValueError(f"{name} is {reprlib.repr(value)}, no {shape.__name__}")
    elif type(value) is not type(shape):
        raise ValueError(f"{name} is {reprlib.repr(value)}, no {type(shape).__name__}")
    elif isinstance(shape, list):
        for number, item in enumerate(value):
            check_shape(item, shape[0], f"{name}[{number}]")
    else:
        if missing := [each for each in shape if each is not ... and each not in value]:
            raise ValueError(f"{name} lacks {missing[0]!r}")
        for member in value.keys() if ... in shape else shape:
            check_shape(value[member], shape.get(member, shape.get(...)), member)


def sealed(beginning: bytes) -> bytes:
    """A JSON object, given all of it but its last member, the check sum."""
    digest = hashlib.sha256(beginning).hexdigest()
    return beginning + f' "{CHECK_SUM}": "{digest}"\n}}\n'.encode()


def finite(text: str) -> float:
    """The number that a text stands for; a ValueError unless it is finite."""
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{text} is no finite number")
    return number


def whole(text: str) -> int:
    """The whole number that a text stands for; a ValueError if it has too many digits."""
    if len(text) > MOST_DIGITS:
        raise ValueError(f"{text[:MOST_DIGITS]}… is too large a number")
    return int(text)


def sha256(path: str | Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
