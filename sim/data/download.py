"""Download of one file over HTTP: resumed after an interruption, and refused if it is not the expected kind of file.

`pooch.retrieve` calls a `Download` to fill its temporary file, checks the hash and moves the file into place. pooch's
own downloader restarts after every interruption and accepts any answer; kernels are large, and archives may answer with
an error page.
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
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from sim.core.errors import DataError
from sim.core.regular_files import read_json
from sim.core.values import JsonTable

if TYPE_CHECKING:
    import requests

MAX_BYTES = 8 << 30
"""Maximum size of a file: twice the largest planetary ephemeris."""
IDLE = 4
"""Maximum number of attempts in a row without new data."""
ATTEMPTS = 200
"""Maximum number of attempts."""
PAUSE_S = 0.5
"""Wait before the second attempt (s); doubled after each attempt without new data."""
TIMEOUT_S = (10.0, 60.0)
"""To connect, and between two parts of the answer (s)."""
HEADERS = {
    ".bsp": ("kernel (SPK)", (b"DAF/SPK", b"NAIF/DAF")),
    ".bpc": ("kernel (binary PCK)", (b"DAF/PCK", b"NAIF/DAF")),
    ".bc": ("kernel (CK)", (b"DAF/CK", b"NAIF/DAF")),
}
"""Suffix → kind of file and its first bytes. Source: NAIF, DAF Required Reading and Kernel Required Reading."""

Tell = Callable[[int, int | None], object]
"""Receives the number of bytes downloaded and the total (None if the server does not state it)."""

_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_CHUNK = 1 << 13  # an incomplete chunk is lost when the connection breaks
_HEAD = 1 << 12
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


class _CutError(Exception):
    """The connection broke or the server failed; another attempt may succeed."""


class _Writable(Protocol):
    def write(self, data: memoryview, /) -> int: ...


class Download:
    """Downloads one URL into the file that pooch names; an incomplete file is kept beside it as `partial`.

    Parameters
    ----------
    name : str
        File name, whose suffix states the kind of file.
    expected : str
        SHA-256 in hexadecimal, or "" if unknown.
    tell : callable
        Receives the progress.

    Attributes
    ----------
    sha256, size
        Of the downloaded file, after the call.
    """

    def __init__(self, name: str, expected: str, tell: Tell) -> None:
        self.name, self.expected, self.tell = name, expected, tell
        self.sha256, self.size = "", 0
        self._resumed = False

    def __call__(self, url: str, output_file: str, pooch: object = None) -> None:
        part = Path(output_file).with_name("partial")
        note = part.with_name("partial.json")
        self._resumed = False
        self._all(url, part, note)
        self.sha256 = _digest(part)
        if self._resumed and self.expected and self.sha256 != self.expected:  # the earlier part was of another file
            part.unlink()
            self._all(url, part, note)
            self.sha256 = _digest(part)
        self.size = part.stat().st_size
        os.replace(part, output_file)

    def _all(self, url: str, part: Path, note: Path) -> None:
        """Repeat attempts until the file is complete. Raises `DataError` if it never is."""
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
        raise DataError(f"{url} could not be downloaded: {last}. {best:,} bytes were received. Try again later")

    def _attempt(self, session: requests.Session, url: str, part: Path, note: Path) -> None:
        import requests
        import urllib3

        have = self._usable(url, part, note)
        headers = {"Accept-Encoding": "identity", "User-Agent": "farside-sim"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if validator := _noted(note).get("validator"):
                headers["If-Range"] = str(validator)
        try:
            with session.get(url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
                self._answer(response, url, part, note, have)
        except requests.exceptions.SSLError as error:
            why = f"the server's certificate is not trusted ({error})"
            raise DataError(f"{url} could not be downloaded: {why}") from error
        except (
            requests.exceptions.ConnectionError,
            requests.exceptions.Timeout,
            urllib3.exceptions.HTTPError,
        ) as error:
            raise _CutError(_short(error)) from error
        except (requests.exceptions.RequestException, UnicodeError) as error:  # not a URL, too many redirects
            raise DataError(f"{url} could not be downloaded: {_short(error)}. Check the address") from error
        except (ValueError, AssertionError, http.client.HTTPException) as error:  # such as a chunk of negative length
            raise _CutError(f"the server's answer is not HTTP ({_short(error)})") from error

    def _answer(self, response: requests.Response, url: str, part: Path, note: Path, have: int) -> None:
        """Append one answer to the partial file. Raises `_CutError` if the file is still incomplete."""
        status, headers = response.status_code, response.headers
        if status in _AGAIN:
            raise _CutError(f"the server answers {status} {response.reason}")
        if status == 416:  # range not satisfiable: the partial file is not of this file
            part.unlink(missing_ok=True)
            raise _CutError("the server does not have the requested range")
        if status not in (200, 206):
            raise DataError(f"{url}: the server answers {status} {response.reason}. Check the address")
        plain = headers.get("Content-Encoding", "identity") == "identity"
        if not plain and not self.name.lower().endswith((".gz", ".tgz")):
            raise DataError(f"{url}: the server compresses the file against the request. Download it by other means")
        start, total = 0, None
        if status == 206:
            match = _RANGE.fullmatch(headers.get("Content-Range", ""))
            if match is None or int(match[1]) != have:
                part.unlink(missing_ok=True)
                raise _CutError("the server sends another range than requested")
            start, total = have, None if match[3] == "*" else int(match[3])
            self._refuse_other(headers, total, part, note)
            self._resumed = True
        elif headers.get("Content-Length", "").isdigit():
            total = int(headers["Content-Length"])
        _refuse_large(url, total)
        _refuse_full(self.name, part.parent, (total or 0) - start)
        if not start:
            validator = _validator(headers)
            note.write_text(json.dumps({"url": url, "validator": validator, "total": total}), encoding="utf-8")
        done, seen = start, False
        with part.open("r+b" if start else "wb", buffering=0) as file:
            file.seek(start)
            self.tell(done, total)
            for chunk in response.raw.stream(_CHUNK, decode_content=False):
                _refuse_large(url, done + len(chunk))
                _write(file, chunk)
                done += len(chunk)
                if not seen and done >= _HEAD:  # recognize an error page before all is downloaded
                    refuse_foreign(self.name, _head(part), url)
                    seen = True
                self.tell(done, total)
            if total is not None and done != total:
                raise _CutError(f"the connection ended after {done:,} of {total:,} bytes")
            os.fsync(file.fileno())

    def _refuse_other(self, headers: Mapping[str, str], total: int | None, part: Path, note: Path) -> None:
        """Raise `_CutError` if a range is of another file than the partial one, and remove the partial file.

        A server that ignores `If-Range` sends another entity tag, date or length. A range without tag and date is
        accepted only if the hash of the file is known.
        """
        noted = _noted(note)
        before, now = noted.get("validator") or "", _validator(headers)
        other = before != now if before and now else not now and not self.expected
        longer = total is not None and isinstance(noted.get("total"), int) and noted["total"] != total
        if other or longer:
            part.unlink(missing_ok=True)
            note.unlink(missing_ok=True)
            raise _CutError("the file on the server has changed since the download began")

    def _usable(self, url: str, part: Path, note: Path) -> int:
        """Size of a partial file that can be checked against the server's entity tag or date, or against a hash."""
        noted = _noted(note)
        if noted.get("url") != url or not (noted.get("validator") or self.expected):
            part.unlink(missing_ok=True)
        return _size(part)


