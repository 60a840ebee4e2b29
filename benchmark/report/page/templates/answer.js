/** The answer: up to three methods to choose among. */
const answer = (() => {
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
    const { values } = group.methods.find((one) => one.method === choice.method);
    const interval = format.interval(values.psnr_db_low, values.psnr_db_high, 1);
    const figures = [
      ["PSNR", `${format.number(values.psnr_db, 2)} dB`, interval && `95 %: ${interval}`],
      ["SSIM", format.number(values.ssim, 4), ""],
      ["speed", `${format.speed(values.mpx_per_s)} Mpx/s`, ""],
    ];
    return dom.make("article", { class: "card" },
      dom.make("h3", {}, choice.title),
      dom.make("p", { class: "method" }, dom.name(choice.method)),
      dom.make("dl", { class: "figures" }, ...figures.map(([what, text, more]) =>
        dom.make("div", {}, dom.make("dt", {}, what), dom.make("dd", {}, text, more ? dom.make("small", {}, more) : null)))),
      ...choice.remarks.map((remark) => dom.make("p", { class: "remark" }, `${remark[0].toUpperCase()}${remark.slice(1)}.`)));
  }

  return { attach };
})();
