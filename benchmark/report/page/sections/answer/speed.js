/** Quality against speed, the Pareto front named where the name fits. */
const speed = (() => {
  const LETTER = 6.8; // width of a letter of the labels, screen pixels
  const LINE = 14;
  const DOT = 5;

  let refill = null;

  function attach() {
    const element = dom.byId("speed-plot");
    refill = plots.figure("speed_plot", element, (drawing) => fill(drawing, element));
    state.listen((current, changed) => {
      if (!changed.has("group")) return;
      refill();
      tell(current.group);
    });
  }

  /** The speed that this group's methods are compared by. */
  const speedOf = ({ values }) => values[state.current.group.speed.key];

  /** The methods that can be drawn: a speed and a finite PSNR. */
  const drawable = (group) =>
    group.methods.filter((one) => Number.isFinite(one.values.psnr_db) && speedOf(one) > 0);

  function fill(drawing, element) {
    const { group } = state.current;
    const methods = drawable(group);
    const looks = methods.map((one) => plots.look(group, one.kind));
    const x = methods.map(speedOf);
    const y = methods.map((one) => one.values.psnr_db);
    const source = (name) => drawing.get_model_by_name(name);
    const [across, up] = [range(x.map(Math.log10), 0.06).map((end) => 10 ** end), range(y, 0.08)];
    set(source("speed"), across);
    set(source("quality"), up);
    source("points").selected.indices = [];
    source("points").data = {
      x, y,
      method: methods.map((one) => one.method),
      kind: methods.map((one) => one.kind),
      colour: looks.map((one) => one.colour),
      marker: looks.map((one) => one.marker),
      psnr: y.map((value) => `${format.number(value, 2)} dB`),
      speed: x.map((value) => `${format.speed(value)} Mpx/s`),
    };
    const front = group.front.map((name) => methods.find((one) => one.method === name)).filter(Boolean);
    source("front").data = { x: front.map(speedOf), y: front.map((one) => one.values.psnr_db) };
    const inside = { width: element.clientWidth - 75, height: element.clientHeight - 60 }; // less the axes
    source("names").data = labels(front, methods, across, up, inside);
    onSelect(source("points"));
  }

  function set(range_, [start, end]) {
    Object.assign(range_, { start, end, reset_start: start, reset_end: end });
  }

  /** From the least to the greatest of some numbers, with a margin. */
  function range(values, margin) {
    if (!values.length) return [0, 1];
    const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    const space = (high - low || 1) * margin;
    return [low - space, high + space];
  }

  /** Where a name may stand, from its point: above and to the right nothing is better, so nothing is there. */
  const PLACES = [["left", 7, -12], ["right", -7, -12], ["left", 12, 0], ["left", 7, 13], ["right", -12, 0], ["right", -7, 13], ["left", 7, -27]];

  /** The names of the front's methods, each where it covers no other name and no point; else left out. */
  function labels(front, methods, [left, right], [bottom, top], { width, height }) {
    const data = { x: [], y: [], text: [], align: [], dx: [], dy: [], ink: [] };
    const at = (one) => [
      (Math.log(speedOf(one) / left) / Math.log(right / left)) * width,
      ((top - one.values.psnr_db) / (top - bottom)) * height,
    ];
    const taken = methods.map(at).map(([x, y]) => ({ x0: x - DOT, x1: x + DOT, y0: y - DOT, y1: y + DOT }));
    for (const one of front) {
      const [x, y] = at(one);
      const long = one.method.length * LETTER;
      const found = PLACES
        .map(([align, dx, dy]) => {
          const x0 = align === "left" ? x + dx : x + dx - long;
          return { align, dx, dy, x0, x1: x0 + long, y0: y + dy - LINE / 2, y1: y + dy + LINE / 2 };
        })
        .find((box) => box.x0 > 0 && box.x1 < width && box.y0 > 0 && box.y1 < height && !taken.some((other) => meet(box, other)));
      if (!found) continue;
      taken.push(found);
      const { align, dx, dy } = found;
      const row = { x: speedOf(one), y: one.values.psnr_db, text: one.method, align, dx, dy, ink: plots.ink("--ink") };
      Object.entries(row).forEach(([column, value]) => data[column].push(value));
    }
    return data;
  }

  const meet = (a, b) => a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;

  /** A point that is selected goes to the left of the comparison. */
  function onSelect(points) {
    if (points.tags.includes("followed")) return;
    points.tags = ["followed"];
    points.selected.properties.indices.change.connect(() => {
      const [index] = points.selected.indices;
      if (index !== undefined) state.look(points.data.method[index]);
    });
  }

  /** The legend, and the plot in words. */
  function tell(group) {
    const shown = new Set(drawable(group).map((one) => one.kind));
    dom.byId("speed-legend").replaceChildren(
      ...group.kinds.filter((kind) => shown.has(kind)).map((kind) => {
        const { sign, colour } = plots.look(group, kind);
        return plots.legendEntry(sign, colour, kind);
      }),
    );
    const point = (name) => {
      const one = group.methods.find(({ method }) => method === name);
      return `${name} (${format.speed(speedOf(one))} megapixels per second, ${format.number(one.values.psnr_db, 2)} dB)`;
    };
    dom.byId("speed-basis").textContent = group.speed.basis;
    dom.show(dom.byId("speed-of"), group.methods.some((one) => speedOf(one) > 0));
    const [text, count] = [dom.byId("speed-text"), drawable(group).length];
    const front = group.front.length ? ` On the Pareto front, fastest first: ${group.front.map(point).join("; ")}.` : "";
    text.textContent = count ? `${format.count(count, "method")}.${front}` : "No method here has both a speed and a finite PSNR.";
    text.classList.toggle("visually-hidden", count > 0); // an empty plot is explained to everybody
  }

  /** Fulfilled when the plot stands. */
  const drawn = () => refill();

  return { attach, drawn };
})();
