/** The agreement of methods that say they use the same kernel. */
const agreement = (() => {
  /** The classes of largest difference: upper end (null is none), meaning, colours. */
  const CLASSES = state.data.agreement_classes;
  /** From so many methods on the clusters come first. */
  const MANY = state.data.agreement_many;
  const RECIPES = state.data.agreement_recipes;
  let refill = null;
  let list = null;

  function attach() {
    list = table.sortable(dom.byId("agreement-table"), "Pairs of methods that say they use the same kernel", columns(), { key: "max", up: false });
    dom.byId("kernel").onchange = begin;
    dom.byId("only-apart").onchange = draw;
    dom.byId("one-of-each").onchange = draw;
    plots.dark.addEventListener("change", legend);
    legend();
    const redraw = dom.lazily(dom.byId("agreement"), () => choose(state.current.group));
    state.listen((current, changed) => { if (changed.has("group")) redraw(); });
  }

  const of = ({ dataset, scale, protocol }) =>
    state.data.agreement.filter((one) => one.dataset === dataset && one.scale === scale && one.protocol === protocol);

  function choose(group) {
    const found = of(group);
    dom.show(dom.byId("agreements"), found.length > 0);
    dom.show(dom.byId("no-agreement"), found.length === 0);
    dom.byId("no-agreement").textContent = group.no_agreement;
    if (!found.length) return;
    const kernels = found.map((one) => one.kernel);
    const wanted = [dom.byId("kernel").value, "bicubic"].find((kernel) => kernels.includes(kernel)) ?? kernels[0];
    dom.options(dom.byId("kernel"), kernels.map((kernel) => [kernel, kernel]), wanted);
    begin();
  }

  /** Show a kernel: with many methods their clusters first, and one method of each. */
  function begin() {
    const { clusters } = chosen();
    const isLong = clusters.flat().length >= MANY;
    dom.byId("one-of-each").checked = isLong;
    for (const id of ["clusters", "one-of-each-label"]) dom.show(dom.byId(id), isLong);
    const shared = clusters.filter((names) => names.length > 1);
    dom.byId("cluster-list").replaceChildren(...shared.map((names) =>
      dom.make("li", {}, ...names.flatMap((name, index) => [index ? ", " : "", dom.name(name)]))));
    draw();
  }

  /** The pairs that are shown: all, or those of the first methods of the clusters. */
  function shown() {
    const { clusters, pairs } = chosen();
    if (!dom.byId("one-of-each").checked) return pairs;
    const first = new Set(clusters.map((names) => names[0]));
    return pairs.filter((pair) => first.has(pair.a) && first.has(pair.b));
  }

  const chosen = () => of(state.current.group).find((one) => one.kernel === dom.byId("kernel").value);

  function draw() {
    const pairs = shown();
    const rows = dom.byId("only-apart").checked ? pairs.filter((pair) => pair.max > 0) : pairs;
    list.show(rows);
    const equal = pairs.filter((pair) => pair.max === 0).length;
    dom.byId("agreement-count").textContent = `${format.count(pairs.length, "pair")}, ${equal} equal after rounding to 8 bits`;
    if (refill) refill();
    else refill = plots.figure("agreement_plot", dom.byId("agreement-plot"), fill);
  }

  function columns() {
    const number = (key, label, digits, help, one = format.number) =>
      ({ key, label, help, number: true, value: (row) => row[key], cell: (row) => one(row[key], digits) });
    return [
      { key: "a", label: "methods", value: (row) => `${row.a} ${row.b}`, cell: pairCell },
      number("max", "largest", 0, "largest difference of any pixel, grey levels"),
      number("inside", "inside", 0, "the same, away from the borders of the image"),
      number("mean", "mean", 3, "mean difference, grey levels"),
      number("down", "down px", 2, "how far the second lies below the first, output pixels", format.signed),
      number("right", "right px", 2, "how far the second lies to the right of the first, output pixels", format.signed),
    ];
  }

  /** Both names, which lead to their pictures, why they differ, and how to port. */
  const pairCell = (row) => dom.make("div", {}, pairLink(row), dom.make("span", { class: "why" }, row.explanation),
    row.max > 0 ? recipesOf(row) : null);

  /** What makes one's library give the other's numbers; written when it is opened. */
  function recipesOf(row) {
    const found = dom.make("details", { class: "recipe" }, dom.make("summary", {}, "recipes"));
    found.addEventListener("toggle", () => {
      for (const [wanted, other] of [[row.a, row.b], [row.b, row.a]]) {
        const index = RECIPES.of[state.current.group.scale > 1 ? "larger" : "smaller"]?.[wanted]?.[other];
        if (index === undefined) continue;
        const text = RECIPES.texts[index];
        const isCode = text.includes("def resize(");
        found.append(dom.make("p", {}, dom.name(wanted), "'s numbers by the library of ", dom.name(other), isCode ? ":" : `: ${text}`));
        if (isCode) found.append(dom.copyableBlock(text));
      }
      found.append(dom.make("p", {}, "Sizes, directions and 8 bits: ", dom.make("code", {}, `upbench port ${row.a} ${row.b}`)));
    }, { once: true });
    return found;
  }

  const pairLink = (row) =>
    dom.make("a", { href: "#pictures", title: "Compare their pictures", onclick: () => state.set({ left: row.a, right: row.b }) },
      dom.name(row.a), " and ", dom.name(row.b));

  const classOf = (difference) => CLASSES.find((one) => one.most === null || difference <= one.most);

  const colour = (one) => (plots.dark.matches ? one.dark : one.light);

  function legend() {
    dom.byId("agreement-legend").replaceChildren(...CLASSES.map((one) =>
      dom.make("li", {}, dom.make("span", { class: "swatch", style: `background: ${colour(one)}` }), " ", one.text)));
  }

  /** Both halves of the matrix, with numbers where the cells are wide enough. */
  function fill(drawing) {
    if (!chosen()) return; // a group without pairs
    const pairs = shown();
    const present = new Set(pairs.flatMap((pair) => [pair.a, pair.b]));
    const names = chosen().clusters.flat().filter((name) => present.has(name));
    const element = dom.byId("agreement-plot");
    const isLarge = element.clientWidth / (names.length + 6) > 26;
    const data = { a: [], b: [], colour: [], ink: [], text: [], said: [] };
    for (const pair of pairs) {
      for (const [a, b] of [[pair.a, pair.b], [pair.b, pair.a]]) {
        const one = classOf(pair.max);
        const late = CLASSES.indexOf(one) >= 3;
        const values = { a, b, colour: colour(one), ink: late === plots.dark.matches ? "#0d1b26" : "#ffffff",
          text: isLarge ? format.number(pair.max, 0) : "", said: `largest ${format.number(pair.max, 0)}, mean ${format.number(pair.mean, 3)} grey levels` };
        Object.entries(values).forEach(([column, value]) => data[column].push(value));
      }
    }
    drawing.get_model_by_name("across").factors = names;
    drawing.get_model_by_name("down").factors = [...names].reverse();
    drawing.get_model_by_name("cells").data = data;
  }

  return { attach };
})();

sections.add(agreement.attach);
