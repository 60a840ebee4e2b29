/** The explorer: one image, two methods, a swipe between them, error maps and spectra. */
const explorer = (() => {
  const SCORES = state.data.columns.filter(({ key }) => key in state.data.groups[0].scores);
  const [MAIN] = SCORES;
  const WORST = `difference ${MAIN.key}`;
  const SIDES = ["left", "right"];
  const part = (id) => dom.byId(id);
  const called = (method) => method || state.current.group.original;
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
      part("zoom-out").disabled = zoom <= view.least();
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
    drawSpectra(group, image);
    part("explorer").dataset.drawn = `${left}|${right}|${image}`;
  }

  /** A whole image is shown as a JPEG, reduced where it is large: its pixels are not the output's own. */
  const isPreview = ({ group, image }) => image in group.whole;

  function drawErrors() {
    const gain = Number(part("gain").value);
    const of = isPreview(state.current) ? " of the previews" : "";
    for (const side of SIDES) {
      const method = state.current[side];
      part(`error-${side}-title`).textContent = `Error${of} × ${gain}: ${called(method)}`;
      album.paint(part(`error-${side}`), spectrum.errorMap(pixels[side], pixels.original, gain));
    }
    view.refresh();
  }

  function drawSpectra(group, image) {
    for (const side of SIDES) part(`spectrum-${side}-title`).textContent = `Spectrum: ${called(state.current[side])}`;
    if (isPreview({ group, image })) {
      const why = "No spectrum of a preview: reducing an image moves its lines, and JPEG adds its own.";
      for (const side of SIDES) part(`spectrum-${side}`).replaceChildren(dom.make("p", { class: "hint" }, why));
      return;
    }
    const levels = SIDES.map((side) => spectrum.decibels([pixels[side]]));
    const top = spectrum.top(spectrum.decibels([pixels.original ?? pixels.left]));
    SIDES.forEach((side, index) => spectrum.draw(part(`spectrum-${side}`), levels[index], top, group.scale));
  }

  /** The pixel under the pointer, in both pictures and the original. */
  function readOut(event) {
    const stage = part("stage");
    const box = stage.getBoundingClientRect(); // its border is no part of the picture
    const at = view.pixelAt(event.clientX - box.left - stage.clientLeft, event.clientY - box.top - stage.clientTop);
    if (!at) { part("pixel").textContent = ""; return; }
    const value = (picture) => {
      if (!picture) return format.UNKNOWN;
      const colour = [...picture.data.slice(4 * (at.y * picture.width + at.x)).slice(0, 3)];
      return new Set(colour).size === 1 ? colour[0] : colour.join(" ");
    };
    part("pixel").textContent = `${place(at)}: left ${value(pixels.left)}, right ${value(pixels.right)}, original ${value(pixels.original)}`;
  }

  /** Where a pixel is: in a crop, or in the image that a preview is of. */
  function place({ x, y }) {
    if (!isPreview(state.current)) return `row ${y}, column ${x} of the crop`;
    const { width, height } = pixels.left ?? pixels.right ?? pixels.original;
    const factor = Math.max(1, Math.round(state.current.group.whole[state.current.image] / Math.max(width, height)));
    return `row ${y * factor}, column ${x * factor} of the image, in a JPEG preview${factor > 1 ? ` reduced by ${factor}` : ""}`;
  }

  /** Say in numbers what is compared. */
  function sayVerdict(group, image, left, right) {
    const score = (method) => group.scores[MAIN.key][method]?.[image] ?? null;
    const [one, other] = [left, right].map((method) => group.pictures[method]?.[image] ?? null);
    const same = one !== null && one === other && left !== right && !isPreview({ group, image });
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
    return [
      { key: "name", label: "image", value: (row) => row.name, cell: imageCell },
      number("left", `left ${MAIN.name}`, MAIN.format),
      number("right", `right ${MAIN.name}`, MAIN.format),
      ...SCORES.map(({ key, label, format: form }) => number(`difference ${key}`, `Δ ${label}`, format.difference(form), "left minus right")),
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
