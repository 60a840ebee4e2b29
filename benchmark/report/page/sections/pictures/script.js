/** The explorer: one image, two methods, a swipe between them, error maps and spectra. */
const explorer = (() => {
  const ORIGINAL = "original (HR)";
  const SCORES = state.data.columns.filter(({ key }) => key in state.data.groups[0].scores);
  const [MAIN] = SCORES;
  const WORST = `difference ${MAIN.key}`;
  const SIDES = ["left", "right"];
  const part = (id) => dom.byId(id);
  const called = (method) => method || ORIGINAL;
  let pixels = { left: null, right: null, original: null };
  let imagesTable = null;
  let newest = 0;

  function attach() {
    const stage = part("stage");
    for (const side of [...SIDES, "original"]) view.follow(stage, part(`layer-${side}`).firstElementChild);
    for (const side of SIDES) view.follow(part(`error-${side}`).parentElement, part(`error-${side}`));
    gestures.attach(stage, { o: toggleOriginal, O: toggleOriginal });
    gestures.slider(part("swipe"), stage, swipe);
    new ResizeObserver(view.refresh).observe(stage);
    view.listen(({ zoom }) => {
      part("zoom-level").textContent = `${Math.round(zoom * 10) / 10}×`;
      part("zoom-out").disabled = zoom <= view.LEVELS[0];
      part("zoom-in").disabled = zoom >= view.LEVELS[view.LEVELS.length - 1];
    });
    buttons();
    imagesTable = table.sortable(part("images-table"), "Both methods, image by image", imageColumns(), { key: WORST, up: true }, markChosen);
    const redraw = dom.lazily(part("pictures"), () => draw(state.current));
    state.listen((current, changed) => {
      if (changed.has("group")) fillSelects(current.group);
      if (!["group", "image", "left", "right"].some((key) => changed.has(key))) return;
      markFields(current);
      redraw();
    });
  }

  function buttons() {
    part("image").onchange = (event) => choose(Number(event.target.value));
    for (const side of SIDES) part(side).onchange = (event) => state.set({ [side]: event.target.value });
    part("swap").onclick = () => state.set({ left: state.current.right, right: state.current.left });
    part("zoom-in").onclick = () => view.step(1);
    part("zoom-out").onclick = () => view.step(-1);
    part("zoom-one").onclick = () => view.zoom(1);
    part("zoom-fit").onclick = view.fit;
    part("original").onclick = toggleOriginal;
    part("gain").onchange = drawErrors;
    part("stage").addEventListener("pointermove", readOut);
    part("stage").addEventListener("pointerleave", () => { part("pixel").textContent = ""; });
  }

  /** Look at an image or a place; a worst place is a method's, beside what it is worse than. */
  function choose(image) {
    const { group } = state.current;
    const method = group.worst[image];
    state.set(method ? { image, left: method, right: group.usual in group.pictures ? group.usual : "" } : { image });
  }

  function toggleOriginal() {
    const layer = part("layer-original");
    dom.show(layer, layer.hidden);
    part("original").setAttribute("aria-pressed", String(!layer.hidden));
  }

  function swipe(at) {
    part("swipe").style.left = `${at}%`;
    part("layer-left").style.clipPath = `inset(0 ${100 - at}% 0 0)`;
  }

  function fillSelects(group) {
    const pictured = Object.keys(group.pictures).filter(Boolean);
    const images = group.places.map((name, index) => [String(index), name])
      .filter(([index]) => Object.values(group.pictures).some((row) => row[index] !== null));
    dom.show(part("explorer"), images.length > 0);
    dom.show(part("no-pictures"), images.length === 0);
    const methods = group.methods.map((one) => one.method).filter((name) => pictured.includes(name));
    const pairs = ["", ...methods].map((name) => [name, called(name)]);
    dom.options(part("image"), images);
    for (const side of SIDES) dom.options(part(side), pairs);
  }

  /** The fields say what is chosen, also before the pictures come near the window and are drawn. */
  function markFields(current) {
    part("image").value = String(current.image);
    for (const side of SIDES) part(side).value = current[side];
  }

  /** Draw everything; a picture that is decoded after another was chosen is dropped. */
  async function draw({ group, image, left, right }) {
    imagesTable.show(imageRows(group, left, right));
    sayVerdict(group, image, left, right);
    const turn = ++newest;
    const [one, other, original] = await Promise.all([left, right, ""].map((method) => album.of(group, method, image)));
    if (turn !== newest) return;
    pixels = { left: one, right: other, original };
    for (const side of [...SIDES, "original"]) album.paint(part(`layer-${side}`).firstElementChild, pixels[side]);
    for (const side of SIDES) part(`tag-${side}`).textContent = called(state.current[side]);
    const known = one ?? other ?? original;
    if (known) view.resize(known.width, known.height);
    drawErrors();
    drawSpectra(group.scale);
    part("explorer").dataset.drawn = `${left}|${right}|${image}`;
  }

  function drawErrors() {
    const gain = Number(part("gain").value);
    for (const side of SIDES) {
      const method = state.current[side];
      part(`error-${side}-title`).textContent = `Error × ${gain}: ${called(method)}`;
      album.paint(part(`error-${side}`), spectrum.errorMap(pixels[side], pixels.original, gain));
    }
    view.refresh();
  }

  function drawSpectra(scale) {
    const levels = SIDES.map((side) => spectrum.decibels([pixels[side]]));
    const top = spectrum.top(spectrum.decibels([pixels.original ?? pixels.left]));
    SIDES.forEach((side, index) => {
      part(`spectrum-${side}-title`).textContent = `Spectrum: ${called(state.current[side])}`;
      spectrum.draw(part(`spectrum-${side}`), levels[index], top, scale);
    });
  }

  /** The pixel under the pointer, in both pictures and the original. */
  function readOut(event) {
    const box = part("stage").getBoundingClientRect();
    const at = view.pixelAt(event.clientX - box.left, event.clientY - box.top);
    if (!at) { part("pixel").textContent = ""; return; }
    const value = (picture) => {
      if (!picture) return format.UNKNOWN;
      const colour = [...picture.data.slice(4 * (at.y * picture.width + at.x)).slice(0, 3)];
      return new Set(colour).size === 1 ? colour[0] : colour.join(" ");
    };
    part("pixel").textContent =
      `row ${at.y}, column ${at.x}: left ${value(pixels.left)}, right ${value(pixels.right)}, original ${value(pixels.original)}`;
  }

  /** Say in numbers what is compared. */
  function sayVerdict(group, image, left, right) {
    const score = (method) => group.scores[MAIN.key][method]?.[image] ?? null;
    const same = group.pictures[left]?.[image] === group.pictures[right]?.[image] && left !== right;
    const unit = MAIN.unit ? ` ${MAIN.unit}` : "";
    const known = image < group.images.length; // a place has no score of its own
    const said = [left, right].filter(Boolean)
      .map((method) => (known ? `${method} ${format.written(score(method), MAIN.format)}${unit}` : method));
    part("verdict").textContent = `${group.places[image]}: ${said.join(", ") || "the original alone"}` +
      `${same ? "; these two pictures are equal after rounding to 8 bits" : ""}.`;
  }

  function imageRows(group, left, right) {
    const of = (metric, method, index) => {
      const value = group.scores[metric][method]?.[index];
      return value === null || value === undefined ? null : Number(value);
    };
    const minus = (a, b) => (a === null || b === null ? null : a === b ? 0 : a - b);
    return group.images.map((name, index) => ({
      name, index,
      left: of(MAIN.key, left, index), right: of(MAIN.key, right, index),
      ...Object.fromEntries(SCORES.map(({ key }) => [`difference ${key}`, minus(of(key, left, index), of(key, right, index))])),
      pictured: [left, right].some((method) => (group.pictures[method]?.[index] ?? null) !== null),
    }));
  }

  function imageColumns() {
    const number = (key, label, form, help) =>
      ({ key, label, help, number: true, lowFirst: key === WORST, value: (row) => row[key], cell: (row) => format.written(row[key], form) });
    const name = MAIN.label.replace(new RegExp(` ${MAIN.unit}$`), "");
    return [
      { key: "name", label: "image", value: (row) => row.name, cell: imageCell },
      number("left", `left ${name}`, MAIN.format),
      number("right", `right ${name}`, MAIN.format),
      ...SCORES.map(({ key, label, format: form }) => number(`difference ${key}`, `Δ ${label}`, format.difference(form), "left less right")),
    ];
  }

  function imageCell(row) {
    if (!row.pictured) return dom.name(row.name);
    return dom.make("button", { type: "button", class: "link", onclick: () => state.set({ image: row.index }) }, dom.name(row.name));
  }

  const markChosen = (element, row) => {
    if (row.index === state.current.image) element.setAttribute("aria-current", "true");
  };

  return { attach };
})();

sections.add(explorer.attach);
