"""The page in a real browser: Debian's Chromium, driven by Playwright, offline from disk."""

from __future__ import annotations

import io
import os
import shutil
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from upbench.benchmark.engine.result import WHOLE, View
from upbench.benchmark.engine.store import Store
from upbench.benchmark.report.exports import write_exports
from upbench.benchmark.report.mosaic import mean_spectrum
from upbench.benchmark.report.page import write_page
from upbench.benchmark.report.source import read_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE = 60_000
"""Milliseconds that a step may take on a busy machine."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium once, or skip the tests, saying what is missing."""
    executable = os.environ.get("UPBENCH_CHROMIUM") or shutil.which("chromium")
    if find_spec("playwright") is None:
        pytest.skip("needs Playwright: pip install playwright")
    if not executable:
        pytest.skip("needs Chromium: install it, or name it by UPBENCH_CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=executable, args=[*FLAGS])
        yield started
        started.close()


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory, fill_run: object) -> Path:
    """Return the page of the small run."""
    folder: Path = fill_run(tmp_path_factory.mktemp("browser"))  # type: ignore[operator]
    (page,) = write_exports(folder, ("html",))
    return page


@pytest.fixture
def tab(browser: Browser, page_file: Path) -> Iterator[Page]:
    """Open the page; fail at its end if it logged an error or asked for anything but itself."""
    yield from opened(browser, page_file, DESK)


def opened(browser: Browser, file: Path, size: dict[str, int]) -> Iterator[Page]:
    """Open a file, wait until it is drawn, and look at what it did."""
    context = browser.new_context(viewport=size)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    one = context.new_page()
    errors: list[str] = []
    requests: list[str] = []
    one.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    one.on("pageerror", lambda error: errors.append(str(error)))
    one.on("request", lambda request: requests.append(request.url))
    one.goto(file.as_uri())
    one.locator("html[data-plots]").wait_for()
    yield one
    context.close()
    assert errors == []
    assert [url for url in requests if not url.startswith("data:")] == [file.as_uri()]


def methods(tab: Page) -> list[str]:
    """Return the first column of the results."""
    return tab.locator("#results-table tbody th").all_inner_texts()


def heading(tab: Page, table: str, label: str) -> Locator:
    """Return a column's heading."""
    return tab.locator(f"{table} thead th").filter(has_text=label).first


def look(tab: Page, left: str, right: str, image: str = "0") -> None:
    """Choose what the explorer compares, and wait until it is drawn."""
    tab.locator("#pictures").scroll_into_view_if_needed()
    for field, value in (("image", image), ("left", left), ("right", right)):
        tab.locator(f"#{field}").select_option(value)
    tab.locator(f"#explorer[data-drawn='{left}|{right}|{image}']").wait_for()


def pixel(tab: Page, canvas: str, x: int, y: int) -> list[int]:
    """Return the colour that a canvas holds."""
    script = "([id, x, y]) => [...document.querySelector(id).getContext('2d').getImageData(x, y, 1, 1).data]"  # noqa: E501 - one expression
    found: list[int] = tab.evaluate(script, [canvas, x, y])
    return found


# ------------------------------------------------------------------ results


def test_results_sort_both_ways(tab: Page) -> None:
    """The best PSNR is first; another heading sorts by its column, again turns the order."""
    assert methods(tab)[0] == "checkered"
    name = heading(tab, "#results-table", "method")
    name.get_by_role("button").click()
    assert methods(tab) == sorted(methods(tab))
    assert name.get_attribute("aria-sort") == "ascending"
    name.get_by_role("button").click()
    assert methods(tab) == sorted(methods(tab), reverse=True)
    assert name.get_attribute("aria-sort") == "descending"
    heading(tab, "#results-table", "Mpx/s").get_by_role("button").press("Enter")
    assert methods(tab)[0] == "pillow-nearest"
    assert methods(tab)[-1] == "broken"  # what has no speed is last, whatever the order
    assert name.get_attribute("aria-sort") == "none"


