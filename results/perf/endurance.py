"""What the run engine endures: kills, damaged images, many rows.  ``make endure`` prints figures.

Each experiment really does it and says what came out; a figure that misses its target says so.
The whole takes some ten minutes on two cores.

    python results/perf/endurance.py [kills] [images] [rows] [plan] [jobs] [errors] [readers]
                                     [signals]
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil
from PIL import Image

from upbench.benchmark import load

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

UPBENCH = str(Path(sys.executable).with_name("upbench"))
QUALITY = ["method", "image", "scale", "status", "psnr_db", "ssim", "checkerboard_db", "shift_px"]
SEED = 20261123
EARLIEST = 0.3
"""Seconds for Python itself to start, which prints a traceback of its own before."""

COUNTED = """
import os
from upbench.benchmark.core.contract import method

@method("counted", family="test")
def counted(image, scale):
    return image.repeat(scale, 0).repeat(scale, 1)
"""


def kills(folder: Path, times: int = 100) -> list[tuple[str, object, object]]:
    """Kill a run at random moments, resume it, and compare with one that was left in peace."""
    images = _images(folder / "images", 4)
    given = ["--methods", "nearest,bicubic,opencv-*,counted", "--datasets", f"folder:{images}"]
    (folder / "counted.py").write_text(COUNTED)
    given += ["--scales", "2,3", "--plugin", str(folder / "counted.py")]
    _run(given, folder / "calm")
    calm = _scores(folder / "calm")
    draw = np.random.default_rng(SEED)
    unequal = repeated = lost = 0
    for attempt in range(times):
        out = folder / f"killed{attempt}"
        finished = _killed_run(given, out, draw.uniform(0.3, 3.0))
        _run(given, out)
        rows = load(out)
        unequal += not calm.equals(_scores(out))
        lost += len(calm) - len(rows)
        stamps = {tuple(row) for row in rows[["method", "image", "scale", "seconds"]].to_numpy()}
        repeated += len(finished - stamps)
    return [
        (f"tables unequal after {times} kills", unequal, 0),
        ("rows lost", lost, 0),
        ("finished cells run twice", repeated, 0),
    ]


def images(folder: Path, count: int = 1000) -> list[tuple[str, object, object]]:
    """Score a folder of damaged image files: each is scored or refused in one sentence."""
    damaged = folder / "damaged"
    damaged.mkdir()
    draw = np.random.default_rng(SEED)
    for number in range(count):
        _damaged(damaged, number, draw)
    begun = time.monotonic()
    done = _run(
        ["--methods", "nearest", "--datasets", f"folder:{damaged}", "--scales", "2"], folder / "o"
    )
    rows = load(folder / "o")
    bad = rows[~rows["status"].isin(["ok", "error"])]
    multiline = rows["reason"].dropna().str.contains("\n").sum()
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return [
        (f"rows for {count} damaged files", len(rows), count),
        ("crashes, hangs and tracebacks", len(bad) + ("Traceback" in done.stderr), 0),
        ("reasons of more than a line", int(multiline), 0),
        ("scored in spite of the damage", int((rows["status"] == "ok").sum()), "any"),
        ("seconds", round(time.monotonic() - begun, 1), "bounded"),
        ("largest process, MiB", round(largest), "bounded"),
    ]


def rows(folder: Path, count: int = 10_000) -> list[tuple[str, object, object]]:
    """Give a complete run of many rows again: nothing is computed, and quickly."""
    small = _images(folder / "many", count // 20, side=16)
    scales = ["--scales", "2,3,4,5"]
    methods = ["--methods", "nearest,bicubic,bilinear,opencv-linear,opencv-cubic"]
    given = [*methods, "--datasets", f"folder:{small}", *scales]
    _run(given, folder / "rows", jobs=2)
    before = load(folder / "rows")
    begun = time.monotonic()
    _run(given, folder / "rows")
    seconds = time.monotonic() - begun
    return [
        (f"rows of the run ({count} asked)", len(before), count),
        ("seconds to give it again", round(seconds, 2), 5.0),
        (
            "rows measured again",
            int(
                (load(folder / "rows")["seconds"] != before["seconds"]).sum()
                - before["seconds"].isna().sum()
            ),
            0,
        ),
    ]


def plan(_folder: Path) -> list[tuple[str, object, object]]:
    """Start a plan of 100,000 cells: how long to its first result, and in how much memory."""
    code = (
        "import time, resource, tempfile, pathlib\n"
        "begun = time.monotonic()\n"
        "from functools import partial\n"
        "from upbench.benchmark.engine import plan as p, execute\n"
        "from upbench.benchmark.engine.runner import make_setup\n"
        "from upbench.benchmark.registry.catalog import collect\n"
        "from upbench.benchmark.core.contract import ImageItem\n"
        "from upbench.benchmark.registry.catalog import built_in_protocols\n"
        "from upbench.benchmark.engine.store import Store\n"
        "from upbench.benchmark.imaging.embedded import read_embedded\n"
        "c = collect(); methods = list(c.methods.values())[:25]\n"
        "items = [('set', ImageItem(str(n), str(n), partial(read_embedded, 'text')))\n"
        "         for n in range(1000)]\n"
        "cells = p.plan(methods, items, [2, 3, 4, 5], [built_in_protocols()['y-classic']], [])\n"
        "store = Store(pathlib.Path(tempfile.mkdtemp()))\n"
        "kept = p.unfinished(cells, store.finished())\n"
        "done = execute.execute(p.batches(cells, items), make_setup())\n"
        "next(done); taken = time.monotonic() - begun; done.close()\n"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "print(len(cells), taken, peak)\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "plan.py"  # a file: processes that are spawned read it
        script.write_text("if __name__ == '__main__':\n    " + code.replace("\n", "\n    "))
        command = [sys.executable, str(script)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    count, seconds, peak = map(float, done.stdout.split())
    return [
        ("planned cells", int(count), 100_000),
        ("seconds to the first result", round(seconds, 1), 30),
        ("driver's memory, MiB", round(peak), 1024),
    ]


def jobs(folder: Path) -> list[tuple[str, object, object]]:
    """Run the default bench with one job and with two, the pictures (by one process) included."""
    times = {}
    for count in (1, 2):
        begun = time.monotonic()
        _run([], folder / f"jobs{count}", jobs=count)
        times[count] = time.monotonic() - begun
    equal = _scores(folder / "jobs1").equals(_scores(folder / "jobs2"))
    return [
        ("whole command, --jobs 2 over --jobs 1", round(times[1] / times[2], 2), "cells: 1.7"),
        ("quality columns equal, bit for bit", equal, True),
    ]


def errors(folder: Path) -> list[tuple[str, object, object]]:
    """Let the driver fail at every third row, and metrics fail in every way: each run ends."""
    images = _images(folder / "failing", 3)
    (folder / "metrics.py").write_text(METRICS)
    given = ["--methods", "nearest,bicubic", "--datasets", f"folder:{images}", "--scales", "2"]
    asked = ["--plugin", str(folder / "metrics.py"), "--metrics", "raising,texts,dying"]
    done = _run([*given, *asked], folder / "metrics")
    found = load(folder / "metrics")
    failing = folder / "failing.py"
    failing.write_text(FAILING)
    command = [sys.executable, str(failing), "run", *given, "--out", str(folder / "driver")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    return [
        ("rows beside failing metrics", int((found["status"] == "ok").sum()), 6),
        ("exit code beside failing metrics", done.returncode, 0),
        ("values of failing metrics", int(found[["raising", "texts", "dying"]].count().sum()), 0),
        ("rows that a failing driver keeps", len(load(folder / "driver")), 2),
        ("exit code of a failing driver is not 0", ended.returncode != 0, True),
    ]


def readers(folder: Path) -> list[tuple[str, object, object]]:
    """Rebuild the report of a folder again and again while a run is writing there."""
    images = _images(folder / "read", 60)
    given = ["--methods", "nearest,bicubic,opencv-*", "--datasets", f"folder:{images}"]
    command = [UPBENCH, "run", *given, "--scales", "2", "--out", str(folder / "live")]
    reports = failed = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        while run.poll() is None:
            if not (folder / "live" / "scores.csv").exists() and not _killed_rows(folder / "live"):
                time.sleep(0.1)
                continue
            report = [UPBENCH, "report", str(folder / "live")]
            done = subprocess.run(report, capture_output=True, text=True, check=False)
            reports, failed = reports + 1, failed + ("Traceback" in done.stderr)
    return [("reports beside a run", reports, "any"), ("tracebacks of them", failed, 0)]


def signals(folder: Path, times: int = 60) -> list[tuple[str, object, object]]:
    """Send Ctrl-C and TERM to commands at random moments: a sentence, an exit code, no worker."""
    images = _images(folder / "signals", 4)
    run = ["run", "--methods", "nearest,opencv-*", "--datasets", f"folder:{images}"]
    commands = [["list", "methods"], ["--help"], [*run, "--scales", "2", "--out", "interrupted"]]
    draw = np.random.default_rng(SEED)
    tracebacks = other_ends = left = 0
    for attempt in range(times):
        number = (signal.SIGINT, signal.SIGTERM)[attempt % 2]
        command = [UPBENCH, *commands[attempt % 3]]
        pipes: dict[str, int] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, cwd=folder, text=True, **pipes) as process:
            time.sleep(draw.uniform(EARLIEST, 3.0))
            family = _workers(process.pid)
            process.send_signal(number)
            said = process.communicate(timeout=120)[1]
        tracebacks += "Traceback" in said
        other_ends += process.returncode not in {0, 128 + number, -number}
        left += len(psutil.wait_procs(family, timeout=20)[1])
    return [
        (f"tracebacks after {times} signals", tracebacks, 0),
        ("exit codes other than 0 and the signal's", other_ends, 0),
        ("workers left behind", left, 0),
    ]


def _workers(pid: int) -> list[psutil.Process]:
    """Return what a command has started so far."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


