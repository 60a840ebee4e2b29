/** Wire the page up: what is shown above, then every section. */
const main = (() => {
  const { data } = state;
  const distinct = (key) => [...new Set(data.groups.map((group) => group[key]))];

  function attachWhere() {
    dom.options(dom.byId("dataset"), distinct("dataset").map((name) => [name, name]));
    dom.options(dom.byId("protocol"), distinct("protocol").map((name) => [name, name]));
    const area = (size) => size.match(/\d+/g).reduce((one, other) => one * other, 1);
    const order = (scale) => (typeof scale === "number" ? scale : 1e6 + area(scale)); // numbers, then sizes
    dom.byId("scale").append(...distinct("scale").sort((a, b) => order(a) - order(b)).map((scale) =>
      dom.make("label", {}, dom.make("input", { type: "radio", name: "scale", value: scale }), dom.make("span", {}, data.groups.find((group) => group.scale === scale).scale_label))));
    for (const id of ["dataset", "protocol"]) dom.show(dom.byId(id).parentElement, distinct(id).length > 1);
    dom.show(dom.byId("scale"), distinct("scale").length > 1);
    dom.byId("where").addEventListener("input", (event) => choose(event.target));
    dom.byId("where").addEventListener("submit", (event) => event.preventDefault());
    state.listen(({ group }) => showWhere(group));
  }

  /** Go to the group that was asked for; where there is none, to the nearest that has what was touched. */
  function choose(touched) {
    const key = touched.name || touched.id;
    const wanted = {
      dataset: dom.byId("dataset").value,
      protocol: dom.byId("protocol").value,
      scale: distinct("scale").find((scale) => String(scale) === document.querySelector("#scale input:checked").value),
    };
    const matches = (group) => Object.keys(wanted).filter((one) => group[one] === wanted[one]).length;
    const possible = data.groups.filter((group) => group[key] === wanted[key]);
    state.set({ group: possible.reduce((best, group) => (matches(group) > matches(best) ? group : best)) });
  }

  function showWhere(group) {
    dom.byId("dataset").value = group.dataset;
    dom.byId("protocol").value = group.protocol;
    document.querySelectorAll("#scale input").forEach((radio) => { radio.checked = radio.value === String(group.scale); });
    document.querySelectorAll("[data-shows=title]").forEach((element) => { element.textContent = group.title; });
  }

  /** Buttons that copy the command before them. */
  function attachCopies() {
    document.querySelectorAll("[data-copies]").forEach((button) => {
      button.hidden = false;
      button.onclick = () => dom.copy(button.previousElementSibling, button);
    });
  }

  function start() {
    attachWhere();
    attachCopies();
    for (const { attach } of sections.parts) attach();
    state.set({ group: data.groups[0] });
    document.documentElement.dataset.ready = "tables";
    // a plot that is a moment late is better than a page that is
    requestAnimationFrame(() => setTimeout(async () => {
      plots.load();
      await Promise.all(sections.parts.map(({ drawn }) => drawn()));
      document.documentElement.dataset.plots = "drawn";
    }));
  }

  return { start };
})();

main.start();
