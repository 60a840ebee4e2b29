"""Downloading, against a local server that serves, truncates, corrupts, stalls and refuses."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from upbench.benchmark.core.errors import FetchError
from upbench.benchmark.imaging.download import Patience, Pinned, cache_folder, fetch

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT = bytes(range(256)) * 1200
QUICK = Patience(connect=2, read=0.3, attempts=3, pause=0.01)


@dataclass
class Script:
    """What the server does: one word per request, the last one for all that follow."""

    steps: list[str] = field(default_factory=lambda: ["serve"])
    ranges: list[str | None] = field(default_factory=list)
    resumes: bool = True
    seen: threading.Event = field(default_factory=threading.Event)
    """Set once the client has reported something."""

    def next(self, asked: str | None) -> str:
        """Record the request's Range header and return the step to play."""
        self.ranges.append(asked)
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]


class Handler(BaseHTTPRequestHandler):
    """Plays the server's script."""

    def log_message(self, *args: Any) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        """Answer as the script says."""
        script: Script = self.server.script  # type: ignore[attr-defined]
        step = script.next(self.headers.get("Range"))
        if step.startswith("to "):
            self.send_response(302)
            self.send_header("Location", step.removeprefix("to "))
            self.end_headers()
            return
        if step == "silence":
            time.sleep(0.8)
            return
        if step.isdigit():
            self.send_error(int(step))
            return
        start = self.begin(script, step)
        body = CONTENT[start:] if step != "corrupt" else CONTENT[start:][::-1]
        if step == "drip":
            self.drip(body)
        elif step == "wait":
            self.wfile.write(body[:1000])
            self.wfile.flush()
            script.seen.wait(10)
            self.wfile.write(body[1000:])
        elif step == "cut":
            self.wfile.write(body[: len(body) // 2])
        elif step == "stall":
            self.wfile.write(body[:1000])
            self.wfile.flush()
            time.sleep(0.8)
        else:
            self.wfile.write(body)

    def drip(self, body: bytes) -> None:
        """Send byte for byte: it would take an hour."""
        for place in range(len(body)):
            self.wfile.write(body[place : place + 1])
            self.wfile.flush()
            time.sleep(0.01)

    def begin(self, script: Script, step: str) -> int:
        """Send the headers and return the offset of the first byte to send."""
        asked = self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and script.resumes else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        if step != "no length":
            self.send_header("Content-Length", str(len(CONTENT) - start))
        if step == "packed":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        return start


class Server(ThreadingHTTPServer):
    """A local server with a script; clients that leave early are no event."""

    script: Script

    def handle_error(self, *args: Any) -> None:
        """Stay silent about closed connections."""


@pytest.fixture
def server() -> Iterator[Server]:
    """Serve on a free port of this machine."""
    with Server(("127.0.0.1", 0), Handler) as running:
        running.script = Script()
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def pinned(server: Server) -> Pinned:
    """Return the file that the server should serve."""
    url = f"http://127.0.0.1:{server.server_port}/some/file.bin"
    return Pinned(url, hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


def refusal(pinned: Pinned, folder: Path) -> str:
    """Return the sentence with which a download fails; it must name the address."""
    with pytest.raises(FetchError) as caught:
        fetch(pinned, folder, patience=QUICK)
    message = str(caught.value)
    assert pinned.url in message
    assert "UPBENCH_DATA" in message
    assert "\n" not in message
    return message


def test_a_good_download_arrives_once(server: Server, pinned: Pinned, tmp_path: Path) -> None:
    """The file is downloaded, reported, and afterwards taken from the folder."""
    seen: list[tuple[str, int, int]] = []
    path = fetch(pinned, tmp_path / "new", progress=lambda *step: seen.append(step))
    assert path == tmp_path / "new" / "file.bin"
    assert path.read_bytes() == CONTENT
    assert seen[-1] == ("file.bin", len(CONTENT), len(CONTENT))
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert fetch(pinned, tmp_path / "new") == path
    assert server.script.ranges == [None]
    assert [entry.name for entry in path.parent.iterdir()] == ["file.bin"]


def test_nothing_is_printed(
    pinned: Pinned, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A library that downloads stays silent: the progress bar is somebody else's."""
    fetch(pinned, tmp_path)
    assert capfd.readouterr() == ("", "")


def test_a_spoilt_file_is_downloaded_again(pinned: Pinned, tmp_path: Path) -> None:
    """A cached file that is not the pinned one is replaced."""
    (tmp_path / "file.bin").write_bytes(b"spoilt")
    assert fetch(pinned, tmp_path).read_bytes() == CONTENT


def test_a_cut_download_is_continued(server: Server, pinned: Pinned, tmp_path: Path) -> None:
    """After a break the next attempt asks only for the rest."""
    server.script = Script(["cut", "serve"])
    assert fetch(pinned, tmp_path, patience=QUICK).read_bytes() == CONTENT
    first, second = server.script.ranges
    assert first is None
    assert second is not None
    assert int(second.removeprefix("bytes=").rstrip("-")) > 0


def test_a_later_run_continues(server: Server, pinned: Pinned, tmp_path: Path) -> None:
    """What one run could not finish, the next one continues."""
    server.script = Script(["cut"])
    once = replace(QUICK, attempts=1)
    with pytest.raises(FetchError, match="what came is kept"):
        fetch(pinned, tmp_path, patience=once)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.bin.part"]
    server.script = Script()
    assert fetch(pinned, tmp_path, patience=once).read_bytes() == CONTENT
    assert server.script.ranges[0] is not None
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.bin"]


def test_a_server_without_ranges_starts_over(
    server: Server, pinned: Pinned, tmp_path: Path
) -> None:
    """Where the server sends everything again, nothing is appended twice."""
    server.script = Script(["cut", "serve"], resumes=False)
    assert fetch(pinned, tmp_path, patience=QUICK).read_bytes() == CONTENT


@pytest.mark.parametrize("part", [b"wrong start", b"x" * (len(CONTENT) + 5), b"x" * len(CONTENT)])
def test_a_wrong_part_is_dropped(pinned: Pinned, tmp_path: Path, part: bytes) -> None:
    """A part that is not this file's beginning costs one attempt, not the download."""
    (tmp_path / "file.bin.part").write_bytes(part)
    assert fetch(pinned, tmp_path, patience=QUICK).read_bytes() == CONTENT


def test_a_refused_range_starts_over(server: Server, pinned: Pinned, tmp_path: Path) -> None:
    """A server that has no such offset is asked for the whole file next."""
    (tmp_path / "file.bin.part").write_bytes(CONTENT[:500])
    server.script = Script(["416", "serve"])
    assert fetch(pinned, tmp_path, patience=QUICK).read_bytes() == CONTENT
    assert server.script.ranges == ["bytes=500-", None]


def test_a_wrong_hash_is_deleted(server: Server, pinned: Pinned, tmp_path: Path) -> None:
    """Another content is an error with both hashes, at once, and nothing of it stays."""
    server.script = Script(["corrupt"])
    message = refusal(pinned, tmp_path)
    assert f"expected SHA-256 {pinned.sha256}" in message
    assert f"got {hashlib.sha256(CONTENT[::-1]).hexdigest()}" in message
    assert "deleted" in message
    assert list(tmp_path.iterdir()) == []
    assert len(server.script.ranges) == 1


def test_more_bytes_than_pinned_are_an_error(
    server: Server, pinned: Pinned, tmp_path: Path
) -> None:
    """A file longer than pinned is not read to its end and not kept."""
    server.script = Script(["no length"])
    assert "is not the file" in refusal(replace(pinned, bytes=1000), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", [1000, 10_000_000])
def test_another_length_is_refused_before_it_is_received(
    server: Server, pinned: Pinned, tmp_path: Path, length: int
) -> None:
    """As of a page to log in at, shorter or longer than the file; asking again would not help."""
    message = refusal(replace(pinned, bytes=length), tmp_path)
    assert f"expected {length} bytes, the server has {len(CONTENT)}; check the address" in message
    assert len(server.script.ranges) == 1
    assert list(tmp_path.iterdir()) == []


def test_an_answer_that_is_not_compressed_as_it_says_is_one_sentence(
    server: Server, pinned: Pinned, tmp_path: Path
) -> None:
    """What the library says of it is no sentence."""
    server.script = Script(["packed"])
    message = refusal(pinned, tmp_path)
    assert "the server's answer is not compressed as it says; try again" in message
    assert "('" not in message


def test_a_stalled_server_is_an_error(server: Server, pinned: Pinned, tmp_path: Path) -> None:
    """A server that falls silent is given up after the read timeout."""
    server.script = Script(["stall"])
    assert "the server sent nothing for 0.3 s" in refusal(pinned, tmp_path)
    assert len(server.script.ranges) == QUICK.attempts


def test_a_server_that_drips_is_an_error(server: Server, pinned: Pinned, tmp_path: Path) -> None:
    """It is never silent for long, and would never be done; what came is kept and continued."""
    server.script = Script(["drip"])
    patience = replace(QUICK, read=30, slowest=1e9, over=0.05)
    with pytest.raises(FetchError) as caught:
        fetch(pinned, tmp_path, patience=patience)
    assert (
        "in 3 attempts: the server sent less than 1e+09 bytes a second for 0.05 s; try again later "
        "(what came is kept), or" in str(caught.value)
    )
    assert None not in server.script.ranges[1:]


def test_progress_is_reported_as_bytes_come(server: Server, pinned: Pinned, tmp_path: Path) -> None:
    """The server waits with the rest until the first piece has been reported."""
    server.script = Script(["wait"])
    reported: list[int] = []

    def report(_name: str, done: int, _total: int) -> None:
        reported.append(done)
        server.script.seen.set()

    assert fetch(pinned, tmp_path, progress=report).read_bytes() == CONTENT
    assert reported[0] == 1000


def test_what_came_is_kept_where_something_came(
    server: Server, pinned: Pinned, tmp_path: Path
) -> None:
    """A few bytes are kept too, and nothing is said of nothing."""
    once = replace(QUICK, attempts=1)
    server.script = Script(["silence"])
    with pytest.raises(FetchError, match=r"try again later, or put"):
        fetch(pinned, tmp_path, patience=once)
    assert list(tmp_path.iterdir()) == []
    server.script = Script(["stall"])
    with pytest.raises(FetchError, match=r"try again later \(what came is kept\), or put"):
        fetch(pinned, tmp_path, patience=once)
    assert (tmp_path / "file.bin.part").read_bytes() == CONTENT[:1000]


def test_nothing_is_left_beside_a_file(pinned: Pinned, tmp_path: Path) -> None:
    """Neither what another process left as it broke off, nor temporary files of a killed one."""
    old, new = tmp_path / "tmpabcdefgh", tmp_path / "tmpabcdefg2"
    for file in (old, new):
        file.touch()
    os.utime(old, (0, 0))
    fetch(pinned, tmp_path)
    assert {entry.name for entry in tmp_path.iterdir()} == {"file.bin", "tmpabcdefg2"}
    (tmp_path / "file.bin.part").write_bytes(CONTENT[:9])
    fetch(pinned, tmp_path)
    assert {entry.name for entry in tmp_path.iterdir()} == {"file.bin", "tmpabcdefg2"}


def test_a_server_that_never_answers_is_an_error(
    server: Server, pinned: Pinned, tmp_path: Path
) -> None:
    """Silence before the first byte takes no more attempts than silence later."""
    server.script = Script(["silence"])
    assert "in 3 attempts: the server sent nothing for 0.3 s" in refusal(pinned, tmp_path)
    assert len(server.script.ranges) == QUICK.attempts


def test_not_found_is_said_at_once(server: Server, pinned: Pinned, tmp_path: Path) -> None:
    """A 404 is not tried again."""
    server.script = Script(["404"])
    assert "answered 404 Not Found" in refusal(pinned, tmp_path)
    assert len(server.script.ranges) == 1


def test_a_passing_failure_is_tried_again(server: Server, pinned: Pinned, tmp_path: Path) -> None:
    """Two server errors and then the file: nobody notices."""
    server.script = Script(["500", "503", "serve"])
    assert fetch(pinned, tmp_path, patience=QUICK).read_bytes() == CONTENT


def test_attempts_are_bounded(server: Server, pinned: Pinned, tmp_path: Path) -> None:
    """A failure that does not pass is reported after the last attempt."""
    server.script = Script(["503"])
    message = refusal(pinned, tmp_path)
    assert "in 3 attempts: the server answered 503" in message
    assert len(server.script.ranges) == 3


def test_no_server_is_one_sentence(tmp_path: Path) -> None:
    """A closed port and an address that is none are each said in one sentence."""
    with Server(("127.0.0.1", 0), Handler) as closed:
        port = closed.server_port
    nowhere = Pinned(f"http://127.0.0.1:{port}/file.bin", "0" * 64, 10)
    assert "no connection to 127.0.0.1" in refusal(nowhere, tmp_path)
    odd = Pinned("nonsense://x/y", "0", 1)
    assert "expected the http or https address of a file" in refusal(odd, tmp_path)


def test_what_stands_before_the_server_is_named(
    pinned: Pinned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy, and a network that reads what is encrypted, are not the server itself."""
    with Server(("127.0.0.1", 0), Handler) as closed:
        port = closed.server_port
    with monkeypatch.context() as patch:
        for name in ("no_proxy", "NO_PROXY"):
            patch.delenv(name, raising=False)
        patch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        said = "no connection to 127.0.0.1 by the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY"
        assert said in refusal(pinned, tmp_path)

    def unverified(*_: Any, **__: Any) -> None:
        raise requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed")

    monkeypatch.setattr(requests.Session, "get", unverified)
    assert (
        "127.0.0.1, whose certificate cannot be verified (where your network reads what is "
        "encrypted, set REQUESTS_CA_BUNDLE"
    ) in refusal(pinned, tmp_path)


def test_certificates_that_are_not_there_are_named(
    pinned: Pinned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are no folder that cannot be written."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "gone.pem"))
    message = refusal(replace(pinned, url=pinned.url.replace("http:", "https:")), tmp_path)
    assert f"{tmp_path / 'gone.pem'}); expected files of certificates that are there" in message
    assert "correct REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE" in message


@pytest.mark.parametrize(
    "location",
    [
        "http://[::1/x",
        "http://host:99999999/x",
        f"http://{'a' * 70}.example/",
        "ftp://x/",
    ],
)
def test_a_redirect_to_an_invalid_host_is_one_sentence(
    server: Server, pinned: Pinned, tmp_path: Path, location: str
) -> None:
    """A server that leads nowhere is named by the address that was asked, at once."""
    server.script = Script([f"to {location}"])
    refusal(pinned, tmp_path)
    assert len(server.script.ranges) == 1


def test_a_circle_of_redirects_is_one_sentence(
    server: Server, pinned: Pinned, tmp_path: Path
) -> None:
    """A redirect to itself ends."""
    server.script = Script([f"to {pinned.url}"])
    assert "redirects" in refusal(pinned, tmp_path)


def test_an_unwritable_folder_is_one_sentence(pinned: Pinned, tmp_path: Path) -> None:
    """A cache folder that cannot be made names the setting that moves it."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FetchError, match=r"cannot be written .* set UPBENCH_CACHE"):
        fetch(pinned, tmp_path / "file" / "sub")


def test_processes_do_not_disturb_each_other(pinned: Pinned, tmp_path: Path) -> None:
    """Several processes that fetch one file at once all get the whole file."""
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        runs = [pool.submit(fetch, pinned, tmp_path) for _ in range(6)]
        assert {run.result().read_bytes() for run in runs} == {CONTENT}
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.bin"]


def test_the_cache_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """UPBENCH_CACHE wins over the user's cache folder, and neither is created."""
    monkeypatch.setenv("UPBENCH_CACHE", "/nowhere/at/all")
    assert cache_folder() == Path("/nowhere/at/all")
    monkeypatch.delenv("UPBENCH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/nowhere/cache")
    assert cache_folder().name == "upbench"