def test_results_filter_and_clear(tab: Page) -> None:
    """Words, family, kernel and coverage narrow the table; Clear shows everything again."""
    tab.locator("#filter-name").fill("nearest, check")
    assert set(methods(tab)) == {"nearest", "pillow-nearest", "checkered"}
    tab.locator("#filter-family").select_option("interpolation")
    assert set(methods(tab)) == {"nearest", "pillow-nearest"}
    assert tab.locator("#filter-count").inner_text() == "2 of 6 methods"
    tab.locator("#filters button[type=reset]").click()
    tab.locator("#filter-kernel").select_option("Keys cubic, a = -0.75")
    assert methods(tab) == ["other-bicubic"]
    tab.locator("#filters button[type=reset]").click()
    tab.locator("#filter-complete").check()
    assert len(methods(tab)) == 5
    tab.locator("#filter-front").check()
    assert "broken" not in methods(tab)


def test_all_columns_show_the_other_intervals(tab: Page) -> None:
    """PSNR has its interval from the start; those of the others are asked for, until Clear."""
    before = tab.locator("#results-table thead th").count()
    tab.locator("#filter-columns").check()
    assert tab.locator("#results-table thead th").count() > before
    tab.locator("#filters button[type=reset]").click()
    tab.locator("#results-table thead th").nth(before).wait_for(state="detached")
    assert not tab.locator("#filter-columns").is_checked()


def test_a_method_is_not_looked_at_beside_itself(tab: Page) -> None:
    """The method of the right, chosen in the results, goes to the left; what stood there moves."""
    left, right = (tab.locator(f"#{side}").input_value() for side in ("left", "right"))
    assert left != right
    tab.locator("#results-table tbody th a").get_by_text(right, exact=True).click()
    assert tab.locator("#left").input_value() == right
    assert tab.locator("#right").input_value() == left


def test_scale_changes_every_section(tab: Page) -> None:
    """The radio above the page moves the titles and the table to the other scale."""
    tab.locator("#scale").get_by_text("x3").click()
    titles = tab.locator("[data-shows=title]").all_inner_texts()
    assert set(titles) == {"photos x3, y-classic"}
    assert tab.locator("#choices .card").count() >= 2


def test_plot_stands_and_is_described_in_words(tab: Page) -> None:
    """Bokeh has drawn, and a reader who cannot see it gets the front as text."""
    assert tab.locator("#speed-plot .bk-Figure").count() == 1
    assert "On the Pareto front, fastest first: " in tab.locator("#speed-text").inner_text()


def test_a_point_of_the_plot_leads_to_its_pictures(tab: Page) -> None:
    """The method whose point is selected stands on the left of the comparison."""
    tab.evaluate(
        """() => {
          const points = Bokeh.documents[0].get_model_by_name("points");
          points.selected.indices = [points.data.method.indexOf("other-bicubic")];
        }"""
    )
    assert tab.locator("#left").input_value() == "other-bicubic"  # fields do not wait for pictures
    assert tab.locator("#checkerboard-name").text_content() == ""  # not looked at, not drawn
    tab.locator("#pictures").scroll_into_view_if_needed()
    tab.locator("#explorer[data-drawn^='other-bicubic|']").wait_for()
    tab.locator("#checkerboards").scroll_into_view_if_needed()
    tab.locator("#mean-spectrum canvas").wait_for()
    assert tab.locator("#checkerboard-name").inner_text() == "other-bicubic"


# ------------------------------------------------------------------ the explorer


def test_explorer_shows_the_stored_pixels(tab: Page, page_file: Path) -> None:
    """The canvases hold the crops to the last bit, at any zoom without smoothing."""
    look(tab, "nearest", "bicubic")
    with Store(page_file.parent) as store:
        crops = store.crops()
    import io

    from PIL import Image

    image = tab.locator("#image option").first.inner_text()
    stored = np.asarray(Image.open(io.BytesIO(crops["nearest", "photos", image, 2, "y-classic"])))
    for x, y in ((0, 0), (17, 31), (47, 47)):
        assert pixel(tab, "#layer-left canvas", x, y) == [*[int(stored[y, x])] * 3, 255]
    style = "getComputedStyle(document.querySelector('#layer-left canvas')).imageRendering"
    assert tab.evaluate(style) == "pixelated"


