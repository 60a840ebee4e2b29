r"""Tables as LaTeX: booktabs rules, the best of each column bold, ready for a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.table import Span, unknown
from upbench.benchmark.core.text import printable

if TYPE_CHECKING:
    from upbench.benchmark.core.table import Column, Table

SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
}
"""What TeX would read as an instruction, or set as another sign."""

PREAMBLE = "% Needs \\usepackage{booktabs}."
NOTHING = "--"
"""A null: TeX sets it as a dash."""


def escape(text: object) -> str:
    r"""Return a text as LaTeX sets it, sign by sign, on one line.

    >>> escape("a_b & 50 %")
    'a\\_b \\& 50 \\%'
    """
    return "".join(SIGNS.get(sign, sign) for sign in printable(" ".join(str(text).split())))


def environment(table: Table, *, caption: str, label: str) -> str:
    """Return a table as a ``table`` environment.

    Args:
        table: The table; its title and notes go into the caption.
        caption: LaTeX, with everything escaped that must be.
        label: Letters, digits and hyphens.
    """
    lines = [
        r"\begin{table}[htbp]",
        r"\centering",
        rf"\caption{{{caption}}}",
        rf"\label{{{label}}}",
        rf"\begin{{tabular}}{{{''.join('r' if c.is_number else 'l' for c in table.columns)}}}",
        r"\toprule",
        _line([escape(column.heading) for column in table.columns]),
        r"\midrule",
        *(_row(table, number) for number in range(len(table.rows))),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join([*lines, ""])


def wide_environment(
    first: list[str],
    groups: list[tuple[str, int]],
    below: list[str],
    blocks: list[list[list[str]]],
    *,
    caption: str,
    label: str,
) -> str:
    r"""Return a ``table*`` of two head lines that is as wide as the page.

    Args:
        first: The heads of the leading columns.
        groups: What stands above several columns, and how many each time.
        below: The heads of those columns.
        blocks: Rows of LaTeX, with a rule between blocks.
        caption: LaTeX.
        label: Letters, digits, colons and hyphens.
    """
    spans, rules, column = [], [], len(first) + 1
    for text, count in groups:
        spans.append(rf"\multicolumn{{{count}}}{{c}}{{{text}}}")
        rules.append(rf"\cmidrule(lr){{{column}-{column + count - 1}}}")
        column += count
    body = "\n\\midrule\n".join("\n".join(map(_line, block)) for block in blocks)
    lines = [
        "% Needs \\usepackage{booktabs} and \\usepackage{graphicx}.",
        r"\begin{table*}[htbp]",
        r"\centering",
        rf"\caption{{{caption}}}",
        rf"\label{{{label}}}",
        r"\resizebox{\textwidth}{!}{%",
        rf"\begin{{tabular}}{{lr{'c' * len(below)}}}",
        r"\toprule",
        _line([*([""] * len(first)), *spans]),
        "".join(rules),
        _line([*first, *below]),
        r"\midrule",
        body,
        r"\bottomrule",
        r"\end{tabular}}",
        r"\end{table*}",
    ]
    return "\n".join([*lines, ""])


def _row(table: Table, number: int) -> str:
    cells = []
    for column in table.columns:
        cell = _cell(column, table.rows[number].get(column.key))
        cells.append(rf"\textbf{{{cell}}}" if (number, column.key) in table.best else cell)
    return _line(cells)


def _cell(column: Column, value: Any) -> str:
    r"""Set one value: signs and infinity are mathematics, an interval is "[-0.25, +1.00]"."""
    if unknown(value):
        return NOTHING if column.is_number else ""
    if not isinstance(value, Span):
        return set_number(column.write(value)) if column.is_number else escape(column.write(value))
    ends = [column.write(end) for end in (value.low, value.high)]
    parts = [set_number(column.write(value.mean))] if not unknown(value.mean) else []
    parts += [f"$[{_signs(', '.join(ends))}]$"] if all(ends) else []
    return " ".join(parts)


def set_number(text: str) -> str:
    r"""Set a number that is written already: a sign and infinity are mathematics.

    >>> set_number("-2.2%")
    '$-2.2\\%$'
    """
    return f"${_signs(text)}$" if text[:1] in {"-", "+"} or "inf" in text else escape(text)


def _signs(text: str) -> str:
    return escape(text).replace("inf", r"\infty")


def _line(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"
