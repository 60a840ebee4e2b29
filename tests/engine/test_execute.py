"""Executors: the same results one by one and side by side, and no worker's death is the run's."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from upbench.benchmark.core.contract import ImageItem, Method, Metric
from upbench.benchmark.core.errors import UnknownNameError, UsageError
from upbench.benchmark.engine.execute import execute
from upbench.benchmark.engine.plan import batches, plan
from upbench.benchmark.engine.workbench import Part, Scoring, Setup
from upbench.benchmark.registry.catalog import built_in_protocols


def picture(seed: int) -> Any:
    """Return a small random picture."""
    return np.random.default_rng(seed).random((24, 24, 1)).astype(np.float32)


def difference(reference: Any, output: Any, _scale: int) -> float:
    """Return the mean absolute difference."""
    return float(np.abs(reference - output).mean())


METRICS = (Metric("psnr_db", difference, "1", "lower"),)
IMAGES = [("set", ImageItem(str(seed), str(seed), partial(picture, seed))) for seed in range(4)]


def scoring(_part: Part) -> Scoring:
    """Return what scores the cells."""
    return Scoring(METRICS, built_in_protocols())


def work(*targets: Any) -> tuple[Any, Any]:
    """Return batches of cells for some functions, and the setup that runs them."""
    methods = {t.__name__: Method(t.__name__, "test", t) for t in targets}
    cells = plan(list(methods.values()), IMAGES, [2], [built_in_protocols()["y-classic"]], METRICS)
    return batches(cells, IMAGES), Setup(lambda _origin: methods, scoring)


def repeated(image: Any, scale: int) -> Any:
    """Enlarge by repeating pixels."""
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


def halved(image: Any, scale: int) -> Any:
    """Enlarge and darken."""
    return repeated(image, scale) * np.float32(0.5)


def raises(_image: Any, _scale: int) -> Any:
    """Fail."""
    raise ValueError("no")


def test_serial_runs_every_cell_in_order() -> None:
    """Results come in the order of the plan, failures among them."""
    done = list(execute(*work(repeated, raises), executor="serial"))
    assert [r.row.method for r in done] == ["repeated", "raises"] * 4
    assert [r.row.status for r in done] == ["ok", "error"] * 4


def test_method_is_loaded_once_per_scale() -> None:
    """Loading and warming up happen at the first cell alone."""
    loads = []

    class Counted:
        def __init__(self, scale: int, device: str = "cpu") -> None:
            loads.append((scale, device))
            self.scale = scale

        def __call__(self, image: Any) -> Any:
            return repeated(image, self.scale)

    assert all(r.row.status == "ok" for r in execute(*work(Counted), executor="serial"))
    assert loads == [(2, "cpu")]


def test_method_that_cannot_be_loaded_fails_each_of_its_cells() -> None:
    """The reason is kept and loading is not tried at every image."""
    loads = []

    class Broken:
        def __init__(self, scale: int, **_: Any) -> None:
            loads.append(scale)
            raise RuntimeError("no weights")

    done = list(execute(*work(Broken, repeated), executor="serial"))
    broken = [r.row for r in done if r.row.method == "Broken"]
    assert {str(row.reason).split(" (")[0] for row in broken} == {
        "Broken cannot be loaded: RuntimeError: no weights"
    }
    assert loads == [2]
    assert sum(r.row.status == "ok" for r in done) == 4


def test_image_that_cannot_be_read_fails_its_cells_alone() -> None:
    """The other images are scored."""

    def broken() -> Any:
        raise OSError("disk error")

    images = [("set", ImageItem("bad", "bad", broken)), IMAGES[0]]
    method = Method("m", "test", repeated)
    cells = plan([method], images, [2, 3], [built_in_protocols()["y-classic"]], METRICS)
    setup = Setup(lambda _origin: {"m": method}, scoring)
    done = list(execute(batches(cells, images), setup, executor="serial"))
    assert [r.row.status for r in done] == ["error", "error", "ok", "ok"]
    assert str(done[0].row.reason).startswith("OSError: disk error")


def test_pairs_with_one_true_image_keep_their_own_low_resolution_images() -> None:
    """Two datasets may state the same name and digest, of the image that they share."""
    high = repeated(picture(0)[:12, :12], 2)
    images = [
        (name, ImageItem("i", "d", lambda: high, lambda low=low: low, 2))
        for name, low in (("good", high[::2, ::2]), ("dark", high[::2, ::2] / 2))
    ]
    method = Method("m", "test", repeated)
    cells = plan([method], images, [2], [built_in_protocols()["y-classic"]], METRICS)
    setup = Setup(lambda _origin: {"m": method}, scoring)
    good, dark = execute(batches(cells, images), setup, executor="serial")
    assert (good.row.scores["psnr_db"] or 0) < 0.01 < (dark.row.scores["psnr_db"] or 0)


def test_a_pair_of_grey_and_rgb_is_not_scored() -> None:
    """The luma of RGB reaches from 16 to 235, grey levels from 0 to 255."""
    grey = picture(0)[:12, :12]
    high = repeated(grey, 2).repeat(3, axis=2)
    images = [("set", ImageItem("i", "d", lambda: high, lambda: grey, 2))]
    method = Method("m", "test", repeated)
    cells = plan([method], images, [2], [built_in_protocols()["y-classic"]], METRICS)
    setup = Setup(lambda _origin: {"m": method}, scoring)
    (done,) = execute(batches(cells, images), setup, executor="serial")
    assert done.row.status == "error"
    said = "The low-resolution image has 1 channel and the true image 3; expected a pair of one"
    assert said in str(done.row.reason)


@pytest.mark.parametrize(
    ("jobs", "words"),
    [
        (0, "a whole number from 1 up; got 0"),
        (-3, "a whole number from 1 up; got -3"),
        ("2", "a whole number from 1 up; got '2'"),
        (10**9, "a number up to [0-9]+ on this machine, whose memory gives each worker 64M then"),
    ],
)
def test_bad_number_of_jobs_is_refused(jobs: Any, words: str) -> None:
    """The error repeats the number; more than memory has room for could not even start."""
    with pytest.raises(UsageError, match=f"--jobs takes {words}"):
        execute(*work(repeated), jobs=jobs)


def test_unknown_executor_is_refused() -> None:
    """The error lists what there is."""
    with pytest.raises(UnknownNameError, match="choose from dask, processes, serial"):
        execute(*work(repeated), executor="cluster")


def test_serial_executor_runs_one_job() -> None:
    """Asking for both is a contradiction, not a choice."""
    with pytest.raises(UsageError, match="--executor serial runs one job; got --jobs 2"):
        execute(*work(repeated), jobs=2, executor="serial")
