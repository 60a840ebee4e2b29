/** A table that sorts by its headings. */
const table = (() => {
  const AT_ONCE = 300; // rows drawn before one asks for more

  /**
   * @typedef {Object} Column
   * @property {string} key
   * @property {string} label
   * @property {string} [help] What the heading says on hover.
   * @property {boolean} [number] Right-aligned, sorted as numbers.
   * @property {boolean} [lowFirst] Sorted from low to high at the first click.
   * @property {function(Object): *} value What it is sorted by; null and "" come last either way.
   * @property {function(Object): (Node|string)} cell What it shows.
   */

  /**
   * Take over a <table>.
   * @param {HTMLTableElement} element
   * @param {string} caption Read aloud, not seen.
   * @param {Column[]} columns The first is the heading of its row.
   * @param {{key: string, up: boolean}} order
   * @param {function(HTMLElement, Object)} [dress] Finishes each row.
   * @param {function(Object): boolean} [apart] Says which rows stand below the others when numbers are sorted.
   */
  function sortable(element, caption, columns, order, dress = () => {}, apart = () => false) {
    let rows = [];
    let most = AT_ONCE;
    const body = dom.make("tbody");
    const heads = columns.map((column) => heading(column, () => sort(column)));
    element.replaceChildren(
      dom.make("caption", { class: "visually-hidden" }, caption),
      dom.make("thead", {}, dom.make("tr", {}, ...heads)),
      body,
    );

    function sort(column) {
      const again = order.key === column.key;
      order = { key: column.key, up: again ? !order.up : !column.number || Boolean(column.lowFirst) };
      draw();
    }

    function draw() {
      const column = columns.find((one) => one.key === order.key);
      const below = column.number ? apart : () => false;
      const sorted = [...rows].sort((a, b) => below(a) - below(b) || compare(column.value(a), column.value(b), order.up));
      const held = [...body.rows].findIndex((row) => row.contains(document.activeElement));
      body.replaceChildren(...sorted.slice(0, most).map((row) => line(row, columns, dress)));
      if (sorted.length > most) body.append(rest(sorted.length, columns.length, () => { most = Infinity; draw(); }));
      body.rows[held]?.querySelector("a, button")?.focus({ preventScroll: true }); // whoever works by keys goes on there
      columns.forEach((one, index) => {
        const direction = order.up ? "ascending" : "descending";
        heads[index].setAttribute("aria-sort", one.key === order.key ? direction : "none");
      });
    }

    return { show(newRows) { rows = newRows; draw(); }, order: () => order };
  }

  /** Compare two values; unknown ones come last, whichever the direction. */
  function compare(a, b, up) {
    const missing = (value) => value === null || value === undefined || value === "" || Number.isNaN(value);
    if (missing(a) || missing(b)) return missing(a) - missing(b);
    const order = typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : a - b;
    return (up ? order : -order) || 0;
  }

  const heading = (column, sort) =>
    dom.make("th", { scope: "col", class: column.number ? "number" : null },
      dom.make("button", { type: "button", title: column.help ?? null, onclick: sort }, column.label));

  function line(row, columns, dress) {
    const cells = columns.map((column, index) =>
      dom.make(index ? "td" : "th", { scope: index ? null : "row", class: column.number ? "number" : null }, column.cell(row)));
    const element = dom.make("tr", {}, ...cells);
    dress(element, row);
    return element;
  }

  const rest = (total, width, more) =>
    dom.make("tr", {}, dom.make("td", { colspan: width },
      dom.make("button", { type: "button", onclick: more }, `Show all ${total} rows`)));

  return { sortable, compare };
})();