def test_swipe_by_mouse_and_keys(tab: Page) -> None:
    """The handle follows the mouse and the arrow keys, and uncovers the right picture."""
    look(tab, "nearest", "bicubic")
    handle, stage = tab.locator("#swipe"), tab.locator("#stage")
    assert handle.get_attribute("aria-valuenow") == "50"
    grip, box = tab.locator("#swipe .grip").bounding_box(), stage.bounding_box()
    assert grip is not None
    assert box is not None
    tab.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] / 4, grip["y"])
    tab.mouse.up()
    assert handle.get_attribute("aria-valuenow") == "25"
    handle.press("ArrowRight")
    handle.press("PageUp")
    assert handle.get_attribute("aria-valuenow") == "37"
    handle.press("Home")
    assert "100%" in str(tab.locator("#layer-left").get_attribute("style"))


def test_zoom_and_pan_move_all_pictures_alike(tab: Page) -> None:
    """Keys, buttons and the wheel zoom from 1:1 to 16x; both sides and the error maps follow."""
    look(tab, "nearest", "bicubic")
    stage, level = tab.locator("#stage"), tab.locator("#zoom-level")
    tab.locator("#zoom-one").click()
    assert level.inner_text() == "1×"  # noqa: RUF001 - the sign of the page
    assert tab.locator("#zoom-out").is_disabled()
    stage.focus()
    for _ in range(9):
        stage.press("+")
    assert level.inner_text() == "16×"  # noqa: RUF001
    places = []
    for _ in range(2):
        canvases = tab.locator("#layer-left canvas, #layer-right canvas, #error-left")
        boxes = [canvas.bounding_box() for canvas in canvases.all()]
        assert boxes[0] == boxes[1]
        places.append(boxes)
        stage.press("ArrowRight")
    assert places[0] != places[1]
    box = stage.bounding_box()
    assert box is not None
    tab.mouse.move(box["x"] + 100, box["y"] + 100)
    tab.mouse.wheel(0, 100)
    assert level.inner_text() == "12×"  # noqa: RUF001
    stage.press("0")
    assert level.inner_text() == "12×"  # noqa: RUF001 - 48 pixels fit 12 times into the stage


def test_original_is_shown_over_both(tab: Page) -> None:
    """A key and a button lay the original over the comparison and take it away."""
    look(tab, "nearest", "bicubic")
    layer, button = tab.locator("#layer-original"), tab.locator("#original")
    assert layer.is_hidden()
    button.click()
    assert layer.is_visible()
    assert button.get_attribute("aria-pressed") == "true"
    tab.locator("#stage").press("o")
    assert layer.is_hidden()


def test_methods_switch_swap_and_show_equal_pictures(tab: Page) -> None:
    """Two methods of equal pixels are said to be equal; swapping exchanges the sides."""
    look(tab, "nearest", "pillow-nearest")
    assert "equal after rounding to 8 bits" in tab.locator("#verdict").inner_text()
    look(tab, "checkered", "")
    tab.locator("#swap").click()
    assert tab.locator("#left").input_value() == ""
    assert tab.locator("#right").input_value() == "checkered"


