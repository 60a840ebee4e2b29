"""The renderers: one table, laid out for Markdown, LaTeX, the terminal and the page."""

from __future__ import annotations

import math

import pytest
from rich.cells import cell_len

from upbench.benchmark.core.table import Column, Span, Table, best_rows
from upbench.benchmark.report.render import latex, markdown
from upbench.benchmark.report.render.json import describe_column
from upbench.benchmark.report.render.terminal import to_text

COLUMNS = (
    Column("method", "method"),
    Column("psnr_db", "PSNR dB", ".2f", "higher"),
    Column("diff", "minus bicubic", "+.2f"),
)
ROWS = (
    {"method": "one", "psnr_db": 31.004, "diff": Span(-0.25, 1, 0.5)},
    {"method": "two", "psnr_db": 31.0, "diff": Span(None, None, -math.inf)},
    {"method": "three", "psnr_db": None, "diff": None},
)
BEST = frozenset({(0, "psnr_db"), (1, "psnr_db")})
TABLE = Table(COLUMNS, ROWS, "A title", ("A note.",), BEST)
HOSTILE = "\x1b[2J\nforged | *x* <b>$_"


def test_values_that_print_alike_are_best_together() -> None:
    """A difference that the table does not show is no victory; null is never the best."""
    assert best_rows(COLUMNS[1], ROWS, range(3)) == {0, 1}
    assert best_rows(COLUMNS[1], ROWS, [2]) == set()
    assert best_rows(COLUMNS[2], ROWS, range(3)) == set()
    share = Column("share", "share", ".1%", "higher")
    assert best_rows(share, [{"share": one} for one in (0.5, 0.5004, 0.1)], range(3)) == {0, 1}


def test_markdown() -> None:
    """Title, headings, the best in bold, an interval in brackets, a dash for null, the note."""
    assert markdown.section(TABLE) == (
        "## A title\n\n"
        "| method | PSNR dB | minus bicubic |\n| --- | ---: | ---: |\n"
        "| one | **31.00** | +0.50 (-0.25 to +1.00) |\n"
        "| two | **31.00** | -inf |\n"
        "| three | \N{EN DASH} | \N{EN DASH} |\n\nA note.\n"
    )


def test_latex() -> None:
    """Booktabs rules, signs of mathematics, the best in bold, a double hyphen for null."""
    text = latex.environment(TABLE, caption="C", label="l")
    assert r"\begin{tabular}{lrr}" in text
    assert r"one & \textbf{31.00} & $+0.50$ $[-0.25, +1.00]$ \\" in text
    assert r"two & \textbf{31.00} & $-\infty$ \\" in text
    assert r"three & -- & -- \\" in text


def test_terminal() -> None:
    """A star marks the best for those who see no green; numbers are flush right."""
    lines = to_text(TABLE, 80).plain.splitlines()
    assert lines[0] == "A title"
    assert lines[-1] == "A note."
    assert [line.split() for line in lines[-4:-1]] == [
        ["one", "31.00*", "+0.50", "(-0.25", "to", "+1.00)"],
        ["two", "31.00*", "-inf"],
        ["three", "\N{EN DASH}", "\N{EN DASH}"],
    ]


WIDE = Table(
    tuple(Column(f"c{n}", f"column{n}") for n in range(7)),
    tuple({f"c{n}": f"value-{n} of several words {row}" for n in range(7)} for row in range(3)),
)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_column_is_squeezed_on_a_narrow_terminal(width: int) -> None:
    """What does not fit stands below its row, whole; no line is longer than the terminal."""
    lines = to_text(WIDE, width).plain.splitlines()
    assert max(map(cell_len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    for number in range(7):
        assert f"value-{number} of several words 2" in text


def test_a_line_is_a_row_where_the_width_is_nobodys() -> None:
    """Piped output can be searched by line."""
    assert len(to_text(WIDE).plain.splitlines()) == 5


def test_a_long_name_is_folded_and_the_numbers_beside_it_are_not() -> None:
    """Names fold before numbers do, and nothing is cut."""
    columns = (Column("m", "method"), *(Column(f"n{k}", f"n{k}", ".4f") for k in range(6)))
    row = {"m": "a-name-" * 12, **{f"n{k}": 1234.5 for k in range(6)}}
    lines = to_text(Table(columns, (row,)), 80).plain.splitlines()
    assert lines[2].count("1234.5000") == 6
    assert "".join(line.split()[0] for line in lines[2:]) == "a-name-" * 12


@pytest.mark.parametrize("place", ["method", "title", "note", "heading"])
def test_no_renderer_lets_a_control_through(place: str) -> None:
    """An escape sequence or a line break in a name is shown, not obeyed, wherever it stands."""
    said = {"method": "m", "title": "t", "note": "n", "heading": "h"} | {place: HOSTILE}
    table = Table(
        (Column("method", said["heading"]),), ({"method": said["method"]},), said["title"],
        (said["note"],),
    )  # fmt: skip
    plain = Table((Column("method", "h"),), ({"method": "m"},), "t", ("n",))
    for draw in (
        markdown.section,
        lambda shown: latex.environment(shown, caption="c", label="l"),
        lambda shown: to_text(shown).plain,
    ):
        text, usual = draw(table), draw(plain)
        assert "\x1b" not in text
        assert len(text.splitlines()) == len(usual.splitlines())


def test_markup_of_a_name_is_text() -> None:
    """Neither Markdown nor LaTeX obeys it."""
    table = Table((Column("method", "m"),), ({"method": "a|b*c_<i>$x&"},))
    assert r"a\|b\*c\_\<i><span>$</span>x&" in markdown.section(table)
    assert r"a\textbar{}b*c\_\textless{}i\textgreater{}\$x\&" in latex.environment(
        table, caption="", label=""
    )


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a&lt;b", r"a\&lt;b"),
        ("a&#36;b & c", r"a\&#36;b & c"),
        ("~x~ ~~y~~", r"\~x\~ \~\~y\~\~"),
        ("$a$", "<span>$</span>a<span>$</span>"),
    ],
)
def test_entities_strikes_and_mathematics_of_a_name_show_literally(name: str, written: str) -> None:
    """GitHub has no other escape of a dollar than an element around it."""
    assert markdown.escape(name) == written


def test_a_percent_sign_is_escaped_beside_a_sign() -> None:
    """In mathematics too it would begin a comment."""
    columns = (Column("gain", "gain", "+.1%"), Column("loss", "loss", ".1%"))
    row = {"gain": Span(-0.1, 0.1, -0.022), "loss": 0.05}
    text = latex.environment(Table(columns, (row, {"gain": -0.022})), caption="", label="")
    assert r"$-2.2\%$ $[-10.0\%, +10.0\%]$ & 5.0\% \\" in text
    assert r"$-2.2\%$ & --" in text


def test_a_column_for_the_page_is_plain_data() -> None:
    """Its format is a specification that the page's script reads."""
    assert describe_column(COLUMNS[1]) == {
        "key": "psnr_db", "label": "PSNR dB", "format": ".2f", "better": "higher", "unit": "",
        "help": "",
    }  # fmt: skip
