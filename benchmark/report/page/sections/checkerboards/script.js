/** The checkerboard view of one method: its level, phase DC map and mean spectrum. */
const checkerboards = (() => {
  const MOST_NUMBERS = 6; // phases an axis up to which the cells show their numbers
  let list = null;
  let controls = null;
  let newest = 0;

  function attach() {
    list = table.sortable(dom.byId("checkerboards-table"), "Checkerboard level by method", columns(), { key: "worst", up: false },
      (element, row) => { if (row.method === state.current.alone) element.setAttribute("aria-current", "true"); });
    controls = table.sortable(dom.byId("controls-table"), "Checkerboards of known strength", [
      { key: "name", label: "control", value: (row) => row.name, cell: (row) => row.name },
      number("level_db", "level dB", 1, "checkerboard level"),
      number("grey_levels", "grey levels", 2, "root mean square of the pattern, of 255"),
    ], { key: "level_db", up: true });
    const redraw = dom.lazily(dom.byId("checkerboards"), () => draw(state.current));
    state.listen((current, changed) => { if (changed.has("group") || changed.has("alone")) redraw(); });
  }

  function described(group, { method, values }) {
    const phases = group.phases[method]?.values.flat();
    return {
      method,
      level: finite(values.checkerboard_db),
      worst: finite(values.checkerboard_db_max),
      amplitude: finite(group.amplitudes[method]),
      above: finite(values.checkerboard_above_1db),
      ripple: phases ? Math.sqrt(phases.reduce((sum, value) => sum + value * value, 0) / phases.length) : null,
    };
  }

  const number = (key, label, digits, help) =>
    ({ key, label, help, number: true, value: (row) => row[key], cell: (row) => format.number(row[key], digits) });

  /** JSON has no infinity: it comes as text. */
  const finite = (value) => (value === null || value === undefined ? null : Number(value));

  function columns() {
    const method = (row) => dom.make("button", { type: "button", class: "link", onclick: () => state.set({ alone: row.method }) }, dom.name(row.method));
    return [
      { key: "method", label: "method", value: (row) => row.method, cell: method },
      number("worst", "worst dB", 1, "checkerboard level of the image with most of it"),
      number("amplitude", "grey levels", 2, "root mean square of the pattern in that image, of 255"),
      number("above", "≥ 1 dB", 0, "images at 1 dB or more"),
      number("level", "mean dB", 1, "mean over images"),
      number("ripple", "ripple", 2, "root mean square of the phase DC map, grey levels"),
    ];
  }

  async function draw({ group, alone }) {
    controls.show(group.controls);
    dom.show(dom.byId("checkerboard-scale"), group.controls.length > 0);
    list.show(group.methods.map((row) => described(group, row)));
    const one = described(group, group.methods.find((row) => row.method === alone));
    const map = group.phases[alone];
    dom.byId("checkerboard-name").replaceChildren(dom.name(alone));
    const level = one.worst === null ? "Its level was not measured" : `${format.number(one.worst, 1)} dB on the worst image ` +
      `(${format.number(one.amplitude, 2)} grey levels), ${format.number(one.level, 1)} dB on average`;
    dom.byId("checkerboard-text").textContent = level +
      (map ? `; its phases differ by ${format.number(one.ripple, 2)} grey levels (RMS, ${format.count(map.crops, "crop")}).` : ".");
    dom.byId("phases").replaceChildren(map ? phaseTable(map.values) : dom.make("p", { class: "hint" }, "no picture"));
    await drawSpectra(group, alone);
  }

  async function drawSpectra(group, method) {
    const turn = ++newest;
    const all = (name) => Promise.all(group.images.map((_, image) => album.of(group, name, image)));
    const [own, original] = await Promise.all([all(method), all("")]);
    if (turn !== newest) return;
    const [levels, reference] = [own, original].map(spectrum.decibels);
    const top = spectrum.top(reference ?? levels);
    dom.byId("mean-spectrum-title").textContent = `Mean spectrum, ${format.count(own.filter(Boolean).length, "crop")}`;
    spectrum.draw(dom.byId("mean-spectrum"), levels, top, group.scale);
    spectrum.draw(dom.byId("mean-original"), reference, top, group.scale);
  }

  /** The map as a table, from blue (darker than the mean) to orange (lighter). */
  function phaseTable(values) {
    const most = Math.max(0.5, ...values.flat().map(Math.abs));
    const cell = (value) => {
      const share = Math.round((100 * Math.abs(value)) / most);
      const colour = `color-mix(in srgb, var(${value < 0 ? "--below" : "--above"}) ${share}%, var(--panel))`;
      const text = format.signed(value, 2);
      return dom.make("td", { style: `background: ${colour}`, title: `${text} grey levels` },
        values.length <= MOST_NUMBERS ? dom.make("span", {}, text) : dom.spoken(text));
    };
    return dom.make("table", { class: "phase-map" },
      dom.make("caption", { class: "visually-hidden" }, "Mean error of each phase less the mean of all"),
      dom.make("tbody", {}, ...values.map((row) => dom.make("tr", {}, ...row.map(cell)))));
  }

  return { attach };
})();

sections.add(checkerboards.attach);