@pytest.fixture(scope="module")
def viewed_file(tmp_path_factory: pytest.TempPathFactory, fill_run: object) -> Path:
    """Return the page of the small run with a whole image and one worst place."""
    folder: Path = fill_run(tmp_path_factory.mktemp("viewed"))  # type: ignore[operator]
    source = read_source(folder)
    place = ("photos", "camera", 2, "y-classic")
    buffer = io.BytesIO()
    png = source.crops[("bicubic", *place)]
    Image.open(io.BytesIO(png)).resize((200, 120)).save(buffer, "JPEG")
    views, preview = {}, buffer.getvalue()  # a method may leave what reducing and JPEG hide
    for method, loss in (("nearest", 5.0), ("bicubic", 0.0), ("", 0.0)):
        png = source.crops[(method, *place)]
        whole = View(method, WHOLE, 0.0, preview)
        views[(method, *place)] = [whole, View(method, "8,0", loss, png)]
    rows = source.rows.assign(height=239, width=399)  # reduced by 2
    return write_page(replace(source, rows=rows, views=views))


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_worst_place_and_a_whole_image_are_looked_at_like_images(
    browser: Browser, viewed_file: Path, size: dict[str, int]
) -> None:
    """A worst place puts its method beside bicubic; a whole image has its own size, and swipes."""
    for tab in opened(browser, viewed_file, size):
        tab.locator("#pictures").scroll_into_view_if_needed()
        tab.locator("#image").select_option(label="worst of nearest: camera at 8, 0")
        tab.locator("#explorer[data-drawn='nearest|bicubic|5']").wait_for()
        assert "worst of nearest" in tab.locator("#verdict").inner_text()
        assert tab.locator("#layer-left canvas").evaluate("one => one.width") == 48
        tab.locator("#image").select_option(label="camera, whole")
        tab.locator("#explorer[data-drawn='nearest|bicubic|4']").wait_for()
        sides = tab.locator("#layer-left canvas").evaluate("one => [one.width, one.height]")
        assert sides == [200, 120]
        before = tab.locator("#layer-left").evaluate("one => one.style.clipPath")
        tab.locator("#swipe").press("ArrowRight")
        assert tab.locator("#layer-left").evaluate("one => one.style.clipPath") != before
        fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert tab.evaluate(fits)


def test_a_preview_is_not_taken_for_the_pixels(browser: Browser, viewed_file: Path) -> None:
    """It has no spectrum, equals nothing, and its pixels are named in those of the image."""
    for tab in opened(browser, viewed_file, DESK):
        look(tab, "nearest", "bicubic", "4")  # one JPEG of both
        assert tab.locator("#verdict").inner_text() == "camera, whole: nearest, bicubic."
        assert tab.locator("#spectrum-left circle, #spectrum-left canvas").count() == 0
        assert "No spectrum of a preview" in tab.locator("#spectrum-left").inner_text()
        assert tab.locator("#error-left-title").inner_text().startswith("Error of the previews")
        box = tab.locator("#layer-original canvas").evaluate(
            "one => { one.closest('.layer').hidden = false; const { x, y } = one.getBoundingClientRect(); return [x, y]; }"  # noqa: E501 - one expression
        )
        zoom = float(tab.locator("#zoom-level").inner_text().rstrip("×"))  # noqa: RUF001
        tab.mouse.move(box[0] + 30.5 * zoom, box[1] + 60.5 * zoom)
        said = "row 120, column 60 of the image, in a JPEG preview reduced by 2: left "
        assert tab.locator("#pixel").inner_text().startswith(said)
        look(tab, "checkered", "other-bicubic", "4")  # without a picture there
        assert "equal" not in tab.locator("#verdict").inner_text()
        look(tab, "nearest", "pillow-nearest", "0")
        assert "equal after rounding to 8 bits" in tab.locator("#verdict").inner_text()
        assert tab.locator("#spectrum-left circle").count() == 8
        tab.locator("#stage").hover()
        assert "of the crop: left " in tab.locator("#pixel").inner_text()


