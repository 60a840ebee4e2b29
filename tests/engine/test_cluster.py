"""Dask: the same rows as one process makes, whatever dies on the way."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
import threadpoolctl
from PIL import Image
from plugins import plugin_text

from upbench.benchmark.core.environment import versions
from upbench.benchmark.core.errors import UpbenchError, UsageError
from upbench.benchmark.core.row import record
from upbench.benchmark.engine import cluster, remote
from upbench.benchmark.engine.cell import failure
from upbench.benchmark.engine.cluster import run_on_dask
from upbench.benchmark.engine.execute import choose_executor, execute
from upbench.benchmark.engine.plan import batches
from upbench.benchmark.engine.pool import Pool, StoppedError
from upbench.benchmark.engine.runner import Request, make_plan, make_setup
from upbench.benchmark.engine.supervisor import Limits
from upbench.benchmark.engine.workbench import run_serial

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from upbench.benchmark.engine.result import Result
    from upbench.benchmark.engine.runner import Plan

QUALITY = ("status", "reason", "psnr_db", "ssim", "checkerboard_db", "shift_px", "height", "width")

PLUGIN = plugin_text("cluster")

LONGEST_WAIT = 240
"""Seconds after which a test fails for what did not happen, on a machine that is busy."""

INTERRUPTED = """
import sys
from upbench.benchmark.engine.cluster import run_on_dask
from upbench.benchmark.engine.plan import batches
from upbench.benchmark.engine.runner import Request, make_plan, make_setup

if __name__ == "__main__":
    request = Request("slow", f"folder:{sys.argv[2]}", "2,3", plugins=(sys.argv[1],))
    plan = make_plan(request)
    work = batches(plan.cells, plan.images)
    setup = make_setup(plan)
    for result in run_on_dask(work, setup, scheduler=None, jobs=1):
        print(result.row.status, flush=True)
