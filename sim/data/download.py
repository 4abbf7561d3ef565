"""One file over HTTP, whole or not at all: resumed where it was cut, refused where it is not what was asked for.

`pooch.retrieve` calls a `Download` to fill its temporary file, checks the hash and moves the file into place. pooch's
own downloader begins anew after every cut and keeps whatever comes; kernels are large, and archives answer with pages.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import json
import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sim.core.errors import DataError
from sim.core.regular_files import read_json

MAX_BYTES = 8 << 30
"""Larger files are refused: twice the largest planetary ephemeris, and no server can fill a disk without end."""
IDLE = 4
"""So many attempts in a row may bring nothing new."""
ATTEMPTS = 200
"""So many attempts in all, however little each one brings."""
PAUSE_S = 0.5
"""Wait before the first repeated attempt; doubled each time that nothing new has come."""
TIMEOUT_S = (10.0, 60.0)
"""To connect, and between two pieces."""
HEADERS = {
    ".bsp": ("SPK kernel", (b"DAF/SPK", b"NAIF/DAF")),
    ".bpc": ("binary PCK kernel", (b"DAF/PCK", b"NAIF/DAF")),
    ".bc": ("CK kernel", (b"DAF/CK", b"NAIF/DAF")),
}
"""How files begin, by the end of their names. Source: NAIF, DAF Required Reading and Kernel Required Reading."""

Tell = Callable[[int, int | None], object]
"""Told how many bytes have come, of how many (None: the server does not say)."""

_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_CHUNK = 1 << 13  # what of a chunk has come when the line is cut is lost
_HEAD = 1 << 12
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


class _CutError(Exception):
    """The server or the line gave up half-way: worth another attempt."""


class Download:
    """Fetches one URL into the file that pooch names; keeps what has come in `partial` beside it until all is there.

    name : what the file is to be called: tells what it should contain
    expected : SHA-256 in hexadecimal, or "" where nobody knows it
    tell : told of the progress
    sha256, size : of what came, afterwards
    """

    def __init__(self, name: str, expected: str, tell: Tell) -> None:
        self.name, self.expected, self.tell = name, expected, tell
        self.sha256, self.size = "", 0
        self._resumed = False

    def __call__(self, url: str, output_file: Any, pooch: Any = None) -> None:
        part = Path(output_file).with_name("partial")
        note = part.with_name("partial.json")
        self._resumed = False
        self._all(url, part, note)
        self.sha256 = _digest(part)
        if self._resumed and self.expected and self.sha256 != self.expected:  # what had come before was of another file
            part.unlink()
            self._all(url, part, note)
            self.sha256 = _digest(part)
        self.size = part.stat().st_size
        os.replace(part, output_file)

    def _all(self, url: str, part: Path, note: Path) -> None:
        """Attempts until all has come. Raises `DataError` if it never does."""
        best, idle, last = _size(part), 0, ""
        with _session() as session:
            for _ in range(ATTEMPTS):
                try:
                    self._attempt(session, url, part, note)
                    refuse_foreign(self.name, _head(part), url)
                    return refuse_unfinished(self.name, part)
                except _CutError as error:
                    last = str(error)
                reached = _size(part)
                idle, best = (0, reached) if reached > best else (idle + 1, best)
                if idle >= IDLE:
                    break
                time.sleep(PAUSE_S * 2 ** max(idle - 1, 0))
        raise DataError(f"{url} could not be fetched: {last}. {best:,} bytes had come. Try again later")

    def _attempt(self, session: Any, url: str, part: Path, note: Path) -> None:
        import requests
        import urllib3

        have = self._usable(url, part, note)
        headers = {"Accept-Encoding": "identity", "User-Agent": "farside-sim"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if validator := _said(note).get("validator"):
                headers["If-Range"] = validator
        try:
            with session.get(url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
                self._answer(response, url, part, note, have)
        except requests.exceptions.SSLError as error:
            raise DataError(f"{url} could not be fetched: the server's certificate is not trusted ({error})") from error
        except (
            requests.exceptions.ConnectionError,
            requests.exceptions.Timeout,
            urllib3.exceptions.HTTPError,
        ) as error:
            raise _CutError(_short(error)) from error
        except (requests.exceptions.RequestException, UnicodeError) as error:  # no URL, too many redirects
            raise DataError(f"{url} could not be fetched: {_short(error)}. Check the address") from error
        except (ValueError, AssertionError, http.client.HTTPException) as error:  # chunks of a negative length
            raise _CutError(f"the server's answer is not HTTP ({_short(error)})") from error

    def _answer(self, response: Any, url: str, part: Path, note: Path, have: int) -> None:
        """What one answer brings, written after what is there already. Raises `_CutError` if it is not all."""
        status, told = response.status_code, response.headers
        if status in _AGAIN:
            raise _CutError(f"the server answers {status} {response.reason}")
        if status == 416:  # there is no more: what is there is not a part of this file
            part.unlink(missing_ok=True)
            raise _CutError("the server does not know the part that is asked for")
        if status not in (200, 206):
            raise DataError(f"{url}: the server answers {status} {response.reason}. Check the address")
        if told.get("Content-Encoding", "identity") != "identity" and not self.name.lower().endswith((".gz", ".tgz")):
            raise DataError(f"{url}: the server compresses the file, though asked not to. Fetch it by other means")
        start, total = 0, None
        if status == 206:
            match = _RANGE.fullmatch(told.get("Content-Range", ""))
            if match is None or int(match[1]) != have:
                part.unlink(missing_ok=True)
                raise _CutError("the server sends another part than was asked for")
            start, total = have, None if match[3] == "*" else int(match[3])
            self._refuse_other(told, total, part, note)
            self._resumed = True
        elif told.get("Content-Length", "").isdigit():
            total = int(told["Content-Length"])
        _refuse_large(url, total)
        _refuse_full(self.name, part.parent, (total or 0) - start)
        if not start:
            validator = _validator(told)
            note.write_text(json.dumps({"url": url, "validator": validator, "total": total}), encoding="utf-8")
        done, seen = start, False
        with part.open("r+b" if start else "wb", buffering=0) as file:
            file.seek(start)
            self.tell(done, total)
            for chunk in response.raw.stream(_CHUNK, decode_content=False):
                _refuse_large(url, done + len(chunk))
                _write(file, chunk)
                done += len(chunk)
                if not seen and done >= _HEAD:  # a page in place of half a gigabyte is known by its beginning
                    refuse_foreign(self.name, _head(part), url)
                    seen = True
                self.tell(done, total)
            if total is not None and done != total:
                raise _CutError(f"the connection ended after {done:,} of {total:,} bytes")
            os.fsync(file.fileno())

    def _refuse_other(self, told: Any, total: int | None, part: Path, note: Path) -> None:
        """Raises `_CutError` if a part is of another file than the one begun, and drops what had come of that.

        A server that ignores `If-Range` says so by another entity tag, date or length. One that says no tag or date in
        a part is believed only where the whole file's hash is known.
        """
        said = _said(note)
        before, now = said.get("validator") or "", _validator(told)
        other = before != now if before and now else not now and not self.expected
        longer = total is not None and isinstance(said.get("total"), int) and said["total"] != total
        if other or longer:
            part.unlink(missing_ok=True)
            note.unlink(missing_ok=True)
            raise _CutError("the server sends a part of another file than the one that was begun")

    def _usable(self, url: str, part: Path, note: Path) -> int:
        """How much is there that will be known to be of this file: by what the server says of it, or by its hash."""
        said = _said(note)
        if said.get("url") != url or not (said.get("validator") or self.expected):
            part.unlink(missing_ok=True)
        return _size(part)


def refuse_foreign(name: str, head: bytes, url: str) -> None:
    """Raises `DataError` if a file does not begin as its name promises: above all, if it is a web page."""
    what, headers = HEADERS.get(Path(name).suffix.lower(), ("file", ()))
    if _PAGE.match(head):
        raise DataError(f"{url} gives a web page (HTML), not the {what} {name}. See in a browser what it says")
    if not head:
        raise DataError(f"{url} gives an empty file, not the {what} {name}")
    if headers and not head.startswith(headers):
        found = head[:16].decode("ascii", "replace")
        raise DataError(f"{url} gives no {what}: expected it to begin {headers[0].decode()}, found {found!r}")


def refuse_unfinished(name: str, path: Path) -> None:
    """Raises `DataError` if a kernel is shorter than its own header says, whatever the server said of its length."""
    if Path(name).suffix.lower() not in HEADERS:
        return
    with path.open("rb") as file:
        head = file.read(96)
    if head[88:96] not in (b"LTL-IEEE", b"BIG-IEEE"):  # older than this field
        return
    free = int.from_bytes(head[84:88], "little" if head[88:91] == b"LTL" else "big", signed=True)
    needed = (free - 1) * 8  # the first free address, in double words
    if path.stat().st_size < needed:
        raise DataError(f"{name} is not whole: its header asks for {needed:,} bytes, {path.stat().st_size:,} came")


def refuse_address(url: str) -> None:
    """Raises `DataError` for a URL that is not plain http or https."""
    try:
        parts = urlsplit(url)
        host, inside = parts.hostname, parts.username or parts.password
    except ValueError as error:
        raise DataError(f"{url!r} is no URL: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise DataError(f"expected a URL that begins http:// or https://, got {url!r}")
    if inside:
        raise DataError(f"the URL for {host} holds a password, which would be recorded. Put it into ~/.netrc")


def _session() -> Any:
    """A session that takes proxies and passwords from the environment, and follows redirects by http and https only."""
    import requests

    class Careful(requests.Session):
        def get_redirect_target(self, resp: Any) -> str | None:
            target = super().get_redirect_target(resp)
            if target is not None:
                try:
                    scheme = urlsplit(target).scheme or urlsplit(resp.url).scheme
                except ValueError as error:
                    raise DataError(f"{resp.url} leads to {target[:200]!r}, which is no URL: {error}") from error
                if scheme not in ("http", "https") or (scheme == "http" and resp.url.startswith("https:")):
                    how = "Only http and https are followed, and never from https to http"
                    raise DataError(f"{resp.url} leads to {target}. {how}")
            return target

    session = Careful()
    session.max_redirects = 10
    return session


def _write(file: Any, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[file.write(view) :]


def _refuse_large(url: str, size: int | None) -> None:
    if size is not None and size > MAX_BYTES:
        raise DataError(f"{url} is larger than {MAX_BYTES / 2**30:g} GiB. Fetch it by other means, and give its path")


def _refuse_full(name: str, folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OSError(errno.ENOSPC, f"{name} needs {needed:,} bytes, there is room for {free:,}", str(folder))


def _validator(told: Any) -> str:
    """What an answer says by which its file is known: a strong entity tag, or the date of its last change."""
    tag: str = told.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else told.get("Last-Modified", "")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _said(note: Path) -> dict[str, Any]:
    try:
        said = read_json(note, _HEAD)
    except DataError:
        return {}
    return said if isinstance(said, dict) else {}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _short(error: BaseException) -> str:
    """The first sentence of an error of the network, without the addresses of objects."""
    text = re.sub(r"<[^>]* at 0x[0-9a-f]+>:? ?", "", str(error))
    return text if len(text) < 300 else text[:300] + " …"