METRICS = """
import os
from upbench import metric

@metric("raising")
def raising(reference, output, scale):
    raise ValueError("no")

@metric("texts")
def texts(reference, output, scale):
    return "a text"

@metric("dying")
def dying(reference, output, scale):
    os._exit(9)
"""
FAILING = """
from upbench.benchmark.cli.program import main
from upbench.benchmark.engine.store import Store

add, count = Store.add, []

def fails(self, result):
    count.append(result)
    if len(count) == 3:
        raise TypeError("the driver fails")
    add(self, result)

Store.add = fails
if __name__ == "__main__":
    main()
"""


def _killed_run(given: list[str], out: Path, after: float) -> set[tuple[object, ...]]:
    """Start a run, kill it and all its workers after a while; return what it had finished."""
    process = subprocess.Popen(
        [UPBENCH, "run", *given, "--out", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(after)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return _killed_rows(out)


def _killed_rows(out: Path) -> set[tuple[object, ...]]:
    """Return the finished cells of a run's journal, whatever moment it is of."""
    if not (out / "journal.sqlite").is_file():
        return set()
    connection = sqlite3.connect(out / "journal.sqlite")
    try:
        found = [json.loads(row) for (row,) in connection.execute("SELECT row FROM cells")]
    except sqlite3.OperationalError:  # killed before the tables were made
        return set()
    finally:
        connection.close()
    return {tuple(row[c] for c in ("method", "image", "scale", "seconds")) for row in found}


def _run(given: list[str], out: Path, jobs: int = 1) -> subprocess.CompletedProcess[str]:
    command = [UPBENCH, "run", *given, "--jobs", str(jobs), "--out", str(out)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _scores(out: Path) -> pd.DataFrame:
    return load(out).sort_values(["method", "image", "scale"], ignore_index=True)[QUALITY]


def _images(folder: Path, count: int, side: int = 64) -> Path:
    folder.mkdir()
    for number in range(count):
        pixels = np.random.default_rng(number).integers(0, 256, (side, side), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:05}.png")
    return folder


def _damaged(folder: Path, number: int, draw: np.random.Generator) -> None:
    """Write a picture in one of five formats, then flip bits, cut it, or lie in its header."""
    kind = ["png", "jpg", "bmp", "tif", "webp"][number % 5]
    path = folder / f"{number:04}.{kind}"
    pixels = draw.integers(0, 256, (32, 40, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    data = bytearray(path.read_bytes())
    how = number // 5 % 3
    if how == 0:
        for _ in range(int(draw.integers(1, 9))):
            data[int(draw.integers(len(data)))] ^= 1 << int(draw.integers(8))
    elif how == 1:
        del data[int(draw.integers(len(data))) :]
    else:
        place = int(draw.integers(8, min(64, len(data) - 4)))
        data[place : place + 4] = bytes(draw.integers(0, 256, 4, dtype=np.uint8))
    path.write_bytes(bytes(data))


EXPERIMENTS: dict[str, Callable[[Path], list[tuple[str, object, object]]]] = {
    "kills": kills,
    "images": images,
    "rows": rows,
    "plan": plan,
    "jobs": jobs,
    "errors": errors,
    "readers": readers,
    "signals": signals,
}


def main() -> None:
    """Run the experiments that are named, or all, and print (what, figure, target)."""
    for name in sys.argv[1:] or EXPERIMENTS:
        with tempfile.TemporaryDirectory() as folder:
            for what, figure, target in EXPERIMENTS[name](Path(folder)):
                sys.stdout.write(f"{what:<46} {figure!s:>10}   target {target}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