def refuse_foreign(name: str, head: bytes, url: str) -> None:
    """Raise `DataError` if the first bytes of a file do not fit its name, as of a web page."""
    what, headers = HEADERS.get(Path(name).suffix.lower(), ("file", ()))
    if _PAGE.match(head):
        raise DataError(f"{url} is a web page (HTML), not the {what} {name}. Open it in a browser to read it")
    if not head:
        raise DataError(f"{url} is an empty file, not the {what} {name}")
    if headers and not head.startswith(headers):
        found = head[:16].decode("ascii", "replace")
        raise DataError(f"{url}: expected a {what} that begins with {headers[0].decode()}, found {found!r}")


def refuse_unfinished(name: str, path: Path) -> None:
    """Raise `DataError` if a kernel is shorter than its header states, whatever length the server stated."""
    if Path(name).suffix.lower() not in HEADERS:
        return
    with path.open("rb") as file:
        head = file.read(96)
    if head[88:96] not in (b"LTL-IEEE", b"BIG-IEEE"):  # an old kernel without this field
        return
    free = int.from_bytes(head[84:88], "little" if head[88:91] == b"LTL" else "big", signed=True)
    needed = (free - 1) * 8  # the first free address, in double words
    if path.stat().st_size < needed:
        raise DataError(f"{name} is incomplete: {path.stat().st_size:,} of the {needed:,} bytes that its header states")


def refuse_address(url: str) -> None:
    """Raise `DataError` for a URL that is not http or https, or that contains a password."""
    try:
        parts = urlsplit(url)
        host, inside = parts.hostname, parts.username or parts.password
    except ValueError as error:
        raise DataError(f"{url!r} is not a URL: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise DataError(f"expected a URL that begins with http:// or https://, got {url!r}")
    if inside:
        raise DataError(f"the URL for {host} contains a password, which would be recorded. Put it in ~/.netrc instead")


def _session() -> requests.Session:
    """A session with proxies and passwords from the environment, that follows redirects to http and https only."""
    import requests

    class Careful(requests.Session):
        def get_redirect_target(self, resp: requests.Response) -> str | None:
            target = super().get_redirect_target(resp)
            if target is not None:
                try:
                    scheme = urlsplit(target).scheme or urlsplit(resp.url).scheme
                except ValueError as error:
                    raise DataError(f"{resp.url} redirects to {target[:200]!r}, which is not a URL: {error}") from error
                if scheme not in ("http", "https") or (scheme == "http" and resp.url.startswith("https:")):
                    how = "Only redirects to http and https are followed, never from https to http"
                    raise DataError(f"{resp.url} redirects to {target}. {how}")
            return target

    session = Careful()
    session.max_redirects = 10
    return session


def _write(file: _Writable, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[file.write(view) :]


def _refuse_large(url: str, size: int | None) -> None:
    if size is not None and size > MAX_BYTES:
        raise DataError(f"{url} is larger than {MAX_BYTES / 2**30:g} GiB. Download it by other means")


def _refuse_full(name: str, folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OSError(errno.ENOSPC, f"{name} needs {needed:,} bytes, {free:,} are free", str(folder))


def _validator(headers: Mapping[str, str]) -> str:
    """The strong entity tag of an answer, or the date of the file's last change."""
    tag = headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else headers.get("Last-Modified", "")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _noted(note: Path) -> JsonTable:
    try:
        noted = read_json(note, _HEAD)
    except DataError:
        return {}
    return noted if isinstance(noted, dict) else {}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _short(error: BaseException) -> str:
    """The text of a network error without object addresses, shortened."""
    text = re.sub(r"<[^>]* at 0x[0-9a-f]+>:? ?", "", str(error))
    return text if len(text) < 300 else text[:300] + " …"
