/** The answer: up to three methods to choose among. */
const answer = (() => {
  /** What a card shows, as far as it is known: the first two scores, and speed. */
  const shownFor = (group, values) => state.data.columns.filter(({ key }, index) =>
    (index < 2 || key === group.speed.key) && (values[key] ?? null) !== null);

  function attach() {
    state.listen(({ group }, changed) => { if (changed.has("group")) draw(group); });
  }

  function draw(group) {
    dom.byId("choices").replaceChildren(...cards(group));
    dom.byId("caveats").textContent = group.lead.join(" ");
  }

  function cards(group) {
    if (group.choices.length) return group.choices.map((choice) => card(choice, group));
    return [dom.make("p", { class: "notice" },
      "No method scored every image here, so none can be recommended; the failures below say why.")];
  }

  function card(choice, group) {
    const { values, basis, snippet } = group.methods.find((one) => one.method === choice.method);
    const [MAIN, SPEED] = [state.data.columns[0], group.speed.key];
    const text = ({ key, format: form }) => (key === SPEED ? `${format.speed(values[key])} Mpx/s` : format.written(values[key], form));
    const figures = shownFor(group, values).map((column) => {
      const interval = format.interval(values[`${column.key}_low`], values[`${column.key}_high`], ".1f");
      const unit = column.unit ? ` ${column.unit}` : "";
      const name = column.key === SPEED ? "speed" : column.name;
      const more = column.key === SPEED ? basis ?? "" : column === MAIN && interval ? `95 %: ${interval}` : "";
      return [name, `${text(column)}${unit}`, more];
    });
    return dom.make("article", { class: "card" },
      dom.make("h3", {}, choice.title),
      dom.make("p", { class: "method" }, dom.name(choice.method)),
      dom.make("dl", { class: "figures" }, ...figures.map(([what, text, more]) =>
        dom.make("div", {}, dom.make("dt", {}, what), dom.make("dd", {}, text, more ? dom.make("small", {}, more) : null)))),
      ...choice.remarks.map((remark) => dom.make("p", { class: "remark" }, `${remark[0].toUpperCase()}${remark.slice(1)}.`)),
      snippet ? dom.copyable(snippet) : null);
  }

  return { attach };
})();

sections.add(answer.attach);
sections.add(speed.attach, speed.drawn);