"""


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the file of the methods above."""
    file = tmp_path_factory.mktemp("plugin") / "strangers.py"
    file.write_text(PLUGIN, encoding="utf-8")
    return str(file)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of six small pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(0)
    for number in range(6):
        pixels = random.integers(0, 256, (24 + 6 * number, 30, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


def planned(plugin: str, pictures: Path, methods: str) -> Plan:
    """Return the plan of some methods at x2 and x3."""
    return make_plan(Request(methods, f"folder:{pictures}", "2,3", plugins=(plugin,)))


def on_dask(plan: Plan, scheduler: str | None = None, **options: Any) -> Any:
    """Start a plan on a cluster of two workers, or on the one at an address."""
    work = batches(plan.cells, plan.images)
    setup = make_setup(plan)
    return closing(run_on_dask(work, setup, scheduler=scheduler, jobs=2, **options))


def in_one_process(plan: Plan) -> list[Result]:
    """Run a plan here, with one thread as on a worker."""
    setup = make_setup(plan)
    with threadpoolctl.threadpool_limits(1):
        return list(run_serial(batches(plan.cells, plan.images), setup))


def quality(results: list[Result]) -> dict[Any, tuple[str, ...]]:
    """Return what must be equal to the last bit, by cell; no cell may come twice."""
    assert max(Counter(result.cell for result in results).values()) == 1
    return {r.cell: tuple(repr(record(r.row).get(name)) for name in QUALITY) for r in results}


def is_worker(process: psutil.Process) -> bool:
    """Say whether a process is a worker that lives; one that was killed may still be listed."""
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def workers() -> list[psutil.Process]:
    """Return the worker processes of local clusters of this process."""
    children = psutil.Process().children(recursive=True)
    return [child for child in children if is_worker(child)]


@contextmanager
def existing_cluster(**options: Any) -> Iterator[str]:
    """Start a cluster that is somebody else's and give its address."""
    distributed = pytest.importorskip("distributed")
    made = distributed.LocalCluster(
        scheduler_kwargs=cluster.NO_DASHBOARD, silence_logs=50, **options
    )
    with made:
        yield made.scheduler_address


def test_local_cluster_makes_the_rows_of_one_process(
    plugin: str, pictures: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Failures among them; neither methods' prints nor Dask's log reach the terminal."""
    plan = planned(plugin, pictures, "bicubic,raising,printing")
    serial = in_one_process(plan)
    capfd.readouterr()
    with on_dask(plan) as running:
        done = list(running)
    assert quality(done) == quality(serial)
    crops = {result.cell: result.crop for result in serial}
    assert all(np.array_equal(result.crop, crops[result.cell]) for result in done)
    assert capfd.readouterr() == ("", "")
    assert workers() == []


def test_the_port_of_another_dashboard_is_no_matter(
    plugin: str, pictures: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A run beside another Dask cluster of this machine starts, and says nothing of it."""
    plan = planned(plugin, pictures, "bicubic")
    with closing(socket.socket()) as other:
        with suppress(OSError):  # somebody has it already: as good
            other.bind(("", 8787))
            other.listen()
        with on_dask(plan) as running:
            assert quality(list(running)) == quality(in_one_process(plan))
    assert capfd.readouterr() == ("", "")


def read_here(plan: Plan, what: str) -> tuple[Plan, list[str]]:
    """Return a plan whose images are read in this process alone, and whose names that notes.

    ``what`` is "load" for the images, "low" for the low-resolution ones of pairs.
    """
    here, reads = os.getpid(), []

    def counted(name: str, load: Any) -> Any:
        assert os.getpid() == here
        reads.append(name)
        return load()

    def noted(item: Any) -> Any:
        return replace(item, **{what: partial(counted, item.name, getattr(item, what))})

    images = tuple((dataset, noted(item)) for dataset, item in plan.images)
    return replace(plan, images=images), reads


def test_existing_cluster_gets_images_from_the_driver(plugin: str, pictures: Path) -> None:
    """Each image is read once a run, here; workers of several threads make the same rows."""
    plan = planned(plugin, pictures, "bicubic,nearest,raising")
    expected = quality(in_one_process(plan))
    plan, reads = read_here(plan, "load")
    with existing_cluster(n_workers=2, threads_per_worker=2) as address:
        with on_dask(plan, address) as running:
            done = list(running)
        with on_dask(plan, address) as running:  # and again: nothing of a run stays behind
            again = list(running)
    assert quality(done) == quality(again) == expected
    assert Counter(reads) == dict.fromkeys((item.name for _, item in plan.images), 2)


def test_existing_cluster_gets_both_images_of_a_pair(pictures: Path, tmp_path: Path) -> None:
    """Workers have no dataset: what lies at the same place there must not be read."""
    for side in ("low", "high"):
        (tmp_path / side).mkdir()
    for file in pictures.iterdir():
        image = Image.open(file)
        image = image.crop((0, 0, image.width // 2 * 2, image.height // 2 * 2))
        image.save(tmp_path / "high" / file.name)
        image.reduce(2).save(tmp_path / "low" / file.name)
    plan = make_plan(Request("bicubic", f"pairs:{tmp_path / 'low'}:{tmp_path / 'high'}", "2"))
    expected = quality(in_one_process(plan))
    assert {row[0] for row in expected.values()} == {"'ok'"}
    plan, reads = read_here(plan, "low")
    with existing_cluster(n_workers=1) as address, on_dask(plan, address) as running:
        assert quality(list(running)) == expected
    assert sorted(reads) == sorted(item.name for _, item in plan.images)


@pytest.mark.parametrize("kind", ["local", "existing"])
def test_unreadable_image_costs_its_own_cells(
    kind: str, plugin: str, pictures: Path, tmp_path: Path
) -> None:
    """The reason is the one that a run in one process gives."""
    (tmp_path / "bad.png").write_bytes(b"no picture")
    (tmp_path / "good.png").write_bytes((pictures / "0.png").read_bytes())
    plan = planned(plugin, tmp_path, "bicubic")
    expected = quality(in_one_process(plan))
    if kind == "existing":
        with existing_cluster(n_workers=1) as address, on_dask(plan, address) as running:
            done = list(running)
    else:
        with on_dask(plan) as running:
            done = list(running)
    assert quality(done) == expected
    assert Counter(result.row.status for result in done) == {"ok": 2, "error": 2}


def test_killed_worker_costs_no_cell(
    plugin: str, pictures: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its cells run elsewhere; each result comes once."""
    plan = planned(plugin, pictures, "bicubic,slow")
    done = []
    with on_dask(plan) as running:
        for result in running:
            done.append(result)
            if len(done) in (3, 9):
                workers()[0].kill()
    assert capfd.readouterr() == ("", "")
    assert quality(done) == quality(in_one_process(plan))


def test_killed_worker_of_an_existing_cluster_costs_no_cell(plugin: str, pictures: Path) -> None:
    """Images that were on it are sent again."""
    plan = planned(plugin, pictures, "bicubic,slow")
    done = []
    with (
        existing_cluster(n_workers=2, threads_per_worker=1) as address,
        on_dask(plan, address) as running,
    ):
        for result in running:
            done.append(result)
            if len(done) in (3, 9):
                workers()[0].kill()
    assert quality(done) == quality(in_one_process(plan))


def test_method_that_crashes_loses_its_cells_alone(plugin: str, pictures: Path) -> None:
    """Its own process dies, not the Dask worker; the others of its piece are complete."""
    plan = planned(plugin, pictures, "slow,segfaulting")
    with on_dask(plan) as running:
        done = list(running)
    crashed = [result for result in done if result.row.status == "crash"]
    assert {(r.cell.method, r.cell.scale) for r in crashed} == {("segfaulting", 3)}
    assert len(crashed) == 6
    assert str(crashed[0].row.reason).startswith("The worker process was ended by SIGSEGV.")
    assert len(quality(done)) == len(plan.cells)
    assert sum(result.row.status == "ok" for result in done) == len(plan.cells) - 6


def test_cell_past_its_deadline_ends_with_its_worker(plugin: str, pictures: Path) -> None:
    """It becomes a row with status timeout; the others of its piece are complete."""
    plan = planned(plugin, pictures, "sleeping")
    with on_dask(plan, limits=Limits(8)) as running:
        done = list(running)
    late = [result for result in done if result.row.status == "timeout"]
    assert [(r.cell.image, r.cell.scale) for r in late] == [("0", 3)]
    assert late[0].row.reason == "No result within 8 s; the worker was killed."
    assert len(quality(done)) == len(plan.cells)
    assert sum(result.row.status == "ok" for result in done) == len(plan.cells) - 1


def test_ctrl_c_goes_through_and_ends_the_cluster(
    plugin: str, pictures: Path, tmp_path: Path
) -> None:
    """The driver ends by KeyboardInterrupt alone, and none of its processes is left."""
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED, encoding="utf-8")
    started = subprocess.Popen(
        [sys.executable, str(script), plugin, str(pictures)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with started as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ok\n"
        family = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert errors.count("Traceback") == 1
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert psutil.wait_procs(family, timeout=20)[1] == []


def test_scheduler_that_dies_ends_the_run_in_one_sentence(
    plugin: str, pictures: Path, tmp_path: Path
) -> None:
    """What was yielded stands; the message says how to go on."""
    plan = planned(plugin, pictures, "slow")
    file = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    scheduler = ["scheduler", "--scheduler-file", str(file), "--port", "0", "--no-dashboard"]
    worker = ["worker", "--scheduler-file", str(file), "--no-dashboard", "--nthreads", "1"]
    worker += ["--death-timeout", "5", "--local-directory", str(tmp_path)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    first = subprocess.Popen([*dask, *scheduler, "--host", "127.0.0.1"], **quiet)  # type: ignore[call-overload]
    second = subprocess.Popen([*dask, *worker], **quiet)  # type: ignore[call-overload]
    try:
        address = address_in(file)
        with on_dask(plan, address) as running:
            assert next(running).row.status == "ok"
            first.kill()
            with pytest.raises(UpbenchError, match=r"scheduler is gone.*the same command resumes"):
                list(running)
    finally:
        for process in (first, second):
            process.terminate()
            process.wait(timeout=30)


def address_in(file: Path) -> str:
    """Wait for a scheduler to write its address down."""
    import json

    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if file.is_file() and file.read_text(encoding="utf-8").rstrip().endswith("}"):
            return str(json.loads(file.read_text(encoding="utf-8"))["address"])
        time.sleep(0.05)
    raise TimeoutError(file)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere.invalid:8786"])
def test_unreachable_scheduler_is_a_usage_error(
    address: str, plugin: str, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence repeats the address and says what to do."""
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    running = on_dask(planned(plugin, pictures, "slow"), address)
    with pytest.raises(UsageError, match=rf"No Dask scheduler answers at '{address}'.*'dask sch"):
        next(running.thing)


@pytest.mark.parametrize(
    "address",
    [
        *("", " ", "nonsense", "localhost", "10.0.0.5", "tcp://", "tcp://x", "tcp://:8786"),
        *("foo://x:1", "http://127.0.0.1:9", "tcp://localhost:abc", "localhost:0", "x:65536"),
    ],
)
def test_address_that_is_none_is_refused_before_anything_is_done(address: str) -> None:
    """It needs a scheme that Dask knows, a host and a port; also where no executor is named."""
    pytest.importorskip("distributed")
    sentence = rf"No Dask scheduler answers at '{address}' \(ValueError: .*'dask scheduler'"
    for executor in ("dask", None):
        with pytest.raises(UsageError, match=sentence):
            choose_executor(1, executor, address)
    with pytest.raises(UsageError, match=sentence):
        list(run_on_dask([], make_setup(), scheduler=address, jobs=1))


CONNECTING = """
import sys
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.engine import cluster
from upbench.benchmark.engine.runner import make_setup

if __name__ == "__main__":
    cluster.PATIENCE = 1.0
    try:
        list(cluster.run_on_dask([], make_setup(), scheduler=sys.argv[1], jobs=1))
    except UsageError as error:
        print(error, file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("address", "environment", "sentence"),
    [
        ("nonsense", {}, "No Dask scheduler answers at 'nonsense' (ValueError: "),
        ("tcp://127.0.0.1:9", {}, "No Dask scheduler answers at 'tcp://127.0.0.1:9' (OSError: "),
        ("tls://127.0.0.1:9", {}, "Dask cannot connect to 'tls://127.0.0.1:9' (TypeError: TLS "),
        (
            "tcp://127.0.0.1:9",
            {"DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True"},
            "Dask cannot connect to 'tcp://127.0.0.1:9' (RuntimeError: encryption required",
        ),
    ],
)
def test_process_without_a_scheduler_ends_after_its_sentence(
    address: str, environment: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    """No traceback comes after it, of a connection that was left half made."""
    script = tmp_path / "connecting.py"
    script.write_text(CONNECTING, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, str(script), address],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ended.stderr.startswith(sentence)
    assert ended.stderr.count("\n") == 1


def test_local_cluster_that_cannot_start_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dask's own error is a chain of tracebacks."""

    def refuse(**_: Any) -> None:
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr("distributed.LocalCluster", refuse)
    running = run_on_dask([], make_setup(), scheduler=None, jobs=3)
    with pytest.raises(UpbenchError, match=r"cluster of 3 workers cannot start \(Nanny failed"):
        list(running)


def test_missing_dask_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error comes with the call, before anything is run."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'upbench\[dask\]'"):
        execute([], make_setup(), executor="dask")


def test_worker_with_other_libraries_is_refused() -> None:
    """Rows that could not be compared are not made."""
    remote._refuse_other_libraries(versions())
    with pytest.raises(UsageError, match=r"other libraries than this machine: numpy .* instead of"):
        remote._refuse_other_libraries(versions() | {"numpy": "1.0"})


def test_worker_with_other_code_is_refused(plugin: str, pictures: Path) -> None:
    """A row would be kept under the hash of code that did not make it."""
    plan = planned(plugin, pictures, "slow")
    piece = next(batches(plan.cells, plan.images))
    checked: set[str] = set()
    remote._refuse_other_code(checked, piece)
    assert checked == {"slow"}
    old = replace(piece, cells=(replace(piece.cells[0], code_hash="0"),))
    with pytest.raises(UsageError, match="A Dask worker has other code for slow"):
        remote._refuse_other_code(set(), old)
    gone = replace(piece, cells=(replace(piece.cells[0], origin="/nowhere/plugin.py"),))
    with pytest.raises(UsageError, match="A Dask worker does not have the method slow"):
        remote._refuse_other_code(set(), gone)


@pytest.mark.parametrize(
    ("library", "reason"),
    [
        ("numpy 0.1", r"numpy [\d.]+ instead of 0\.1"),
        ("numpy ", r"numpy [\d.]+ instead of none"),
        ("no-such-library 2.0", r"no-such-library missing instead of 2\.0"),
    ],
)
def test_worker_with_another_library_of_a_method_is_refused(
    library: str, reason: str, plugin: str, pictures: Path
) -> None:
    """The cell's key names the driver's version of what the method is computed with."""
    plan = planned(plugin, pictures, "slow")
    assert plan.cells[0].library == f"numpy {np.__version__}"
    piece = next(batches(plan.cells, plan.images))
    other = replace(piece, cells=(replace(piece.cells[0], library=library),))
    with pytest.raises(UsageError, match=f"A Dask worker has other libraries.*: {reason};"):
        remote._refuse_other_code(set(), other)


SCORES = """
from upbench import metric

@metric("of-a-plugin", unit="px", better="lower")
def of_a_plugin(reference, output, scale):
    return abs(reference - output).max()
"""


def test_worker_with_other_code_that_scores_is_refused(pictures: Path, tmp_path: Path) -> None:
    """Of a plugin's metric, of our own metrics and of protocols."""
    file = tmp_path / "scores.py"
    file.write_text(SCORES, encoding="utf-8")
    request = Request(
        "bicubic", f"folder:{pictures}", "2", metrics="of-a-plugin", plugins=(str(file),)
    )
    setup = make_setup(make_plan(request))
    job = remote.Job("run", setup, Limits(), {}, remote.scoring_code(setup), is_local=False)
    assert {"the metric of-a-plugin", "the metric psnr_db", "the protocol y-classic"} <= {
        *job.scoring
    }
    assert all(job.scoring.values())
    remote._refuse_other_scoring(job)
    for what in ("the metric psnr_db", "the protocol y-classic"):
        other = replace(job, scoring={**job.scoring, what: "0"})
        with pytest.raises(UsageError, match=f"A Dask worker has other code for {what};"):
            remote._refuse_other_scoring(other)
    file.write_text(SCORES.replace("max()", "mean()"), encoding="utf-8")
    with pytest.raises(UsageError, match="has other code for the metric of-a-plugin; expected"):
        remote._refuse_other_scoring(job)
    file.unlink()
    with pytest.raises(UsageError, match="does not have the metric of-a-plugin; expected"):
        remote._refuse_other_scoring(job)


def test_refusal_of_a_worker_ends_the_run(
    plugin: str, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes from the Dask worker before a row is made; then the cluster works for others."""
    plan = planned(plugin, pictures, "nearest")
    with existing_cluster(n_workers=1, threads_per_worker=1) as address:
        with monkeypatch.context() as changed:
            changed.setattr(cluster, "scoring_code", lambda _: {"the metric psnr_db": "0"})
            with (
                on_dask(plan, address) as running,
                pytest.raises(UsageError, match="has other code for the metric psnr_db"),
            ):
                next(running)
        with on_dask(plan, address) as running:
            assert quality(list(running)) == quality(in_one_process(plan))


GATED = """
from pathlib import Path
import time

from upbench import method

HERE = Path(__file__).parent

@method("{name}", family="test")
def gated(image, scale):
    (HERE / "{name}-begun").touch()
    while not (HERE / "{name}-open").exists():
        time.sleep(0.01)
    return image.repeat(scale, axis=0).repeat(scale, axis=1)
"""
"""A method that begins, and goes on when it may."""


def gated_plan(folder: Path, name: str) -> Plan:
    """Return a plan of one piece: a method of a file of its own, that goes on when it may."""
    (folder / f"{name}.py").write_text(GATED.format(name=name), encoding="utf-8")
    (folder / "images").mkdir(exist_ok=True)
    pixels = np.random.default_rng(0).integers(0, 256, (24, 30, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / "images" / "0.png")
    return planned(str(folder / f"{name}.py"), folder / "images", name)


def wait_for(file: Path) -> None:
    """Wait until another process has made a file."""
    deadline = time.monotonic() + LONGEST_WAIT
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def our_workers() -> list[int]:
    """Return the processes of ours among the descendants of this one."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if "upbench.benchmark.engine.worker" in child.cmdline():
                found.append(child.pid)
    return found


def test_end_of_one_run_leaves_another_on_the_same_worker_alone(tmp_path: Path) -> None:
    """A run that is over and one that was interrupted end their own processes, no others."""
    plan = gated_plan(tmp_path, "first")
    other = gated_plan(tmp_path, "second")
    over = planned(str(tmp_path / "first.py"), tmp_path / "images", "nearest")
    with (
        existing_cluster(n_workers=1, threads_per_worker=2) as address,
        ThreadPoolExecutor(2) as threads,
    ):
        done = threads.submit(lambda: list(on_dask(plan, address).thing))
        try:
            wait_for(tmp_path / "first-begun")
            before = our_workers()
            with on_dask(over, address) as running:
                assert quality(list(running)) == quality(in_one_process(over))
            interrupted = on_dask(other, address).thing
            asking = threads.submit(next, interrupted)
            wait_for(tmp_path / "second-begun")
            (tmp_path / "second-open").touch()
            assert asking.result(LONGEST_WAIT).row.status == "ok"
            interrupted.close()
            assert {*before} <= {*our_workers()}
        finally:
            (tmp_path / "first-open").touch()
        assert quality(done.result(LONGEST_WAIT)) == quality(in_one_process(plan))
        gone = psutil.wait_procs(
            [psutil.Process(pid) for pid in our_workers()], timeout=LONGEST_WAIT
        )
        assert gone[1] == []


def job_of(plan: Plan, name: str) -> remote.Job:
    """Return what a Dask worker is told of a run."""
    setup = make_setup(plan)
    return remote.Job(name, setup, Limits(), versions(), remote.scoring_code(setup), is_local=False)


def test_end_of_a_run_stops_its_piece_and_gives_everything_back(tmp_path: Path) -> None:
    """In the middle of a cell; the piece is no short one, and none of that run begins again."""
    plan = gated_plan(tmp_path, "stopped")
    piece = next(batches(plan.cells, plan.images))
    before = psutil.Process().num_fds()
    with ThreadPoolExecutor(1) as dask, ExitStack() as at_the_end:
        at_the_end.callback((tmp_path / "stopped-open").touch)  # whatever fails before
        running = dask.submit(remote.work, job_of(plan, "stopped"), piece, None)
        wait_for(tmp_path / "stopped-begun")
        family = [psutil.Process(pid) for pid in our_workers()]
        remote.end_pools("another")
        assert all(process.is_running() for process in family)
        remote.end_pools("stopped")
        with pytest.raises(StoppedError, match="is over"):
            running.result(LONGEST_WAIT)
        assert not any(process.is_running() for process in family)  # no zombie either
        with pytest.raises(StoppedError, match="is over"):
            dask.submit(remote.work, job_of(plan, "stopped"), piece, None).result(LONGEST_WAIT)
        assert psutil.Process().num_fds() == before
        (tmp_path / "stopped-open").touch()
        results = dask.submit(remote.work, job_of(plan, "next"), piece, None).result(LONGEST_WAIT)
        assert [result.cell for result in results] == [*piece.cells]
        remote.end_pools("next")
    assert remote._BENCHES == {}


def test_piece_after_one_that_failed_has_its_own_results(
    plugin: str, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pool that was in the middle of something is not used again."""
    plan = planned(plugin, pictures, "nearest")
    first, second, *_ = batches(plan.cells, plan.images)
    job = job_of(plan, "failing")

    def full(*_: Any) -> None:
        raise UpbenchError("no room")

    with monkeypatch.context() as changed:
        changed.setattr(Pool, "_call", full)
        with pytest.raises(UpbenchError, match="no room"):
            remote.work(job, first, None)
    results = remote.work(job, second, None)
    assert [result.cell for result in results] == [*second.cells]
    remote.end_pools("failing")


def test_result_counts_for_the_cell_that_was_asked_for(plugin: str, pictures: Path) -> None:
    """One that is missing is an error, never silently absent; what was not asked for is dropped."""
    plan = planned(plugin, pictures, "nearest")
    piece, other, *_ = batches(plan.cells, plan.images)
    driver = cluster._Driver(None, job_of(plan, "run"), lambda: None)
    wanted = [failure(cell, "error", "no") for cell in piece.cells]
    foreign = failure(other.cells[0], "error", "no")

    def came(results: list[Result]) -> Iterator[Result]:
        future: Future[list[Result]] = Future()
        future.set_result(results)
        return driver._collect(piece, future)

    assert list(came([foreign, *wanted, wanted[0]])) == wanted
    short = came([foreign, wanted[1]])
    assert next(short) == wanted[1]
    with pytest.raises(UpbenchError, match=r"no result for 1 of the 2 cells of 0; expected one"):
        next(short)


def test_batches_are_cut_into_pieces(
    plugin: str, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every cell is in one piece, and no piece is larger than the limit."""
    monkeypatch.setattr(cluster, "PIECE", 3)
    plan = planned(plugin, pictures, "slow,raising")
    pieces = list(cluster.pieces(batches(plan.cells, plan.images)))
    assert [len(piece.cells) for piece in pieces] == [3, 1] * 6
    assert Counter(cell for piece in pieces for cell in piece.cells) == Counter(plan.cells)
