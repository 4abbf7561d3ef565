"""Data from elsewhere: fetched whole or not at all, recorded, verified; only `sim data fetch` asks a network.

The server is a real one, on the loopback interface.
"""

import functools
import gzip
import hashlib
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sim
from sim.cli.verbs import app
from sim.core.errors import DataError, SimError
from sim.data import download, store
from sim.simulation import inventory

DATA = Path(__file__).with_name("data")
KERNEL = (DATA / "lro-six-hours.bsp").read_bytes()
HASH = hashlib.sha256(KERNEL).hexdigest()
LARGE = KERNEL + random.Random(1).randbytes(3 << 20)
"""A kernel with an appendix: long enough to be cut or killed half-way."""
LARGE_HASH = hashlib.sha256(LARGE).hexdigest()
CHUNK = 8192
"""So many bytes may be lost where a line is cut."""
PAGE = b"<!DOCTYPE html>\n<html><head><title>404</title></head><body>Not here</body></html>"


class Handler(BaseHTTPRequestHandler):
    """Serves what the server's `answers` say by path; keeps the requests."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append((self.path, self.headers.get("Range")))
        answer = self.server.answers[self.path.partition("?")[0]]
        try:
            answer(self)
        except OSError:  # the client has gone
            self.close_connection = True

    def log_message(self, *words):
        pass


def whole(content, *, ranges=True, cut_after=None, cuts=10**9, slow_s=0.0, status=200, length=True, tag='"one"'):
    """An answer: a file, perhaps with Range, perhaps cut after so many bytes, so many times, perhaps slowly."""
    left = [cuts]

    def answer(handler):
        begin, told = 0, status
        asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        if asked and ranges and handler.headers.get("If-Range", tag) == tag:
            begin, told = int(asked[1]), 206
        if told == 206 and begin >= len(content):
            handler.send_response(416)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        handler.send_response(told)
        if told == 206:
            handler.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        if tag:
            handler.send_header("ETag", tag)
        if length:
            handler.send_header("Content-Length", str(len(content) - begin))
        else:
            handler.send_header("Connection", "close")
        handler.end_headers()
        body = content[begin:]
        cut = cut_after is not None and left[0] > 0
        if cut:
            left[0] -= 1
            body = body[:cut_after]
        for at in range(0, len(body), 1 << 16):
            handler.wfile.write(body[at : at + (1 << 16)])
            time.sleep(slow_s)
        if cut or not length:
            handler.close_connection = True

    return answer


def in_chunks(content, size, encoding=""):
    """An answer in HTTP's chunks of so many bytes, which says no length."""

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        if encoding:
            handler.send_header("Content-Encoding", encoding)
        handler.end_headers()
        for at in range(0, len(content), size):
            chunk = content[at : at + size]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        handler.wfile.write(b"0\r\n\r\n")

    return answer


