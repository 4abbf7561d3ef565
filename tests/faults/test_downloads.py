"""What a server sends is the file that was asked for, all of it, or nothing is kept."""

import hashlib
import os
import re

import pytest

from sim.core.errors import DataError
from sim.data import download, store
from tests.stories.test_data import Handler, in_chunks, leads_to, server, whole  # noqa: F401

ONE = b"DAF/SPK " + bytes(range(256)) * 400
TWO = b"DAF/SPK " + bytes(reversed(range(256))) * 400
HALF = len(ONE) // 2


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty folder of fetched data, no waiting between attempts, and no proxy."""
    monkeypatch.setenv(store.ENVIRONMENT, str(tmp_path / "fetched"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "PAUSE_S", 0.0)
    return tmp_path / "fetched"


def changing(tag, longer=0):
    """The first file, cut; then, whatever the condition says, the rest of the second, under another tag or none."""

    def answer(handler: Handler) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        first = len(handler.server.seen) == 1
        body = (ONE if first else TWO)[int(asked[1]) if asked else 0 :]
        handler.send_response(206 if asked else 200)
        if asked:
            handler.send_header("Content-Range", f"bytes {asked[1]}-{len(TWO) - 1}/{len(TWO) + longer}")
        if first or tag:
            handler.send_header("ETag", '"one"' if first else tag)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if first:
            body, handler.close_connection = body[:HALF], True
        handler.wfile.write(body)

    return answer


@pytest.mark.parametrize("sha256", ["", hashlib.sha256(TWO).hexdigest()])
@pytest.mark.parametrize("tag", ['"two"', 'W/"one"', ""])
def test_halves_of_two_files_are_never_one(server, home, tag, sha256):  # noqa: F811
    server.answers["/a.bsp"] = changing(tag)
    record = store.fetch(f"{server.url}/a.bsp", sha256)
    assert record.path.read_bytes() == TWO
    assert record.sha256 == hashlib.sha256(TWO).hexdigest()


def test_a_part_of_a_file_of_another_length_is_dropped(server, home):  # noqa: F811
    server.answers["/a.bsp"] = changing('"one"', longer=5)
    assert store.fetch(f"{server.url}/a.bsp").path.read_bytes() == TWO


LONG = "http://" + "a" * 70 + ".x/"
BAD = ["http://[::1/x.bsp", "http://a:b/x.bsp", "http://:80/", "//", "http://é.\ud800/x", LONG]


@pytest.mark.parametrize("target", BAD)
def test_a_redirect_to_what_is_no_address_is_told(server, home, target):  # noqa: F811
    server.answers["/a.bsp"] = leads_to(target.encode("utf-8", "replace").decode("latin-1"))
    with pytest.raises(DataError, match=r"a\.bsp|no URL|could not be downloaded"):
        store.fetch(f"{server.url}/a.bsp")
    assert not (home / "a.bsp").exists()


@pytest.mark.parametrize("length", [b"-5", b"-0x10", b"zz", b"", b"1e9", b"9" * 40, b"\x80"])
def test_chunks_of_no_length_are_told(server, home, length):  # noqa: F811
    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"8\r\nDAF/SPK \r\n" + length + b"\r\nsome more\r\n0\r\n\r\n")
        handler.close_connection = True

    server.answers["/a.bsp"] = answer
    with pytest.raises(DataError, match=r"could not be downloaded"):
        store.fetch(f"{server.url}/a.bsp")
    assert not (home / "a.bsp").exists()


@pytest.mark.parametrize("name", ["partial", "partial.json", "tmpx"])
@pytest.mark.parametrize("what", ["pipe", "link"])
def test_what_lies_in_the_folder_of_unfinished_fetches_is_never_followed_or_waited_for(server, home, name, what):  # noqa: F811
    """The folder may be shared with others."""
    server.answers["/a.bsp"] = whole(ONE)
    staging, mine = home / ".partial" / "a.bsp", home.parent / "mine"
    staging.mkdir(parents=True)
    mine.write_text("mine")
    os.mkfifo(staging / name) if what == "pipe" else (staging / name).symlink_to(mine)
    assert store.fetch(f"{server.url}/a.bsp").path.read_bytes() == ONE
    assert mine.read_text() == "mine"


def test_a_whole_file_in_chunks_is_still_one(server, home):  # noqa: F811
    server.answers["/a.bsp"] = in_chunks(ONE, 1000)
    assert store.fetch(f"{server.url}/a.bsp").path.read_bytes() == ONE
