/** Fingers, mouse, wheel and keys on the comparison. */
const gestures = (() => {
  const KEY_STEP = 48; // screen pixels that an arrow key moves

  /** Let a stage be dragged, pinched, wheeled and moved by keys. */
  function attach(stage, keys) {
    const fingers = new Map();
    let pinch = null;
    const place = (event) => {
      const box = stage.getBoundingClientRect();
      return [event.clientX - box.left - stage.clientLeft, event.clientY - box.top - stage.clientTop];
    };
    stage.addEventListener("pointerdown", (event) => {
      fingers.set(event.pointerId, place(event));
      stage.setPointerCapture(event.pointerId);
      pinch = fingers.size === 2 ? { span: span(fingers), zoom: view.at.zoom } : null;
    });
    stage.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) return;
      const [before, now] = [fingers.get(event.pointerId), place(event)];
      fingers.set(event.pointerId, now);
      if (pinch) view.zoom((pinch.zoom * span(fingers)) / pinch.span);
      else view.pan(now[0] - before[0], now[1] - before[1]);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      stage.addEventListener(end, (event) => { fingers.delete(event.pointerId); pinch = null; });
    }
    stage.addEventListener("wheel", (event) => {
      // the page scrolls on over a picture that nobody has selected
      if (!event.ctrlKey && !stage.contains(document.activeElement)) return;
      event.preventDefault();
      view.step(event.deltaY < 0 ? 1 : -1, ...pointIn(place(event)));
    }, { passive: false });
    stage.addEventListener("keydown", (event) => onKey(event, stage, keys));
  }

  const span = (fingers) => {
    const [a, b] = [...fingers.values()];
    return Math.max(1, Math.hypot(a[0] - b[0], a[1] - b[1]));
  };

  /** The picture's point under a point of the stage, undefined beside the picture. */
  function pointIn([left, top]) {
    const pixel = view.pixelAt(left, top);
    return pixel ? [pixel.x + 0.5, pixel.y + 0.5] : [];
  }

  function onKey(event, stage, keys) {
    const own = event.target === stage;
    const actions = {
      "+": () => view.step(1), "=": () => view.step(1), "-": () => view.step(-1),
      "0": view.fit, "1": () => view.zoom(1), ...keys,
      ...(own && {
        ArrowLeft: () => view.pan(KEY_STEP, 0), ArrowRight: () => view.pan(-KEY_STEP, 0),
        ArrowUp: () => view.pan(0, KEY_STEP), ArrowDown: () => view.pan(0, -KEY_STEP),
      }),
    };
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  }

  /**
   * Make an element a slider that is dragged across its stage or moved by keys.
   * @param {function(number)} moved Called with 0 to 100.
   */
  function slider(handle, stage, moved) {
    let at = 50;
    const set = (value) => {
      at = Math.min(100, Math.max(0, value));
      handle.setAttribute("aria-valuenow", Math.round(at));
      moved(at);
    };
    handle.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const box = stage.getBoundingClientRect();
      set((100 * (event.clientX - box.left)) / box.width);
    });
    handle.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -10, PageUp: 10, Home: -100, End: 100 };
      if (!(event.key in steps)) return;
      event.preventDefault();
      event.stopPropagation();
      set(at + steps[event.key]);
    });
    set(at);
  }

  return { attach, slider };
})();
