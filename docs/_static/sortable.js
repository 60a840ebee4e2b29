/** Tables of the class "sortable": a heading sorts by its column, again turns the order. */
"use strict";

(() => {
  /** What a cell is sorted by: its data-value as a number, else its text; null comes last. */
  function key(row, column) {
    const cell = row.cells[column];
    const value = cell.dataset.value;
    if (value === undefined) return cell.textContent.trim().toLowerCase();
    return value === "" ? null : Number(value);
  }

  function compare(a, b, up) {
    if (a === null || b === null) return (a === null) - (b === null);
    const order = typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : a - b;
    return up ? order : -order;
  }

  function sort(table, head, column) {
    const isText = table.tBodies[0].rows[0]?.cells[column].dataset.value === undefined;
    const was = head.getAttribute("aria-sort");
    const up = was === "none" ? isText : was === "descending";
    const rows = [...table.tBodies[0].rows];
    rows.sort((one, other) => compare(key(one, column), key(other, column), up));
    table.tBodies[0].append(...rows);
    for (const each of table.tHead.rows[0].cells) each.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const table of document.querySelectorAll("table.sortable")) {
      [...table.tHead.rows[0].cells].forEach((head, column) => {
        head.querySelector("button").addEventListener("click", () => sort(table, head, column));
      });
    }
  });
})();
