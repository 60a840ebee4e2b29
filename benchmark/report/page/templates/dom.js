/** Elements.  Text goes in as text, never as HTML: no name can become code. */
const dom = (() => {
  const byId = (id) => document.getElementById(id);

  /**
   * Make an element.
   * @param {string} tag
   * @param {Object} attributes `class` and the like; on<event> adds a listener; false and null are left out.
   * @param {...(Node|string|number|null)} children
   */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  /** A name in an element of its own, so that its writing direction stays its own. */
  const name = (text) => make("bdi", {}, text);

  /** Text that is read aloud and not seen. */
  const spoken = (text) => make("span", { class: "visually-hidden" }, text);

  /** Put options into a select: [value, label] pairs. */
  function options(select, pairs, chosen) {
    select.replaceChildren(
      ...pairs.map(([value, label]) => make("option", { value, selected: value === chosen }, label)),
    );
    if (chosen !== undefined) select.value = chosen;
  }

  /** A call with a button that copies it. */
  function copyable(text) {
    const code = make("code", {}, text);
    const button = make("button", { type: "button", title: "Copy this call", onclick: () => copy(code, button) }, "Copy");
    return make("p", { class: "command" }, code, button);
  }

  /** The same of several lines. */
  function copyableBlock(text) {
    const code = make("pre", { tabindex: "0" }, text);
    const button = make("button", { type: "button", title: "Copy this code", onclick: () => copy(code, button) }, "Copy");
    return make("div", { class: "code" }, code, button);
  }

  /** Copy an element's text: by the clipboard, or by the selection where a page has no clipboard. */
  async function copy(element, button) {
    try {
      await navigator.clipboard.writeText(element.textContent);
    } catch {
      getSelection().selectAllChildren(element);
      if (!document.execCommand("copy")) return; // what is selected can still be copied by hand
    }
    button.textContent = "Copied";
  }

  /** Show or hide an element. */
  const show = (element, visible) => { element.hidden = !visible; };

  /**
   * Spare the work for what nobody looks at.
   * @returns {function()} Draws if the element is near the window, otherwise as soon as it comes near.
   */
  function lazily(element, draw) {
    let [near, due] = [false, false];
    new IntersectionObserver(([entry]) => {
      near = entry.isIntersecting;
      if (near && due) { due = false; draw(); }
    }, { rootMargin: "400px" }).observe(element);
    addEventListener("beforeprint", () => { if (due) { due = false; draw(); } }); // paper has no window
    return () => { if (near) draw(); else due = true; };
  }

  return { byId, make, name, spoken, options, copyable, copyableBlock, copy, show, lazily };
})();
