/** What is looked at: the group, the image, and the methods on the left, on the right and alone. */
const state = (() => {
  const data = JSON.parse(dom.byId("data").textContent);
  const current = { group: data.groups[0], image: 0, left: "", right: "", alone: "" };
  const listeners = [];

  /** Call a function with (state, names of what changed) whenever something does. */
  const listen = (listener) => listeners.push(listener);

  /** Look at a method: on the left, and alone.  What stood there goes to the right if it was there. */
  const look = (method) =>
    set({ left: method, alone: method, right: current.right === method ? current.left : current.right });

  /** Change some of it; a new group has its own image and methods. */
  function set(changes) {
    const wanted = "group" in changes ? { ...defaults(changes.group), ...changes } : changes;
    const changed = Object.keys(wanted).filter((key) => wanted[key] !== current[key] || key === "group");
    Object.assign(current, wanted);
    if (changed.length) listeners.forEach((listener) => listener(current, new Set(changed)));
  }

  /** Begin with the best method against the usual one, where they differ most. */
  function defaults(group) {
    const names = group.methods.map((one) => one.method);
    const shown = names.filter((name) => Object.hasOwn(group.pictures, name));
    const pick = (wanted, among) => [...wanted, ...among].find((name) => among.includes(name)) ?? "";
    const left = pick([current.left, ...group.choices.map((choice) => choice.method)], shown);
    const usual = [current.right, "bicubic", ...group.choices.map((choice) => choice.method).reverse()];
    const right = pick(usual, shown.filter((name) => name !== left)); // one method alone stands beside the original
    const alone = names.includes(current.alone) ? current.alone : loudest(group);
    return { left, right, alone, image: mostTelling(group, left, right) };
  }

  const loudest = (group) =>
    group.methods.reduce(
      (best, one) => ((one.values.checkerboard_db ?? -1) > (best.values.checkerboard_db ?? -1) ? one : best),
      group.methods[0],
    ).method;

  /** The image with pictures on which two methods differ most. */
  function mostTelling(group, left, right) {
    const difference = (image) => {
      const [one, other] = [left, right].map((name) => Number(group.scores[data.columns[0].key][name]?.[image] ?? NaN));
      const pictured = group.pictures[left]?.[image] ?? null;
      const apart = Math.abs(one - other);
      return pictured === null ? -1 : Number.isFinite(apart) ? apart : 0;
    };
    const gaps = group.images.map((_, image) => difference(image));
    return Math.max(0, gaps.indexOf(Math.max(...gaps)));
  }

  return { data, current, listen, set, look };
})();