@pytest.fixture(scope="module")
def bare_file(tmp_path_factory: pytest.TempPathFactory, fill_run: object) -> Path:
    """Return the page of a run without speeds and levels: two methods at x2, one at x3."""
    folder: Path = fill_run(tmp_path_factory.mktemp("bare"))  # type: ignore[operator]
    source = read_source(folder)
    rows = source.rows[source.rows["method"].isin(["nearest", "pillow-nearest"])]
    rows = rows[(rows["scale"] == 2) | (rows["method"] == "nearest")]
    unit = {"heading": "PSNR dB(", "unit": "dB(", "format": ".2f", "better": "higher"}
    manifest = {**source.manifest, "metrics": {"psnr_db": unit}}
    kept = {2: {"", "nearest", "pillow-nearest"}, 3: {"", "nearest"}}
    crops = {cell: png for cell, png in source.crops.items() if cell[0] in kept[int(cell[3])]}
    unknown = dict.fromkeys(("mpx_per_s", "checkerboard_db"), float("nan"))
    bare = replace(source, rows=rows.assign(**unknown), manifest=manifest, crops=crops)
    return write_page(bare)


def test_what_is_not_known_makes_no_odd_sentence(browser: Browser, bare_file: Path) -> None:
    """No speed, no level, no second method, and a unit that no expression could hold."""
    for tab in opened(browser, bare_file, DESK):
        assert tab.locator("#left").input_value() == "nearest"
        assert tab.locator("#right").input_value() == "pillow-nearest"  # not itself
        assert tab.locator("#choices dt").all_inner_texts() == ["PSNR", "SSIM"]
        assert tab.locator("#speed-of").is_hidden()
        said = tab.locator("#speed-text")
        assert said.inner_text() == "No method here has both a speed and a finite PSNR."
        assert "visually-hidden" not in str(said.get_attribute("class"))
        tab.locator("#checkerboards").scroll_into_view_if_needed()
        tab.locator("#mean-spectrum canvas").wait_for()
        assert "was not measured; its phases" in tab.locator("#checkerboard-text").inner_text()
        assert "left PSNR" in tab.locator("#images-table thead").inner_text()
        tab.locator("#scale").get_by_text("x3").click()
        assert tab.locator("#left").input_value() == "nearest"
        assert tab.locator("#right").input_value() == ""
        tab.locator("#agreement").scroll_into_view_if_needed()
        tab.locator("#no-agreement", has_text="No two methods of this").wait_for()


def test_error_map_is_black_where_nothing_is_wrong(tab: Page) -> None:
    """The original has no error; the gain makes the others brighter."""
    look(tab, "checkered", "")
    black = tab.evaluate("document.querySelector('#data').textContent.match(/#000004/)[0]")
    assert black == "#000004"
    assert pixel(tab, "#error-right", 10, 10) == [0, 0, 4, 255]
    assert pixel(tab, "#error-left", 1, 1) == [0, 0, 4, 255]
    faint = sum(pixel(tab, "#error-left", 0, 0)[:3])
    tab.locator("#gain").select_option("16")
    assert sum(pixel(tab, "#error-left", 0, 0)[:3]) > faint > 4


def test_spectrum_agrees_with_numpy(tab: Page, page_file: Path) -> None:
    """The brightest and darkest bins of the page's spectrum are where numpy's FFT has them."""
    look(tab, "checkered", "bicubic")
    with Store(page_file.parent) as store:
        crops = store.crops()
    image = tab.locator("#image option").first.inner_text()
    levels = mean_spectrum([crops["checkered", "photos", image, 2, "y-classic"]])
    top = mean_spectrum([crops["", "photos", image, 2, "y-classic"]]).max()
    from matplotlib import colormaps

    shown = np.array(
        [[pixel(tab, "#spectrum-left canvas", x, y)[:3] for x in (0, 24, 48, 60)] for y in (0, 48)]
    )
    share = np.clip((levels - top) / 70 + 1, 0, 1)[np.ix_((0, 48), (0, 24, 48, 60))]
    wanted = np.asarray(colormaps["magma"](share, bytes=True))[..., :3].astype(int)
    assert np.abs(shown - wanted).max() <= 8  # one of 256 colours, rounded otherwise
    rings = tab.locator("#spectrum-left circle")
    assert {(c.get_attribute("cx"), c.get_attribute("cy")) for c in rings.all()} == {
        (str(x), str(y)) for x in (0.5, 48.5, 96.5) for y in (0.5, 48.5, 96.5)
    } - {("48.5", "48.5")}


