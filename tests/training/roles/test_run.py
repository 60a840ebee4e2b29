"""Layers in roles, from a request to rows: failures are rows, finished work is kept."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from upbench.benchmark.cli.commands import app
from upbench.benchmark.core.errors import (
    DatasetError,
    InvalidOutputError,
    StoreError,
    UnknownNameError,
    UsageError,
)
from upbench.benchmark.engine.supervisor import Outcome
from upbench.benchmark.report.page import write_page
from upbench.benchmark.report.roles import write_roles
from upbench.benchmark.report.source import read_source
from upbench.benchmark.training.roles import every_role, role_named
from upbench.benchmark.training.roles.lesson import RoleJob
from upbench.benchmark.training.roles.run import RoleRequest, groups, plan, run_roles
from upbench.benchmark.training.roles.service import TrainingService
from upbench.benchmark.training.roles.table import role_tables
from upbench.benchmark.training.roles.workers import train

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from upbench.benchmark.engine.trainings import StoredTraining
    from upbench.benchmark.training.roles.workers import Group

PLUGIN = str(Path(__file__).parents[2] / "plugins" / "odd_layers.py")
LAYERS = ("makes-nan", "ends-the-process", "own-nearest")
REQUEST = RoleRequest("generate", LAYERS, seeds=1, steps=2, plugins=(PLUGIN,))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[StoredTraining]]:
    """Return a run's folder and its trainings: two bad layers, and a good one after them."""
    place = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UPBENCH_CACHE", str(place / "cache"))
        trained = run_roles(REQUEST, place / "out")
        assert list((place / "cache" / "training").glob("*.safetensors")) == []
    write_roles(place / "out")
    return place / "out", trained


def test_a_layer_that_fails_is_a_row_with_its_reason(
    run: tuple[Path, list[StoredTraining]],
) -> None:
    """A loss that is no number, and a process that ends, cost themselves alone."""
    bad, gone, good = (one.row for one in run[1])
    assert bad["status"] == "error"
    assert bad["reason"].startswith("generate makes-nan seed 0: the loss 'loss_generator' is nan")
    assert gone["status"] == "crash"
    assert "exit code 7" in gone["reason"]
    assert good["status"] == "ok"
    assert bad["lattice_2_db"] is None