def leads_to(target):
    """An answer: a redirect."""

    def answer(handler):
        handler.send_response(302)
        handler.send_header("Location", target)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.answers, made.seen, made.daemon_threads = {}, [], True
    made.url = f"http://127.0.0.1:{made.server_port}"
    threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty folder of fetched data, no waiting between attempts, and no proxy."""
    folder = tmp_path / "fetched"
    monkeypatch.setenv(store.ENVIRONMENT, str(folder))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(download, "PAUSE_S", 0.01)
    return folder


def command(*words, **options):
    code = "from sim.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, timeout=120, **options
    )


def files(home):
    """All that lies in the folder, but for locks, which are empty."""
    found = [p for p in home.rglob("*") if p.is_file()] if home.exists() else []
    assert all(p.stat().st_size == 0 for p in found if p.suffix == ".lock")
    return sorted(str(p.relative_to(home)) for p in found if p.suffix != ".lock")


BOTH = ["lro.bsp", "lro.bsp.fetched.json"]


def test_a_url_is_fetched_its_hash_printed_and_recorded(server, home):
    server.answers["/pub/lro.bsp"] = whole(KERNEL)
    done = command("data", "fetch", f"{server.url}/pub/lro.bsp?from=archive")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(home / "lro.bsp")
    assert HASH in done.stderr
    assert (home / "lro.bsp").read_bytes() == KERNEL
    said = json.loads((home / "lro.bsp.fetched.json").read_text())
    assert said["sha256"] == HASH and said["size"] == len(KERNEL)
    assert said["url"].endswith("/pub/lro.bsp?from=archive")
    assert files(home) == BOTH


def test_what_is_there_already_is_not_fetched_again(server, home):
    server.answers["/lro.bsp"] = whole(KERNEL)
    first = store.fetch(f"{server.url}/lro.bsp")
    assert store.fetch(f"{server.url}/lro.bsp") == store.fetch("lro.bsp") == first
    assert len(server.seen) == 1


@pytest.mark.parametrize("length", [True, False], ids=["with its length", "until the connection ends"])
def test_a_connection_cut_once_is_resumed_where_it_broke_off(server, home, length):
    server.answers["/lro.bsp"] = whole(LARGE, cut_after=1_000_000, cuts=1, length=length)
    known = {} if length else {"sha256": LARGE_HASH}
    if not length:
        server.answers["/lro.bsp"] = whole(LARGE, length=False)
    assert store.fetch(f"{server.url}/lro.bsp", **known).sha256 == LARGE_HASH
    assert (home / "lro.bsp").read_bytes() == LARGE
    if length:
        (_, first), (_, second) = server.seen
        begin = int(second.removeprefix("bytes=").removesuffix("-"))
        assert first is None and 1_000_000 - CHUNK < begin <= 1_000_000


def test_a_line_that_is_cut_again_and_again_gets_there(server, home):
    server.answers["/lro.bsp"] = whole(LARGE, cut_after=400_000)
    assert store.fetch(f"{server.url}/lro.bsp").sha256 == LARGE_HASH
    assert len(server.seen) == -(-len(LARGE) // (400_000 - CHUNK))


def test_a_server_without_ranges_is_asked_for_the_whole_again(server, home):
    server.answers["/lro.bsp"] = whole(LARGE, ranges=False, cut_after=1_000_000, cuts=2)
    assert store.fetch(f"{server.url}/lro.bsp").sha256 == LARGE_HASH


def test_parts_of_two_versions_are_never_joined(server, home):
    old, new = whole(LARGE, cut_after=1_000_000, tag='"old"'), whole(KERNEL + LARGE[::-1], tag='"new"')
    server.answers["/lro.bsp"] = lambda handler: (old if len(server.seen) == 1 else new)(handler)
    store.fetch(f"{server.url}/lro.bsp")
    assert (home / "lro.bsp").read_bytes() == KERNEL + LARGE[::-1]


def test_parts_of_which_nothing_says_that_they_belong_together_are_never_joined(server, home):
    old, new = whole(LARGE, cut_after=1_000_000, tag=""), whole(KERNEL + LARGE[::-1], tag="")
    server.answers["/lro.bsp"] = lambda handler: (old if len(server.seen) == 1 else new)(handler)
    store.fetch(f"{server.url}/lro.bsp")
    assert (home / "lro.bsp").read_bytes() == KERNEL + LARGE[::-1]


@pytest.mark.parametrize("size", [3, 10_000])
def test_a_file_that_comes_in_small_pieces_is_put_together(server, home, size):
    server.answers["/lro.bsp"] = in_chunks(KERNEL, size)
    assert store.fetch(f"{server.url}/lro.bsp").sha256 == HASH


def test_a_compressed_file_stays_as_it_is_and_compression_on_the_way_is_refused(server, home):
    packed = gzip.compress(KERNEL)
    server.answers["/lro.bsp.gz"] = server.answers["/lro.bsp"] = in_chunks(packed, 4096, "gzip")
    assert store.fetch(f"{server.url}/lro.bsp.gz").size == len(packed)
    with pytest.raises(DataError, match="compresses the file"):
        store.fetch(f"{server.url}/lro.bsp")


@pytest.mark.parametrize("name", ["lro.bsp", "ldem_4.img"])
def test_an_empty_file_is_refused(server, home, name):
    server.answers[f"/{name}"] = whole(b"")
    with pytest.raises(DataError, match="is an empty file"):
        store.fetch(f"{server.url}/{name}")
    assert files(home) == []


@pytest.mark.parametrize("ranges", [True, False])
def test_a_server_that_always_cuts_is_given_up_and_nothing_is_left(server, home, ranges):
    cut = whole(LARGE, ranges=ranges, cut_after=200_000)
    nothing = whole(b"")
    server.answers["/lro.bsp"] = lambda handler: (nothing if handler.headers["Range"] and ranges else cut)(handler)
    with pytest.raises(DataError, match=r"could not be downloaded: .*bytes were received\. Try again later"):
        store.fetch(f"{server.url}/lro.bsp")
    assert files(home) == []


def test_another_hash_than_was_asked_for_is_refused_and_nothing_is_left(server, home):
    server.answers["/lro.bsp"] = whole(KERNEL)
    done = command("data", "fetch", f"{server.url}/lro.bsp", "--sha256", "0" * 64)
    assert done.returncode == 1
    assert f"expected SHA-256 {'0' * 64}, got {HASH}" in done.stderr
    assert files(home) == []


def test_a_server_that_later_gives_something_else_is_refused_and_the_old_file_stays(server, home):
    server.answers["/lro.bsp"] = whole(KERNEL)
    store.fetch(f"{server.url}/lro.bsp")
    server.answers["/lro.bsp"] = whole(LARGE)
    with pytest.raises(DataError, match="is not the expected file"):
        (home / "lro.bsp").write_bytes(KERNEL[:-1])
        store.fetch("lro.bsp")
    assert files(home) == BOTH


@pytest.mark.parametrize(
    "content", [PAGE, b"\xef\xbb\xbf \n<HTML>", b'<?xml version="1.0"?><!DOCTYPE html><html/>', b"<!-- moved --><html>"]
)
@pytest.mark.parametrize("name", ["lro.bsp", "moon.bpc", "ldem_4.img.gz", "naif0012.tls"])
def test_a_web_page_in_place_of_data_is_refused(server, home, content, name):
    server.answers[f"/{name}"] = whole(content)
    with pytest.raises(DataError, match=r"is a web page \(HTML\)"):
        store.fetch(f"{server.url}/{name}")
    assert files(home) == []


@pytest.mark.parametrize(("name", "content"), [("a.bsp", b"DAF/PCK "), ("a.bpc", b"DAF/SPK "), ("a.bsp", b"sorry")])
def test_a_file_that_is_not_the_kernel_that_its_name_says_is_refused(server, home, name, content):
    server.answers[f"/{name}"] = whole(content)
    with pytest.raises(DataError, match="that begins with DAF/"):
        store.fetch(f"{server.url}/{name}")
    assert files(home) == []


def test_a_kernel_that_ends_early_is_refused_though_the_server_calls_it_whole(server, home):
    server.answers["/lro.bsp"] = whole(KERNEL[:4096], length=False)
    with pytest.raises(DataError, match="is incomplete"):
        store.fetch(f"{server.url}/lro.bsp")
    assert files(home) == []


@pytest.mark.parametrize(("status", "words"), [(404, "answers 404 .*Check the address"), (500, "500 .*Try again")])
def test_an_error_of_the_server_is_told(server, home, status, words):
    server.answers["/lro.bsp"] = whole(PAGE, status=status)
    with pytest.raises(DataError, match=words):
        store.fetch(f"{server.url}/lro.bsp")
    assert len(server.seen) == (1 if status == 404 else download.IDLE)
    assert files(home) == []


def test_a_server_that_does_not_answer_is_reported(home):
    with pytest.raises(DataError, match="could not be downloaded: "):
        store.fetch("http://127.0.0.1:9/lro.bsp")
    assert files(home) == []


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/lro.bsp", "gopher://127.0.0.1/"])
def test_a_redirect_to_anything_but_http_is_refused(server, home, target):
    server.answers["/lro.bsp"] = leads_to(target)
    with pytest.raises(DataError, match="Only redirects to http and https are followed"):
        store.fetch(f"{server.url}/lro.bsp")
    assert files(home) == []


def test_a_redirect_by_http_is_followed_and_one_in_a_circle_is_not(server, home):
    server.answers["/lro.bsp"] = leads_to("/elsewhere/lro_v2.bsp")
    server.answers["/elsewhere/lro_v2.bsp"] = whole(KERNEL)
    assert store.fetch(f"{server.url}/lro.bsp").name == "lro.bsp"
    server.answers["/round.bsp"] = leads_to("/round.bsp")
    with pytest.raises(DataError, match="redirects"):
        store.fetch(f"{server.url}/round.bsp")


def test_a_proxy_of_the_environment_is_used(server, home, monkeypatch):
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTP_PROXY", server.url)
    monkeypatch.setenv("http_proxy", server.url)
    server.answers["http://archive.invalid/lro.bsp"] = whole(KERNEL)
    assert store.fetch("http://archive.invalid/lro.bsp").sha256 == HASH


def test_a_file_without_end_is_refused(server, home, monkeypatch):
    monkeypatch.setattr(download, "MAX_BYTES", 1 << 20)
    server.answers["/told.bsp"], server.answers["/untold.bsp"] = whole(LARGE), whole(LARGE, length=False)
    for name in ("told.bsp", "untold.bsp"):
        with pytest.raises(DataError, match="is larger than"):
            store.fetch(f"{server.url}/{name}")
    assert files(home) == []


@pytest.mark.parametrize(
    "what",
    ["../lro.bsp", "/etc/passwd", "a/b.bsp", "..", "", ".hidden", "CON", "nul.bsp", "a b.bsp", "-rf", "x\0", "a" * 200,
     "lro.bsp.fetched.json", "http://h/%2e%2e", "http://h/a%2F..%2Fb.bsp", "http://h/%00.bsp", "http://h/",
     "http://h/.partial", "ftp://h/a.bsp", "file:///etc/passwd", "http:///a.bsp", "http://[/a.bsp", "C:\\a.bsp",
     "http://name:secret@h/a.bsp", "data:../a.bsp"],
)  # fmt: skip
def test_a_name_that_is_no_plain_name_is_refused_before_anything_is_asked(home, what, monkeypatch):
    monkeypatch.setattr("requests.Session.send", lambda *words, **more: pytest.fail("asked"))
    with pytest.raises(DataError) as told:
        store.fetch(what)
    assert "secret" not in str(told.value)
    assert files(home) == []


def test_two_processes_at_once_fetch_a_file_once(server, home):
    server.answers["/lro.bsp"] = whole(LARGE, slow_s=0.01)
    words = [sys.executable, "-c", "from sim.cli import main; main()", "data", "fetch", f"{server.url}/lro.bsp"]
    both = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        out, told = process.communicate(timeout=60)
        assert process.returncode == 0, told
        assert out.strip() == str(home / "lro.bsp")
    assert (home / "lro.bsp").read_bytes() == LARGE
    assert len(server.seen) == 1
    assert files(home) == BOTH


def test_a_disk_that_fills_up_is_told_and_nothing_is_left(server, home):
    # The system itself refuses: a limit on the size of files (RLIMIT_FSIZE), as a quota does; EFBIG.
    server.answers["/lro.bsp"] = whole(LARGE)
    limit = functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    done = command("data", "fetch", f"{server.url}/lro.bsp", preexec_fn=limit)
    assert done.returncode == 1
    assert "the disk is too full for lro.bsp" in done.stderr and "FARSIDE_SIM_DATA" in done.stderr
    assert "Traceback" not in done.stderr
    assert files(home) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_device_is_told_and_nothing_is_left(server, home, monkeypatch):
    # Every write to /dev/full fails with ENOSPC, the system's word for a full disk.
    server.answers["/lro.bsp"] = whole(LARGE)
    full = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr(download, "_write", lambda file, chunk: os.write(full, chunk))
    with pytest.raises(DataError, match=r"the disk is too full for lro.bsp in .*No space left on device"):
        store.fetch(f"{server.url}/lro.bsp")
    assert files(home) == []


def test_more_than_there_is_room_for_is_refused_before_it_is_fetched(server, home, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1000}))
    server.answers["/lro.bsp"] = whole(LARGE)
    with pytest.raises(DataError, match=r"needs 3,\d+,\d+ bytes, 1,000 are free"):
        store.fetch(f"{server.url}/lro.bsp")
    assert files(home) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_may_not_be_written_is_told(server, home):
    home.mkdir(mode=0o500)
    with pytest.raises(DataError, match="Set FARSIDE_SIM_DATA to a folder that you can write to"):
        store.fetch(f"{server.url}/lro.bsp")


def test_a_folder_that_is_a_file_is_told(server, home):
    home.write_text("")
    with pytest.raises(DataError, match="Set FARSIDE_SIM_DATA to a folder that you can write to"):
        store.fetch(f"{server.url}/lro.bsp")


def test_a_fetch_that_is_killed_leaves_no_half_file_and_the_next_one_goes_on(server, home):
    server.answers["/lro.bsp"] = whole(LARGE, slow_s=0.02)
    words = [sys.executable, "-c", "from sim.cli import main; main()", "data", "fetch", f"{server.url}/lro.bsp"]
    chance = random.Random(4)
    partial, grown, last = home / ".partial" / "lro.bsp" / "partial", 0, 0
    for _ in range(4):
        asked = len(server.seen)
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while len(server.seen) == asked and process.poll() is None:
            time.sleep(0.005)
        time.sleep(chance.uniform(0.0, 0.2))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert not (home / "lro.bsp").exists() or (home / "lro.bsp").read_bytes() == LARGE
        size = partial.stat().st_size if partial.exists() else 0
        grown, last = grown + (size > last), size
    server.answers["/lro.bsp"] = whole(LARGE)
    assert store.fetch(f"{server.url}/lro.bsp").sha256 == LARGE_HASH
    assert grown and server.seen[-1][1] == f"bytes={last}-"  # it went on where the last one was killed
    assert files(home) == BOTH


@pytest.mark.long
def test_a_fetch_that_is_killed_at_any_moment_leaves_the_whole_file_or_none(server, home):
    server.answers["/lro.bsp"] = whole(LARGE, slow_s=0.001)
    words = [sys.executable, "-c", "from sim.cli import main; main()", "data", "fetch", f"{server.url}/lro.bsp"]
    chance, whole_ones = random.Random(5), 0
    for _ in range(30):
        asked = len(server.seen)
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while len(server.seen) == asked and process.poll() is None:
            time.sleep(0.001)
        time.sleep(chance.uniform(0.0, 0.3))
        process.kill()
        process.wait()
        if (home / "lro.bsp").exists():
            assert (home / "lro.bsp").read_bytes() == LARGE
            assert store.find("data:lro.bsp")
            (home / "lro.bsp").unlink()
            whole_ones += 1
    assert 0 < whole_ones < 30  # some were killed before, some after the file was there
    assert store.fetch(f"{server.url}/lro.bsp").sha256 == LARGE_HASH
    assert files(home) == BOTH


def test_a_complete_file_that_was_not_recorded_before_a_kill_is_downloaded_again(server, home):
    server.answers["/lro.bsp"] = whole(LARGE)
    staging = home / ".partial" / "lro.bsp"
    staging.mkdir(parents=True)
    (staging / "lro.bsp").write_bytes(b"DAF/SPK of another address")
    assert store.fetch(f"{server.url}/lro.bsp").sha256 == LARGE_HASH
    assert (home / "lro.bsp").read_bytes() == LARGE
    assert files(home) == BOTH


def test_what_a_killed_fetch_left_of_another_file_is_thrown_away(server, home):
    server.answers["/lro.bsp"] = whole(LARGE, tag="")
    staging = home / ".partial" / "lro.bsp"
    staging.mkdir(parents=True)
    (staging / "partial").write_bytes(b"DAF/SPK other" * 1000)
    (staging / "tmpabc").write_bytes(b"")
    (staging / "partial.json").write_text(json.dumps({"url": f"{server.url}/lro.bsp", "validator": ""}))
    assert store.fetch(f"{server.url}/lro.bsp", LARGE_HASH).sha256 == LARGE_HASH
    assert [asked for _, asked in server.seen] == ["bytes=13000-", None]
    assert files(home) == BOTH


def test_verify_tells_what_has_changed(server, home):
    server.answers["/lro.bsp"], server.answers["/other.bsp"] = whole(KERNEL), whole(KERNEL)
    store.fetch(f"{server.url}/lro.bsp")
    store.fetch(f"{server.url}/other.bsp")
    assert {check.verdict for check in inventory.verify()} <= {"same", "not known"}
    damaged = bytearray(KERNEL)
    damaged[5000] ^= 1
    (home / "lro.bsp").write_bytes(damaged)
    (home / "other.bsp").unlink()
    done = command("data", "verify")
    assert done.returncode == 1
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[1:]}
    assert rows["lro.bsp"][:3] == ["differs", HASH, hashlib.sha256(damaged).hexdigest()]
    assert rows["other.bsp"][:2] == ["missing", HASH]
    assert set(rows) == {"lro.bsp", "other.bsp"}
    with pytest.raises(DataError, match=r"has changed since it was downloaded.*sim data fetch lro\.bsp"):
        store.find("data:lro.bsp")
    store.fetch("lro.bsp")
    store.fetch("other.bsp")
    assert {check.verdict for check in inventory.verify()} <= {"same", "not known"}


def test_installed_kernels_are_what_their_packages_say(home):
    verdicts = {check.name: check.verdict for check in inventory.verify()}
    assert verdicts["de421"] == verdicts["moon_pa_de421"] == verdicts["finals2000A.all"] == "same"


def test_status_lists_everything_with_span_hash_and_place(server, home):
    server.answers["/lro.bsp"] = whole(KERNEL)
    store.fetch(f"{server.url}/lro.bsp")
    (home / "by-hand.img").write_bytes(b"heights")
    said = json.loads(CliRunner().invoke(app, ["data", "status", "--json"]).stdout)
    assert said["folder"] == str(home)
    have = {item["name"]: item for item in said["installed"] + said["fetched"]}
    assert {"de421", "de440", "moon_pa_de421", "leap seconds", "grgm1200a.npz", "lro.bsp", "by-hand.img"} <= set(have)
    assert have["de421"]["start"].startswith("1899-07-2") and have["de421"]["end"].startswith("2053-10-0")
    assert have["eopc04.1962-now"]["end"] in have["eopc04.1962-now"]["note"]  # the last measured day
    assert have["lro.bsp"]["sha256"] == HASH and have["lro.bsp"]["place"] == str(home / "lro.bsp")
    assert have["lro.bsp"]["start"].startswith("2019-01-0")
    assert "lrorg_2018349_2019074_v01.bsp" in {item["name"] for item in said["available"]}
    table = CliRunner().invoke(app, ["data", "status"]).stdout
    assert all(name in table for name in have) and HASH in table


def test_a_scenario_takes_a_fetched_kernel_by_name(server, home, tmp_path):
    server.answers["/lro.bsp"] = whole(KERNEL)
    text = (DATA / "spk.toml").read_text().replace("lro-six-hours.bsp", "data:lro.bsp")
    (tmp_path / "spk.toml").write_text(text)
    with pytest.raises(SimError, match=r"line \d+.*spacecraft.lro.orbit.file +no data file is called 'lro.bsp'"):
        sim.load(tmp_path / "spk.toml")
    store.fetch(f"{server.url}/lro.bsp")
    scenario, beside = sim.load(tmp_path / "spk.toml"), sim.load(DATA / "spk.toml")
    t = scenario.span.grid(600.0)
    assert (scenario["lro"].position(t) == beside["lro"].position(t)).all()
    orbit = sim.Spk(file="data:lro.bsp", target=-85, center="moon")
    craft = sim.Spacecraft(name="lro", orbit=orbit)
    assert (craft.over(scenario.span).position(t) == beside["lro"].position(t)).all()
    assert sim.Scenario(start=scenario.start, end=scenario.end, spacecraft={"lro": craft})["lro"] is not None


def test_a_kernel_of_the_catalogue_that_is_not_there_says_how_to_get_it(home, tmp_path):
    name = "lrorg_2018349_2019074_v01.bsp"
    (tmp_path / "spk.toml").write_text((DATA / "spk.toml").read_text().replace("lro-six-hours.bsp", f"data:{name}"))
    with pytest.raises(SimError, match=rf"spacecraft.lro.orbit.file .*Download it once: sim data fetch {name}"):
        sim.load(tmp_path / "spk.toml")
    with pytest.raises(SimError, match=r"Did you mean 'de440s.bsp'"):
        store.find("data:de44s.bsp")


def test_a_name_of_the_catalogue_is_fetched_from_its_url_with_its_hash(server, home, monkeypatch):
    entry = store.Entry("lro.bsp", f"{server.url}/deep/lro.bsp", "an orbit", "a test", HASH, len(KERNEL))
    monkeypatch.setattr(store, "catalogue", lambda: {"lro.bsp": entry})
    server.answers["/deep/lro.bsp"] = whole(LARGE)
    with pytest.raises(DataError, match="is not the expected file"):
        store.fetch("lro.bsp")
    with pytest.raises(DataError, match="the catalog lists"):
        store.fetch("lro.bsp", "1" * 64)
    server.answers["/deep/lro.bsp"] = whole(KERNEL)
    assert store.fetch("lro.bsp", HASH.upper()).url == entry.url
    with pytest.raises(DataError, match="expected 64 hexadecimal digits"):
        store.fetch("lro.bsp", "abc")


@pytest.mark.parametrize("name", store.catalogue())
def test_the_catalogue_says_where_everything_comes_from(name):
    entry = store.catalogue()[name]
    assert store.safe(name) == name == entry.url.rpartition("/")[2]
    assert entry.url.startswith("https://") and entry.what and entry.source
    assert re.fullmatch(r"|[0-9a-f]{64}", entry.sha256)
    assert entry.size is None or 0 < entry.size < download.MAX_BYTES


def test_no_other_verb_asks_a_network(home, tmp_path, root):
    code = (
        "import json, socket, sys\n"
        "from sim.cli import main\n"
        "def no(*words, **more): raise SystemExit('the network was asked')\n"
        "socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = no\n"
        "for words in json.loads(sys.argv[1]):\n"
        "    sys.argv = ['sim', *words]\n"
        "    try: main()\n"
        "    except SystemExit as end: print(words, 'ended with', end.code or 0, file=sys.stderr)\n"
    )
    verbs = (
        ("run", root / "scenarios" / "first-look.toml", "-o", tmp_path / "out"),
        ("check", root / "scenarios" / "chang-e-4.toml"),
        ("windows", DATA / "spk.toml", "direct"),
        ("why", DATA / "spk.toml", "lro", "kourou", "2019-01-08T03:00:00Z"),
        ("kinds",),
        ("data", "status"),
        ("data", "verify"),
        ("data", "fetch", "http://127.0.0.1:9/a.bsp"),  # shows that the network is blocked
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(verbs, default=str)], capture_output=True, text=True, timeout=120
    )
    ends = [line.rpartition("ended with ")[2] for line in done.stderr.splitlines() if "ended with" in line]
    assert ends == ["0"] * (len(verbs) - 1) + ["the network was asked"], done.stderr


def test_a_run_does_not_even_load_what_fetches():
    code = (
        "import sys, sim; sim.run(sim.load('tests/stories/data/spk.toml'))\n"
        "print([name for name in ('requests', 'pooch', 'filelock') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.strip() == "[]"
