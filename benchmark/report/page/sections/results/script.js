/** The results table and its filters. */
const results = (() => {
  const MAIN = state.data.columns[0].key; // the metric whose statistics are always shown
  let shown = null;
  const field = (id) => dom.byId(`filter-${id}`);

  function attach() {
    layOut();
    field("columns").addEventListener("input", layOut);
    dom.byId("filters").addEventListener("input", filter);
    dom.byId("filters").addEventListener("reset", () => setTimeout(filter));
    dom.byId("filters").addEventListener("submit", (event) => event.preventDefault());
    state.listen(({ group }, changed) => {
      if (!changed.has("group")) return;
      choices("family", group, "every family");
      choices("kernel", group, "every kernel");
      note(group);
      filter();
    });
  }

  /** Make the table: the main columns, or all of them. */
  function layOut() {
    const element = dom.byId("results-table");
    shown = table.sortable(element, "Results by method", columns(field("columns").checked), { key: MAIN, up: false }, dress, (row) => !row.complete);
  }

  /** Text, each metric with its intervals and its difference to the reference, the kernel. */
  function columns(all) {
    const known = (key) => key in state.data.groups[0].methods[0].values;
    const anyKernel = state.data.groups.some((group) => group.methods.some((one) => one.kernel));
    const statistics = (spec) => (all || spec.key === MAIN ? [
      ...(known(`${spec.key}_low`) ? [interval(spec)] : []),
      ...(known(`${spec.key}_diff`) ? [difference(spec), differenceInterval(spec)] : []),
      ...(all && known(`${spec.key}_p`) ? [probability(spec)] : []),
      ...(known(`${spec.key}_tie`) ? [tie(spec)] : []),
    ] : []);
    return [
      { key: "method", label: "method", value: (row) => row.method, cell: methodCell },
      ...state.data.columns.flatMap((spec) => [metric(spec), ...statistics(spec)]),
      { key: "images", label: "images", number: true, help: "images scored of those tried",
        value: (row) => parseInt(row.images, 10), cell: coverage },
      { key: "family", label: "family", value: (row) => row.family, cell: (row) => row.family },
      ...(all && anyKernel ? [{ key: "kernel", label: "kernel", value: (row) => row.kernel, cell: kernelCell }] : []),
    ];
  }

  const methodCell = (row) =>
    dom.make("a", { href: "#pictures", title: "Look at its pictures", onclick: () => state.set({ left: row.method, alone: row.method }) },
      dom.name(row.method));

  const coverage = (row) => (row.complete ? row.images : dom.make("strong", { class: "bad" }, row.images));

  const kernelCell = (row) => dom.make("span", { class: "muted" }, row.kernel || format.UNKNOWN, row.sampling === "align-corners" ? ", align-corners" : "");

  /** A metric's mean, the best marked, and those that the images cannot tell from it. */
  function metric({ key, label, format: form, better, help }) {
    const text = key === "mpx_per_s" ? (value) => format.speed(value) : (value) => format.written(value, form);
    const cell = (row) => {
      const value = text(row.values[key]);
      if (marked(key).includes(row.method)) {
        return dom.make("strong", { class: "best" }, value, dom.spoken(" best"));
      }
      if (row.values[`${key}_tie`] !== 1) return value;
      return dom.make("span", { class: "tied", title: "The images cannot tell it from the best" }, value,
        dom.spoken(" tied with the best"));
    };
    return { key, label, number: true, lowFirst: better === "lower", help,
      value: (row) => finite(row.values[key]), cell };
  }

  /** The best of a column, where it tells: what most methods reach is no distinction. */
  function marked(key) {
    const { best, methods } = state.current.group;
    return best[key].length * 2 <= methods.length || methods.length < 3 ? best[key] : [];
  }

  /** JSON has no infinity: it comes as text. */
  const finite = (value) => (value === null || value === undefined ? null : Number(value));

  const small = (text) => dom.make("span", { class: "interval" }, text);

  const interval = ({ key, format: form }) => ({
    key: `${key}_interval`, label: "95 %", number: true, help: "confidence interval of the mean, over images",
    value: (row) => finite(row.values[`${key}_low`]),
    cell: (row) => small(format.interval(row.values[`${key}_low`], row.values[`${key}_high`], form)),
  });

  const difference = ({ key, format: form }) => ({
    key: `${key}_diff`, label: "Δ", number: true, help: "mean paired difference to the reference",
    value: (row) => finite(row.values[`${key}_diff`]),
    cell: (row) => format.written(row.values[`${key}_diff`], format.difference(form)),
  });

  const differenceInterval = ({ key, format: form }) => ({
    key: `${key}_diff_interval`, label: "Δ 95 %", number: true, help: "confidence interval of the difference",
    value: (row) => finite(row.values[`${key}_diff_low`]),
    cell: (row) => small(format.interval(row.values[`${key}_diff_low`], row.values[`${key}_diff_high`], format.difference(form))),
  });

  const probability = ({ key }) => ({
    key: `${key}_p`, label: "p", number: true, lowFirst: true, help: "Wilcoxon signed-rank test against the reference, corrected by Holm",
    value: (row) => finite(row.values[`${key}_p`]),
    cell: (row) => format.number(row.values[`${key}_p`], 3),
  });

  const tie = ({ key, label }) => ({
    key: `${key}_tie`, label: "tie", number: true, lowFirst: true,
    help: `tie group by ${label}: the images do not tell its methods apart; group 1 not from the best`,
    value: (row) => finite(row.values[`${key}_tie`]),
    cell: (row) => format.number(row.values[`${key}_tie`], 0),
  });

  const dress = (element, row) => { if (state.current.group.front.includes(row.method)) element.classList.add("front"); };

  function choices(what, group, all) {
    const select = field(what);
    const names = [...new Set(group.methods.map((one) => one[what]).filter(Boolean))].sort();
    const before = names.includes(select.value) ? select.value : "";
    dom.options(select, [["", all], ...names.map((name) => [name, name])], before);
    dom.show(select.parentElement, names.length > 1);
  }

  /** What the marks mean, and what the images can tell. */
  function note(group) {
    const marks = ["Means over images. ", dom.make("strong", { class: "best" }, "Best"), " of each column; "];
    if (group.methods.some((one) => "psnr_db_tie" in one.values)) {
      marks.push(dom.make("span", { class: "tied" }, "underlined"), ": the images cannot tell it from the best; ");
    }
    marks.push("a bar at the left: on the Pareto front.");
    if (group.reference) marks.push(" Δ is the paired difference to ", dom.name(group.reference), ".");
    dom.byId("results-note").replaceChildren(...marks);
    dom.byId("results-caveats").replaceChildren(...[
      "A method that did not score every image is never the best and stands below: its mean is over other images.",
      "The images do not tell the methods of one tie group apart, and those of group 1 not from the best.",
      ...group.notes,
    ].map((sentence) => dom.make("li", {}, sentence)));
  }

  function filter() {
    const { group } = state.current;
    const words = field("name").value.toLowerCase().split(/[\s,]+/).filter(Boolean);
    const rows = group.methods.filter((row) =>
      (!words.length || words.some((word) => row.method.toLowerCase().includes(word))) &&
      (!field("family").value || row.family === field("family").value) &&
      (!field("kernel").value || row.kernel === field("kernel").value) &&
      (!field("complete").checked || row.complete) &&
      (!field("front").checked || group.front.includes(row.method)));
    shown.show(rows);
    field("count").textContent = `${rows.length} of ${format.count(group.methods.length, "method")}`;
  }

  return { attach };
})();

sections.add(results.attach);
