/** The results table and its filters. */
const results = (() => {
  const MAIN = state.data.columns[0].key; // the metric whose statistics are always shown
  let shown = null;
  let laidOut = null; // what the table's columns depend on, as it was when they were made
  const field = (id) => dom.byId(`filter-${id}`);

  function attach() {
    dom.byId("filters").addEventListener("input", filter);
    dom.byId("filters").addEventListener("reset", () => setTimeout(filter));
    dom.byId("filters").addEventListener("submit", (event) => event.preventDefault());
    state.listen(({ group }, changed) => {
      if (!changed.has("group")) return;
      choices("family", group, "every family");
      choices("library", group, "every library");
      choices("kernel", group, "every kernel");
      note(group);
      filter();
    });
  }

  /** Make the table where other columns are wanted: the main ones, or all; faults that no image shows are left out. Its order stays. */
  function layOut() {
    const wanted = `${field("columns").checked} ${state.current.group.clean}`;
    if (wanted === laidOut) return;
    laidOut = wanted;
    const [element, there] = [dom.byId("results-table"), columns(field("columns").checked)];
    const order = [shown?.order()].find((one) => there.some(({ key }) => key === one?.key)) ?? { key: MAIN, up: false };
    shown = table.sortable(element, "Results by method", there, order, dress, (row) => !row.complete);
  }

  /** Text, each metric with its intervals and its difference to the reference, the kernel. */
  function columns(all) {
    const known = (key) => key in state.data.groups[0].methods[0].values;
    const anySnippet = state.data.groups.some((group) => group.methods.some((one) => one.snippet));
    const anyKernel = state.data.groups.some((group) => group.methods.some((one) => one.kernel));
    const statistics = (spec) => (all || spec.key === MAIN ? [
      ...(known(`${spec.key}_median`) ? [median(spec)] : []),
      ...(known(`${spec.key}_low`) ? [interval(spec)] : []),
      ...(known(`${spec.key}_diff`) ? [difference(spec), differenceInterval(spec)] : []),
      ...(all && known(`${spec.key}_p`) ? [probability(spec), detectable(spec)] : []),
      ...(known(`${spec.key}_rank_low`) ? [behind(spec), behindInterval(spec), rank(spec)] : []),
    ] : []);
    const { clean } = state.current.group;
    const scores = (spec) => [
      ...(spec.shown.length && !all ? [] : [metric(spec), ...statistics(spec)]),
      ...(clean.includes(spec.key) && !all ? [] : spec.shown.filter(({ key }) => known(key)).map(metric)),
    ];
    return [
      { key: "method", label: "method", value: (row) => row.method, cell: methodCell },
      ...state.data.columns.flatMap(scores),
      { key: "images", label: "images", number: true, help: "images scored of those tried",
        value: (row) => parseInt(row.images, 10), cell: coverage },
      { key: "family", label: "family", value: (row) => row.family, cell: (row) => row.family },
      ...(all ? [{ key: "library", label: "library", value: (row) => row.library, cell: (row) => row.library || format.UNKNOWN }] : []),
      ...(all && anyKernel ? [{ key: "kernel", label: "kernel", value: (row) => row.kernel, cell: kernelCell }] : []),
      ...(all && anySnippet ? [{ key: "snippet", label: "call in its library", value: (row) => row.snippet, cell: (row) => (row.snippet ? dom.copyable(row.snippet) : format.UNKNOWN) }] : []),
    ];
  }

  const methodCell = (row) =>
    dom.make("a", { href: "#pictures", title: "Look at its pictures", onclick: () => state.look(row.method) },
      dom.name(row.method));

  const coverage = (row) => (row.complete ? row.images : dom.make("strong", { class: "bad" }, row.images));

  const kernelCell = (row) => dom.make("span", { class: "muted" }, row.kernel || format.UNKNOWN, row.sampling === "align-corners" ? ", align-corners" : "");

  /** A metric's mean, the best marked, and those that the images cannot tell from it. */
  function metric({ key, label, format: form, better, help }) {
    const text = key.endsWith("mpx_per_s") ? (value) => format.speed(value) : (value) => format.written(value, form);
    const cell = (row) => {
      const value = text(row.values[key]);
      if (marked(key).includes(row.method)) {
        return dom.make("strong", { class: "best" }, value, dom.spoken(" best"));
      }
      if (row.values[`${key}_rank_low`] !== 1) return value;
      return dom.make("span", { class: "maybe", title: "It may be the best: its rank begins at 1" }, value,
        dom.spoken(" may be the best"));
    };
    return { key, label, number: true, lowFirst: better === "lower", help,
      value: (row) => finite(row.values[key]), cell };
  }

  /** The best of a column, where it tells: what most methods reach is no distinction. */
  function marked(key) {
    const { best, methods } = state.current.group;
    if (!best[key]) return [];
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

  const median = ({ key, format: form }) => ({
    key: `${key}_median`, label: "median", number: true, help: "median over images: one image moves it little",
    value: (row) => finite(row.values[`${key}_median`]),
    cell: (row) => format.written(row.values[`${key}_median`], form),
  });

  const detectable = ({ key, unit, format: form }) => ({
    key: `${key}_resolves`, label: "detectable", number: true, lowFirst: true,
    help: `differences to the reference below this${unit ? ` (${unit})` : ""} are usually not detectable with so many images`,
    value: (row) => finite(row.values[`${key}_resolves`]),
    cell: (row) => detected(finite(row.values[`${key}_resolves`]), form.endsWith("%")),
  });

  /** Two digits that count, in the unit that the column is shown in. */
  function detected(value, isShare) {
    if (value === null) return format.UNKNOWN;
    return isShare ? `${format.written(100 * value, ".2g")} %` : format.written(value, ".2g");
  }

  const behind = ({ key, format: form }) => ({
    key: `${key}_best_diff`, label: "to best", number: true, help: "mean paired difference to the best",
    value: (row) => finite(row.values[`${key}_best_diff`]),
    cell: (row) => format.written(row.values[`${key}_best_diff`], format.difference(form)),
  });

  const behindInterval = ({ key, format: form }) => ({
    key: `${key}_best_interval`, label: "to best 95 %", number: true,
    help: "confidence interval of the difference to the best; all of them hold together",
    value: (row) => finite(row.values[`${key}_best_low`]),
    cell: (row) => small(format.interval(row.values[`${key}_best_low`], row.values[`${key}_best_high`], format.difference(form))),
  });

  const rank = ({ key, label }) => ({
    key: `${key}_rank`, label: "rank", number: true, lowFirst: true,
    help: `ranks by ${label} that the method can have; all ranges hold together with 95 %`,
    value: (row) => rankOrder(row.values[`${key}_rank_low`], row.values[`${key}_rank_high`]),
    cell: (row) => range(row.values[`${key}_rank_low`], row.values[`${key}_rank_high`]),
  });

  /** Ranges sort by their first rank, then by their last. */
  const rankOrder = (low, high) => (low === null ? null : low + high / 1e6);

  /** "4 to 5", or "1"; a dash where too few images give no rank. */
  function range(low, high) {
    if (low === null) return format.UNKNOWN;
    return low === high ? `${low}` : `${low} to ${high}`;
  }

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
    if (group.methods.some((one) => one.values[`${MAIN}_rank_low`] === 1)) {
      marks.push(dom.make("span", { class: "maybe" }, "underlined"), ": may be the best, by its rank range; ");
    }
    marks.push("a bar at the left: on the Pareto front.");
    if (group.reference) marks.push(" Δ is the paired difference to ", dom.name(group.reference), ".");
    dom.byId("results-note").replaceChildren(...marks);
    dom.byId("results-caveats").replaceChildren(...[
      "A method that did not score every image is never the best and stands below: its mean is over other images.",
      "A rank is a range where the images do not decide. All ranges of a table, and all intervals of the differences to the best, hold together with 95 %.",
      ...group.notes,
    ].map((sentence) => dom.make("li", {}, sentence)));
  }

  function filter() {
    const { group } = state.current;
    layOut();
    const words = field("name").value.toLowerCase().split(/[\s,]+/).filter(Boolean);
    const rows = group.methods.filter((row) =>
      (!words.length || words.some((word) => row.method.toLowerCase().includes(word))) &&
      (!field("family").value || row.family === field("family").value) &&
      (!field("library").value || row.library === field("library").value) &&
      (!field("kernel").value || row.kernel === field("kernel").value) &&
      (!field("complete").checked || row.complete) &&
      (!field("front").checked || group.front.includes(row.method)));
    shown.show(rows);
    field("count").textContent = `${rows.length} of ${format.count(group.methods.length, "method")}`;
  }

  return { attach };
})();

sections.add(results.attach);
