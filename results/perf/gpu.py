"""Learned methods on a GPU: equality with the CPU, speed in three precisions, memory: ``make gpu``.

Without CUDA it says so in one sentence and writes nothing.  What it writes is in ``results/gpu``:
``equality.csv``, ``speed.csv`` and ``README.md``.

- Equality is of the method's call, array to array, on one picture: at most 1e-5 apart, in [0, 1].
- "call" is that call in fp32, both transfers included.  "fp32", "tf32" and "fp16" are the network
  alone on pixels that are on the GPU already: what a pipeline on the GPU pays.  TF32, products
  rounded to 10 bits, is PyTorch's default for convolutions of float32.
- Memory is the peak of PyTorch's allocator above what it held before the call.
"""

from __future__ import annotations

import argparse
import sys
from copy import deepcopy
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from upbench.benchmark.core.contract import Method
    from upbench.benchmark.core.table import Span, Table

OUT = Path(__file__).resolve().parents[1] / "gpu"
SIZES = ((1920, 1080), (2560, 1440), (3840, 2160))
"""Width and height of the output."""
README = "README.md"
FORMS = ("call", "fp32", "tf32", "fp16")
SHOWN = {form: (form, "mpx_per_s") for form in FORMS} | {
    f"MB, {form}": (form, "peak_mb") for form in ("fp32", "fp16")
}
"""Columns of the page's table: a form and what of it."""
TOLERANCE = 1e-5
BUDGET, LIMIT = 1.0, 60.0
"""Seconds to sample one case, and after which no further call of it is begun."""
SIDE = 96
"""Of the picture that equality is checked on, in input pixels."""


@dataclass(frozen=True)
class Case:
    """One speed to measure."""

    method: str
    scale: int
    width: int
    """Of the output, as the height."""
    height: int
    form: str
    """One of FORMS."""


def plan(methods: Sequence[Method], sizes: Sequence[tuple[int, int]] = SIZES) -> list[Case]:
    """Return every speed to measure: method by method, from small to large."""
    return [
        Case(method.name, scale, width, height, form)
        for method in methods
        for scale in method.scales or (2, 3, 4)
        for width, height in sizes
        for form in FORMS
    ]


def equality(methods: Sequence[Method], device: str) -> Iterator[dict[str, Any]]:
    """Yield the largest difference between a device and the CPU, per method and scale."""
    import numpy as np

    from upbench.benchmark.timing.picture import picture

    image = picture(SIDE, SIDE, 1)
    for method in methods:
        for scale in method.scales or (2, 3, 4):
            here, there = (method.load(scale, one)(image) for one in ("cpu", device))
            worst = float(np.abs(here - there).max())
            yield {
                "method": method.name,
                "scale": scale,
                "largest_difference": worst,
                "equal": worst <= TOLERANCE,
            }


def measure(upsampler: Any, case: Case, device: str, budget: float = BUDGET) -> dict[str, Any]:
    """Measure one case; what a device cannot do is a row with its reason."""
    from dataclasses import asdict

    from upbench.benchmark.core.text import describe
    from upbench.benchmark.timing.measure import Timer, synchroniser, take_samples
    from upbench.benchmark.timing.memory import peak_of
    from upbench.benchmark.timing.spread import spread

    row = asdict(case) | {"device": device}
    try:
        call = _call(upsampler, case, device)
        timer = Timer(call, synchroniser(device))
        timer.sample()
        peak = peak_of(timer.sample, device)
        samples = take_samples(timer.sample, lambda: timer.longest * timer.calls < LIMIT, budget)
    except (RuntimeError, MemoryError) as error:  # out of memory, or no kernel for this dtype
        return row | {"reason": describe(error)}
    found = spread(samples)
    mpx = case.width // case.scale * (case.height // case.scale) * case.scale**2 / 1e6
    return row | {
        "milliseconds": 1e3 * found.median,
        "mpx_per_s": mpx / found.median,
        "samples": len(samples),
        "peak_mb": peak.call_mb,
        "reason": "",
    }


def _call(upsampler: Any, case: Case, device: str) -> Callable[[], object]:
    """Return what is timed: the method's call, or its network on what is on the device already."""
    import torch

    from upbench.benchmark.timing.picture import picture

    image = picture(case.height // case.scale, case.width // case.scale, 1)
    if case.form == "call":
        return lambda: upsampler(image)
    dtype = torch.float16 if case.form == "fp16" else torch.float32
    network = deepcopy(upsampler.runner.form).to(dtype)
    low = torch.from_numpy(image[:, :, 0].copy())[None, None].to(device, dtype)

    def forward() -> object:
        rounded = case.form == "tf32"
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=rounded):
            return network(low)

    return forward


def report(equal: pd.DataFrame, speeds: pd.DataFrame, where: str) -> str:
    """Write the page for a reader: equality, what precision gains, speeds at the largest size."""
    from upbench.benchmark.report.render.markdown import grid

    width, height = speeds[["width", "height"]].iloc[-1]
    own = speeds[(speeds["width"] == width) & (speeds["height"] == height)]
    lines = [
        "# Learned methods on a GPU",
        "",
        f"{where}. Made by `make gpu`; `speed.csv` and `equality.csv` have every number.",
        "",
        *_agreement(equal),
        f"- A call runs inputs above {_window()} pixels a side in windows, and copies each.",
        "",
        "How many times as fast as fp32, median over methods and scales (least to largest).  A",
        "call includes both transfers; the precisions are the network alone, on pixels that are on",
        "the GPU already:",
        "",
        *grid(gains(speeds)),
        "",
        f"Mpx/s of {width} x {height} pixels of output, luma, medians; MB of 10^6 bytes that a",
        "forward pass adds at most:",
        "",
        *grid(largest(own)),
    ]
    return "\n".join([*lines, ""])


