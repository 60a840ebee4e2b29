/** The plots: Bokeh draws them, this fills them with the group that is looked at. */
const plots = (() => {
  const SHAPES = [
    ["circle", "●"], ["square", "■"], ["triangle", "▲"], ["diamond", "◆"],
    ["inverted_triangle", "▼"], ["hex", "⬢"], ["star", "★"], ["plus", "✚"],
  ];
  const dark = matchMedia("(prefers-color-scheme: dark)");

  let loaded = null;
  const library = new Promise((resolve) => { loaded = resolve; });

  /** Run the plotting library, which stands in the page as text: what can be read is painted before. */
  function load() {
    const script = dom.make("script");
    script.textContent = dom.byId("library").textContent;
    document.head.append(script);
    Bokeh.set_log_level("error");
    loaded();
  }

  /**
   * Put a figure into an element, and again whenever light turns into dark.
   * @param {string} name Of the figure in the page's data: "speed_plot".
   * @param {Element} element
   * @param {function(Object)} fill Called with the Bokeh document, before it is drawn.
   * @returns {function()} Fills it again.
   */
  function figure(name, element, fill) {
    let document_ = null;
    let drawing = library;
    async function draw() {
      element.replaceChildren();
      const item = structuredClone(state.data[name]);
      const views = await Bokeh.embed.embed_item(item, element);
      document_ = views.roots[0].model.document;
      fill(document_);
    }
    // one that fails must not keep those after it from being drawn
    const then = (step) => { drawing = drawing.then(step).catch((error) => console.error(error)); return drawing; };
    const drawn = () => then(draw);
    dark.addEventListener("change", drawn);
    drawn();
    return () => then(() => fill(document_));
  }

  /** The colour and shape of each kind of method in a group. */
  function look(group, kind) {
    const index = group.kinds.indexOf(kind);
    const [marker, sign] = SHAPES[index % SHAPES.length];
    return { colour: state.data.palette[index % state.data.palette.length], marker, sign };
  }

  /** A legend entry: a sign in its colour, and what it stands for. */
  const legendEntry = (sign, colour, text) =>
    dom.make("li", {}, dom.make("span", { "aria-hidden": "true", style: `color: ${colour}` }, sign), " ", dom.name(text));

  /** The colour of a custom property of the page, as it is now. */
  const ink = (property) => getComputedStyle(document.documentElement).getPropertyValue(property).trim();

  return { load, figure, look, legendEntry, ink, dark };
})();