def test_image_is_chosen_from_the_list(tab: Page) -> None:
    """The list under the pictures leads to an image, hostile names included."""
    look(tab, "nearest", "bicubic")
    button = tab.locator("#images-table tbody button").filter(has_text="hacked")
    button.click()
    assert "hacked" in tab.locator("#verdict").inner_text()
    assert tab.title() == "upbench: photos"


# ------------------------------------------------------------------ checkerboards and agreement


def test_checkerboards_begin_with_the_loudest(tab: Page) -> None:
    """The method with the strongest pattern is shown first, its phase map with it."""
    tab.locator("#checkerboards").scroll_into_view_if_needed()
    tab.locator("#mean-spectrum canvas").wait_for()
    assert tab.locator("#checkerboard-name").inner_text() == "checkered"
    cells = [float(t.replace("−", "-")) for t in tab.locator("#phases td").all_inner_texts()]  # noqa: RUF001
    assert cells[0] == max(cells) == pytest.approx(6.0, abs=0.5)
    tab.locator("#checkerboards-table").get_by_role("button", name="nearest", exact=True).click()
    assert tab.locator("#checkerboard-name").inner_text() == "nearest"


def test_agreement_lists_pairs_and_draws_them(tab: Page) -> None:
    """Each kernel has its matrix; equal pairs can be left out; a pair leads to its pictures."""
    tab.locator("#agreement").scroll_into_view_if_needed()
    tab.locator("#agreement-plot .bk-Figure").wait_for()
    tab.locator("#kernel").select_option("nearest")
    assert (
        tab.locator("#agreement-count").inner_text() == "1 pair, 1 equal after rounding to 8 bits"
    )
    tab.locator("#only-apart").check()
    assert tab.locator("#agreement-table tbody tr").count() == 0
    tab.locator("#kernel").select_option("bicubic")
    tab.locator("#agreement-table summary").first.click()
    tab.locator("#agreement-table .recipe p").first.wait_for()  # written after it has opened
    recipes = tab.locator("#agreement-table .recipe p").all_inner_texts()
    assert recipes[0].startswith("bicubic's numbers by the library of other-bicubic")
    assert recipes[-1].endswith("upbench port bicubic other-bicubic")
    tab.locator("#agreement-table tbody a").first.click()
    assert {tab.locator(f"#{side}").input_value() for side in ("left", "right")} == {
        "bicubic",
        "other-bicubic",
    }


# ------------------------------------------------------------------ readers


def test_everything_is_reached_by_keys(tab: Page) -> None:
    """The first Tab offers to skip; fields, headings, the swipe and the stage take the focus."""
    tab.keyboard.press("Tab")
    assert tab.locator(":focus").inner_text() == "Skip to the answer"
    seen = set()
    for _ in range(60):
        tab.keyboard.press("Tab")
        seen.add(tab.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert {"filter-name", "stage", "swipe", "image", "left", "right", "BUTTON", "A"} <= seen


def test_every_field_and_picture_has_a_name(tab: Page) -> None:
    """Nothing is a nameless button, field or image to a screen reader."""
    nameless = tab.evaluate(
        """() => [...document.querySelectorAll("button, select, input, [role=img], [role=slider]")]
          .filter((one) => one.checkVisibility() && !one.textContent.trim() && !one.labels?.length
            && !one.getAttribute("aria-label") && !one.getAttribute("aria-labelledby"))
          .map((one) => one.outerHTML)"""
    )
    assert nameless == []


def test_page_fits_a_phone(browser: Browser, page_file: Path) -> None:
    """At 390 pixels nothing makes the page itself scroll sideways, long names included."""
    for one in opened(browser, page_file, PHONE):
        one.locator("#agreement").scroll_into_view_if_needed()
        one.locator("#agreement-plot .bk-Figure").wait_for()
        assert one.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_dark_readers_get_a_dark_page(browser: Browser, page_file: Path) -> None:
    """The page turns with the reader's system, the plot with it."""
    for one in opened(browser, page_file, DESK):
        shade = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0]"
        assert one.evaluate(shade) > 200
        one.emulate_media(color_scheme="dark")
        assert one.evaluate(shade) < 60
        one.locator("#speed-plot .bk-Figure").wait_for()