def _agreement(equal: pd.DataFrame) -> Iterator[str]:
    """Yield how far CUDA and CPU are apart, and which methods more than is allowed."""
    worst = equal["largest_difference"].max()
    yield f"- In fp32 CUDA and CPU differ by at most {worst:.1e} over {len(equal)} methods and"
    yield f"  scales; at most {TOLERANCE:g} is allowed.  The other precisions were not compared."
    for row in equal[~equal["equal"]].itertuples():
        yield f"- {row.method} x{row.scale} differs by {row.largest_difference:.1e}."


def _window() -> int:
    from upbench.methods._shared.inference import GPU_WINDOW

    return GPU_WINDOW


def gains(speeds: pd.DataFrame) -> Table:
    """Return what lower precision gains and what transfers cost, a row for each size."""
    from upbench.benchmark.core.table import Column, Table

    compared = [form for form in FORMS if form != "fp32"]
    rows = []
    known = speeds.assign(mpx_per_s=speeds.get("mpx_per_s", float("nan")))  # none, if all failed
    for (width, height), some in known.groupby(["width", "height"], sort=False):
        by_form = some.pivot_table("mpx_per_s", ["method", "scale"], "form").reindex(columns=FORMS)
        ratios = by_form.div(by_form["fp32"], axis=0)
        spans = {form: _span(ratios[form].dropna()) for form in compared}
        rows.append({"size": f"{width} x {height}"} | spans)
    shown = (Column("size", "output"), *(Column(form, form, ".1f") for form in compared))
    return Table(shown, tuple(rows))


def _span(ratios: pd.Series[float]) -> Span | None:
    """Return the median of some ratios with the least and the largest."""
    from upbench.benchmark.core.table import Span

    return Span(ratios.min(), ratios.max(), ratios.median()) if len(ratios) else None


def largest(speeds: pd.DataFrame) -> Table:
    """Return a row for each method and scale: speeds and memory by form."""
    from upbench.benchmark.core.table import Column, Table

    rows = []
    for (method, scale), some in speeds.groupby(["method", "scale"], sort=False):
        by_form = some.set_index("form")
        values = {
            heading: by_form[column].get(form) if column in by_form else None
            for heading, (form, column) in SHOWN.items()
        }
        rows.append({"method": method, "scale": f"x{scale}"} | values)
    numbers = (Column(heading, heading, ".0f") for heading in SHOWN)
    return Table((Column("method", "method"), Column("scale", "scale"), *numbers), tuple(rows))


def run(
    methods: Sequence[Method],
    device: str,
    out: Path,
    where: str,
    sizes: Sequence[tuple[int, int]] = SIZES,
    budget: float = BUDGET,
) -> bool:
    """Measure everything and write it; return whether every method equals the CPU's."""
    import pandas as pd

    from upbench.benchmark.core.csv import write_csv
    from upbench.benchmark.core.files import make_folder, write_text

    by_name = {method.name: method for method in methods}
    equal = pd.DataFrame([*equality(methods, device)])
    rows, cases = [], plan(methods, sizes)
    make_folder(out)
    write_csv(equal, out / "equality.csv")
    for (name, scale), some in groupby(cases, lambda case: (case.method, case.scale)):
        upsampler = by_name[name].load(scale, device)
        rows += [measure(upsampler, case, device, budget) for case in some]
        sys.stderr.write(f"\r{len(rows)}/{len(cases)} {name} x{scale}\033[K")
        # written again each time: what is cut off keeps what it has measured
        speeds = pd.DataFrame(rows)
        write_csv(speeds, out / "speed.csv")
        write_text(out / README, report(equal, speeds, where))
    sys.stderr.write("\n")
    return bool(equal["equal"].all())


def learned_methods(names: Sequence[str] = ()) -> list[Method]:
    """Return the learned methods whose weights come with upbench, or some of them.

    Raises:
        UnknownNameError: A name is no such method's.
    """
    from upbench.benchmark.core.errors import UnknownNameError
    from upbench.benchmark.registry.catalog import collect

    every = collect().methods.values()
    found = {one.name: one for one in every if hasattr(one.target, "trained")}
    for name in names:
        if name not in found:
            raise UnknownNameError("learned method", name, found)
    return [one for one in found.values() if not names or one.name in names]


def main() -> int:
    """Run on the first CUDA device; say in one sentence where there is none."""
    import torch

    from upbench.benchmark.core.errors import UsageError

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT, help="where the tables go")
    parser.add_argument("--methods", nargs="*", default=(), help="some methods alone")
    parser.add_argument("--budget", type=float, default=BUDGET, help="seconds for one case")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        sys.stdout.write("No CUDA device was found; nothing was measured or written.\n")
        return 0
    where = f"{torch.cuda.get_device_name(0)}, PyTorch {torch.__version__}"
    try:
        methods = learned_methods(options.methods)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    is_equal = run(methods, "cuda", options.out, where, budget=options.budget)
    sys.stdout.write((options.out / README).read_text(encoding="utf-8"))
    return 0 if is_equal else 1


if __name__ == "__main__":
    sys.exit(main())