def test_trainings_side_by_side_give_the_rows_of_one_after_another(
    run: tuple[Path, list[StoredTraining]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the request's order, whichever ends first; a process that ends costs itself alone."""
    monkeypatch.setenv("UPBENCH_CACHE", str(tmp_path))
    told: list[tuple[int, int]] = []
    trained = run_roles(
        replace(REQUEST, layers=LAYERS[1:], workers=2),
        tmp_path / "out",
        lambda _what, done, total: told.append((done, total)),
    )
    assert [one.row["status"] for one in trained] == ["crash", "ok"]
    for key in ("lattice_2_db", "swd", "spectral_db", "lattice_2_db_initial"):
        assert trained[1].row[key] == run[1][2].row[key]
    assert told[-1] == (4, 4)


def test_a_row_says_what_was_measured_and_why_something_was_not(
    run: tuple[Path, list[StoredTraining]],
) -> None:
    """Columns at the end and at first; the reason why a column is null; where and with what."""
    row = run[1][2].row
    assert [row[key] for key in ("role", "layer", "seed", "data", "steps", "device")] == [
        *("generate", "own-nearest", 0, "patches", 2, "cpu")
    ]
    assert np.isfinite([row["lattice_2_db"], row["lattice_2_db_initial"], row["swd"]]).all()
    assert row["frechet"] is None
    assert row["reason"].startswith("frechet: the Fréchet distance needs labels")
    assert row["machine"]
    assert "torch" in row["versions"]


def test_tables_curves_pictures_and_weights_are_written(
    run: tuple[Path, list[StoredTraining]],
) -> None:
    """What a script, a reader and a later training need."""
    out = run[0]
    rows = pd.read_csv(out / "layers.csv")
    assert rows["layer"].tolist() == [*LAYERS]
    curves = pd.read_csv(out / "layers-curves.csv")
    assert curves["step"].tolist() == [0, 2]
    text = (out / "layers.md").read_text()
    assert "generate, patches, 2 steps, cpu" in text
    assert "ends-the-process, seed 0: crash" in text
    names = {file.name for file in (out / "figures").iterdir()}
    stem = "generate-own-nearest-patches-2-steps-cpu"
    assert {f"{stem}-{name}.png" for name in ("samples", "spectrum")} <= names
    weights = out / "weights" / f"{stem}.safetensors"
    assert weights.with_suffix(".json").is_file()
    assert weights.stat().st_size > 1000


def test_finished_trainings_are_kept_and_failed_ones_tried_again(
    run: tuple[Path, list[StoredTraining]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The same request trains nothing that is done; other steps are another training."""
    monkeypatch.setenv("UPBENCH_CACHE", str(tmp_path))
    done: list[str] = []
    request = RoleRequest("generate", LAYERS[1:], seeds=1, steps=2, plugins=(PLUGIN,))
    trained = run_roles(request, run[0], lambda what, _done, _total: done.append(what))
    assert [one.row["status"] for one in trained] == ["crash", "ok"]
    assert trained[1].row["measured_at"] == run[1][2].row["measured_at"]
    assert not any("own-nearest" in what for what in done)


def test_a_training_that_ends_badly_keeps_its_checkpoint(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The same command goes on from it; one that came to its end leaves none."""
    monkeypatch.setenv("UPBENCH_CACHE", str(tmp_path))

    def crashes(groups: Sequence[Group], *_: object) -> Generator[tuple[RoleJob, Outcome]]:
        for job, file in chain.from_iterable(groups):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"step 250")
            yield job, Outcome(None, "crash", "The worker was killed.")

    request = RoleRequest("generate", LAYERS[2:], seeds=1, steps=500, plugins=(PLUGIN,))
    with monkeypatch.context() as patch:
        patch.setattr("upbench.benchmark.training.roles.run.train", crashes)
        (one,) = run_roles(request, tmp_path / "out")
    assert one.row["status"] == "crash"
    (kept,) = (tmp_path / "training").iterdir()
    assert kept.read_bytes() == b"step 250"


def test_trainings_of_other_steps_keep_their_files_beside_each_other(
    run: tuple[Path, list[StoredTraining]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Weights are in no journal: those of another number of steps or other data must stay."""
    monkeypatch.setenv("UPBENCH_CACHE", str(tmp_path))
    out = tmp_path / "out"
    for steps in (1, 2):
        run_roles(replace(REQUEST, layers=LAYERS[2:], steps=steps), out)
    write_roles(out)
    for begin in ("generate-own-nearest-patches-1-steps", "generate-own-nearest-patches-2-steps"):
        assert (out / "weights" / f"{begin}-cpu.safetensors").is_file()
        assert (out / "figures" / f"{begin}-cpu-samples.png").is_file()
    curves = pd.read_csv(out / "layers-curves.csv")
    assert curves.groupby("steps")["step"].max().to_dict() == {1: 1, 2: 2}


def test_a_table_has_a_line_for_each_layer(run: tuple[Path, list[StoredTraining]]) -> None:
    """Failed seeds are not counted; a column that nobody has is left out."""
    (table,) = role_tables(run[1])
    lines = {row["layer"]: row for row in table.rows}
    assert [lines[name]["seeds"] for name in LAYERS] == [0, 0, 1]
    assert "frechet" not in {column.key for column in table.columns}
    assert any("ends-the-process" in note for note in table.notes)


@pytest.mark.parametrize(
    ("request_", "kind", "message"),
    [
        (RoleRequest("generat"), UnknownNameError, "no role named 'generat'; did you mean"),
        (
            RoleRequest("generate", ("transposed-conv-evn",)),
            UnknownNameError,
            "no layer named 'transposed-conv-evn'; did you mean 'transposed-conv-even'",
        ),
        (RoleRequest("generate", steps=0), UsageError, "--steps takes a whole number from 1 up"),
        (RoleRequest("generate", seeds=-1), UsageError, "--seeds takes a whole number from 1 up"),
        (RoleRequest("generate", first_seed=-1), UsageError, "--first-seed takes a whole number"),
        (RoleRequest("generate", first_seed=1 << 63), UsageError, "below 2\\^63; got 9223372036"),
        (RoleRequest("generate", seeds=20261128), UsageError, "at most 1000; got 20261128: "),
        (RoleRequest("generate", workers=0), UsageError, "--jobs takes a whole number from 1 up"),
        (RoleRequest("generate", data="mnis"), UnknownNameError, "did you mean 'mnist'"),
        (RoleRequest("generate", data="no/folder"), DatasetError, "--data no/folder is no folder"),
        (RoleRequest("generate", ("max-unpooling",)), UsageError, "needs the indices of a pooling"),
        (RoleRequest("generate", plugins=("missing.py",)), UsageError, "missing.py"),
    ],
)
def test_a_bad_request_is_one_sentence_before_anything_is_written(
    request_: RoleRequest, kind: type[Exception], message: str, tmp_path: Path
) -> None:
    """What is wrong, and what would be right."""
    with pytest.raises(kind, match=message):
        run_roles(request_, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_all_layers_of_a_role_are_those_it_has_a_use_for() -> None:
    """A layer that needs a pooling is left out of a generator."""
    layers = {job.layer for job in plan(RoleRequest("generate", seeds=1)).jobs}
    assert "transposed-conv-even" in layers
    assert "max-unpooling" not in layers


def test_seeds_follow_the_first_one() -> None:
    """So two machines can share the seeds of a study."""
    request = RoleRequest("generate", ("resize-conv-nearest",), seeds=2, first_seed=3)
    assert [job.seed for job in plan(request).jobs] == [3, 4]


def test_a_full_disk_is_found_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says how much is needed."""
    free = type("Usage", (), {"free": 1_000_000})
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: free)
    with pytest.raises(
        StoreError, match=r"1\.0 MB free; expected about 20\.0 MB for 1 training: free"
    ):
        run_roles(RoleRequest("generate", ("resize-conv-nearest",), seeds=1, steps=2), tmp_path)


@pytest.mark.parametrize("name", ["generate"])
def test_a_role_states_what_its_measurement_returns(name: str) -> None:
    """Names agree, defaults are there, and what is kept of the beginning is a column."""
    role = role_named(name)
    keys = [column.key for column in role.columns]
    assert role.name == name
    assert role.steps >= 1
    assert set(role.initial) <= set(keys)
    assert len(set(keys)) == len(keys)
    assert next(iter(role.datasets))
    assert name in every_role()


def test_the_page_shows_tables_curves_and_pictures(
    run: tuple[Path, list[StoredTraining]],
) -> None:
    """It asks the network for nothing, and says nothing of cells that were not asked for."""
    page = (run[0] / "report.html").read_text(encoding="utf-8")
    assert "Layers in their roles" in page
    assert "3 trainings of upsampling layers" in page
    assert page.count("data:image/png;base64,") >= 5
    assert "own-nearest" in page
    assert "No cell has been run" not in page


def test_pictures_beyond_the_limit_are_counted(
    run: tuple[Path, list[StoredTraining]], tmp_path: Path
) -> None:
    """The page says what it leaves out, and where that is."""
    source = replace(read_source(run[0], limit=100), folder=tmp_path)
    page = write_page(source).read_text(encoding="utf-8")
    assert "of the pictures are not in this page" in page
    assert "may take 100 bytes" in page
    assert "<summary>Pictures:" not in page


def test_report_makes_the_tables_again(
    run: tuple[Path, list[StoredTraining]],
) -> None:
    """From the journal alone, without training."""
    names = pd.read_csv(run[0] / "layers.csv")["layer"].tolist()
    (run[0] / "layers.csv").unlink()
    result = CliRunner().invoke(app, ["report", str(run[0])])
    assert result.exit_code == 0
    assert "layers in their roles" in result.output
    assert pd.read_csv(run[0] / "layers.csv")["layer"].tolist() == names


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--role", "generat"], 2, "upbench: There is no role named 'generat'; did you mean"),
        (["--role", "generate", "--steps", "0"], 2, "--steps takes a whole number from 1 up"),
        (["--role", "generate", "--device", "tpu"], 2, "--device takes auto, cpu or cuda; got tpu"),
        ([], 2, "Missing option '--role'"),
    ],
)
def test_a_mistyped_command_is_one_sentence(words: list[str], code: int, said: str) -> None:
    """Its exit code is that of every usage error, and there is no traceback."""
    result = CliRunner().invoke(app, ["layers", *words])
    assert result.exit_code == code
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_layer_of_another_shape_is_refused_where_a_sum_would_take_it(tmp_path: Path) -> None:
    """One value per image, added to an image, is no upsampled image that could be scored."""
    plugin = tmp_path / "mean.py"
    plugin.write_text(
        "from upbench.layers import layer\n"
        "@layer('the-mean', source='', summary='')\n"
        "def build(in_channels, out_channels, scale):\n"
        "    from torch import nn\n"
        "    last = nn.Conv2d(in_channels, out_channels, 1)\n"
        "    return nn.Sequential(last, nn.AdaptiveAvgPool2d(1))\n",
        encoding="utf-8",
    )
    job = RoleJob("reconstruct", "the-mean", 0, 1, "embedded", "cpu")
    with pytest.raises(InvalidOutputError, match=r"the-mean makes \(1, 1, 1, 1\) of \(1, 16, "):
        TrainingService((str(plugin),))(("begin", [job], [str(tmp_path / "file")]))


def test_on_a_gpu_the_layers_of_a_seed_are_one_group() -> None:
    """Where a role can train them together; a CPU trains each alone, as other roles do anywhere."""
    jobs = [
        RoleJob("superresolution", layer, seed, 9, "x2", "cuda")
        for seed in (0, 1)
        for layer in "ab"
    ]
    shared = groups(role_named("superresolution"), jobs)
    assert [[job.seed for job in group] for group in shared] == [[0, 0], [1, 1]]
    for role, device in (("superresolution", "cpu"), ("generate", "cuda")):
        alone = groups(role_named(role), [replace(job, device=device) for job in jobs])
        assert [len(group) for group in alone] == [1, 1, 1, 1]


@pytest.mark.parametrize("bad", LAYERS[:2])
def test_a_group_that_fails_is_trained_one_by_one(tmp_path: Path, bad: str) -> None:
    """So the layer that fails costs itself alone, as in a process of its own."""
    group = [
        (RoleJob("generate", layer, 0, 2, "patches", "cpu"), tmp_path / layer)
        for layer in (LAYERS[2], bad)
    ]
    told: list[tuple[int, int]] = []
    trained = train(
        [group], (PLUGIN,), 1, tmp_path / "log", lambda _what, *numbers: told.append(numbers)
    )
    found = {job.layer: outcome for job, outcome in trained}
    assert found[LAYERS[2]].status == "ok"
    assert found[LAYERS[2]].value["step"] == 2
    assert found[bad].status == {"makes-nan": "error", "ends-the-process": "crash"}[bad]
    assert told[-1] == (4, 4)