# ------------------------------------------------------------------ long names, many sizes, paper

LONG = "-".join(["a-very-long-name"] * 6)[:100]
SIZES = ("30x40", "from-30x40", "80x100", "200x300", "256x256", "512x512", "640x480", "800x600")


@pytest.fixture(scope="module")
def long_file(tmp_path_factory: pytest.TempPathFactory, fill_run: object) -> Path:
    """Return the page of the small run with long names, a metric near zero and one known digest."""
    folder: Path = fill_run(tmp_path_factory.mktemp("long"))  # type: ignore[operator]
    source = read_source(folder)
    new = {"coffee": f"photograph {'of much ' * 30}coffee", "other-bicubic": LONG}
    rows = source.rows.replace(new).assign(ssim=-0.0001, shift_px=source.rows["psnr_db"] / 1e3)
    crops = {
        (new.get(method, method), dataset, new.get(image, image), *rest): png
        for (method, dataset, image, *rest), png in source.crops.items()
    }
    stated = {"heading": "share", "unit": "%", "format": ".1%", "better": "higher"}
    digests = {"photos": {"sha256": {"camera": "ab" * 32}}}
    manifest = {
        **source.manifest,
        "metrics": {"ssim": stated, "shift_px": stated},
        "datasets": digests,
    }
    return write_page(replace(source, rows=rows, crops=crops, manifest=manifest))


def test_a_long_name_leaves_room_for_the_numbers(browser: Browser, long_file: Path) -> None:
    """The first column stays while the others scroll; as wide as all it would hide them."""
    for tab in opened(browser, long_file, {"width": 700, "height": 800}):
        look(tab, "nearest", "bicubic")
        for table in ("#results-table", "#images-table"):
            wide, whole = tab.locator(table).evaluate(
                "one => [one.rows[1].cells[0].offsetWidth, one.parentElement.clientWidth]"
            )
            assert wide < whole / 2
        name = tab.locator("#results-table bdi", has_text="pillow-nearest")
        assert name.evaluate("one => one.offsetHeight") < 25  # a short one is on one line


def test_what_is_written_as_zero_has_no_sign(browser: Browser, long_file: Path) -> None:
    """A share of -0.01 % is written as 0.0 %, as the tables have it; one image is one image."""
    for tab in opened(browser, long_file, DESK):
        assert "0.0 %" in tab.locator("#results-table").inner_text()
        assert "\N{MINUS SIGN}0.0 %" not in tab.locator("#results-table").inner_text()
        assert tab.locator("#origin summary").inner_text() == "SHA-256 of its 1 image"


def test_what_is_detectable_of_a_share_is_in_percent(browser: Browser, long_file: Path) -> None:
    """The column is shown in percent, and so is the least difference that its images show."""
    nearest = "groups[0].methods.find(({ method }) => method === 'nearest').values"
    for tab in opened(browser, long_file, DESK):
        tab.locator("#filter-columns").check()
        data = f"JSON.parse(document.querySelector('#data').textContent).{nearest}"
        least = tab.evaluate(f"{data}.shift_px_resolves")
        row = tab.locator("#results-table tbody tr").filter(
            has=tab.get_by_text("nearest", exact=True)
        )
        assert f"{100 * least:.2g} %" in row.locator("td").all_inner_texts()


def test_many_sizes_stand_by_area_and_fit_a_phone(
    browser: Browser, tmp_path: Path, fill_run: object
) -> None:
    """None of eight sizes is out of reach, and 30x40 comes before 200x300."""
    source = read_source(fill_run(tmp_path))  # type: ignore[operator]
    one = source.rows[source.rows["scale"] == 2]
    rows = pd.concat([one.assign(scale=size) for size in reversed(SIZES)], ignore_index=True)
    page = write_page(replace(source, rows=rows, crops={}))
    for tab in opened(browser, page, PHONE):
        assert tab.locator("#scale span").all_inner_texts() == [*SIZES]
        assert tab.locator("#scale input").first.is_checked()
        assert tab.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        tab.locator("#scale").get_by_text("800x600").click()
        assert "800x600" in tab.locator("#answer-title").inner_text()


def test_other_columns_keep_the_order(tab: Page) -> None:
    """Whoever sorted by speed and asks for all columns still sees the fastest first."""
    heading(tab, "#results-table", "Mpx/s").get_by_role("button").click()
    tab.locator("#filter-columns").check()
    assert heading(tab, "#results-table", "Mpx/s").get_attribute("aria-sort") == "descending"
    assert methods(tab)[0] == "pillow-nearest"


def test_an_empty_text_is_sorted_last(tab: Page) -> None:
    """A method without a kernel stands below those that have one, whatever the direction."""
    tab.locator("#filter-columns").check()
    button = heading(tab, "#results-table", "kernel").get_by_role("button")
    for _ in range(2):
        button.click()
        assert set(methods(tab)[-2:]) == {"broken", "checkered"}


def test_choosing_an_image_by_keys_keeps_the_place(tab: Page) -> None:
    """The list is drawn again around the button that was pressed; it still has the focus."""
    look(tab, "nearest", "bicubic")
    chosen = tab.locator("#images-table tbody button").nth(1)
    name = chosen.inner_text()
    chosen.press("Enter")
    assert tab.locator("#verdict").inner_text().startswith(f"{name}: ")
    assert tab.locator("#images-table tbody button:focus").inner_text() == name


def test_a_large_picture_fits_a_phone(browser: Browser, viewed_file: Path) -> None:
    """A preview that is wider than the stage is reduced to fit, smoothly; + and - come back."""
    for tab in opened(browser, viewed_file, {"width": 180, "height": 600}):
        look(tab, "nearest", "bicubic", "4")
        canvas, stage = tab.locator("#layer-left canvas"), tab.locator("#stage")
        inside = stage.evaluate("one => one.clientWidth")
        assert canvas.evaluate("one => one.getBoundingClientRect().width") == pytest.approx(inside)
        assert canvas.evaluate("one => getComputedStyle(one).imageRendering") == "auto"
        assert tab.locator("#zoom-out").is_disabled()
        stage.press("+")
        assert canvas.evaluate("one => one.getBoundingClientRect().width") == 200
        assert canvas.evaluate("one => getComputedStyle(one).imageRendering") == "pixelated"
        stage.press("-")
        assert canvas.evaluate("one => one.getBoundingClientRect().width") == pytest.approx(inside)


def test_paper_is_light_and_whole(tab: Page) -> None:
    """What nobody scrolled to is printed too, and a dark screen's light ink is not on paper."""
    assert tab.locator("#images-table tbody tr").count() == 0
    tab.emulate_media(media="print", color_scheme="dark")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    for table in ("images", "checkerboards", "agreement"):
        assert tab.locator(f"#{table}-table tbody tr").count() > 0
    ink = "getComputedStyle(document.body).color.match(/\\d+/g).map(Number)[0]"
    assert tab.evaluate(ink) < 60


def test_slow_speeds_are_told_apart_on_the_axis(tab: Page) -> None:
    """A network of a thousand pixels a second has its tick, not a second 0."""
    format_ = "Bokeh.documents[0].roots()[0].below[0].formatter.doFormat([0.001, 0.02, 1500], {})"
    assert tab.evaluate(format_) == ["0.001", "0.02", "1,500"]
