/** One view of several pictures: zoom and position that all of them share. */
const view = (() => {
  const LEVELS = [1, 2, 3, 4, 6, 8, 12, 16];
  const FARTHEST = LEVELS[LEVELS.length - 1];
  const frames = [];
  const listeners = [];
  const size = { width: 96, height: 96 };
  const at = { zoom: 4, x: 48, y: 48 }; // screen pixels per pixel; the pixel in the middle
  let fitted = true;

  /** Let a canvas in a frame follow the view.  The first frame decides how large a pixel is. */
  const follow = (frame, canvas) => frames.push({ frame, canvas });

  /** Call a function with the view after each change. */
  const listen = (listener) => listeners.push(listener);

  /** Take pictures of another size into view. */
  function resize(width, height) {
    if (width === size.width && height === size.height) return apply();
    Object.assign(size, { width, height });
    return fit();
  }

  /** The largest zoom that shows the whole picture and, if it need not be reduced, makes every pixel alike on the screen. */
  function fitting() {
    const fitting = Math.min(frames[0].frame.clientWidth / size.width, frames[0].frame.clientHeight / size.height);
    const whole = Math.floor(fitting * devicePixelRatio + 1e-6) / devicePixelRatio;
    return Math.min(FARTHEST, whole || fitting || LEVELS[0]);
  }

  /** The smallest zoom: a picture that is larger than its frame can be seen whole. */
  const least = () => Math.min(LEVELS[0], fitting());

  function fit() {
    Object.assign(at, { zoom: fitting(), x: size.width / 2, y: size.height / 2 });
    fitted = true;
    apply();
  }

  /** Zoom; the point (x, y) of the picture stays where it is on the screen. */
  function zoom(level, x = at.x, y = at.y) {
    const next = Math.min(FARTHEST, Math.max(least(), level));
    const ratio = at.zoom / next;
    Object.assign(at, { zoom: next, x: x + (at.x - x) * ratio, y: y + (at.y - y) * ratio });
    fitted = false;
    apply();
  }

  /** Go one level in (+1) or out (-1). */
  function step(direction, x, y) {
    const next = direction > 0
      ? LEVELS.find((level) => level > at.zoom + 1e-6) ?? FARTHEST
      : [...LEVELS].reverse().find((level) => level < at.zoom - 1e-6) ?? least();
    zoom(next, x, y);
  }

  /** Move by screen pixels of the first frame. */
  function pan(dx, dy) {
    Object.assign(at, { x: at.x - dx / at.zoom, y: at.y - dy / at.zoom });
    apply();
  }

  /** The picture's pixel under a point of the first frame. */
  function pixelAt(left, top) {
    const { clientWidth, clientHeight } = frames[0].frame;
    const x = Math.floor(at.x + (left - clientWidth / 2) / at.zoom);
    const y = Math.floor(at.y + (top - clientHeight / 2) / at.zoom);
    return x >= 0 && y >= 0 && x < size.width && y < size.height ? { x, y } : null;
  }

  function apply() {
    const first = frames[0].frame;
    at.x = kept(at.x, first.clientWidth, size.width);
    at.y = kept(at.y, first.clientHeight, size.height);
    for (const { frame, canvas } of frames) {
      const scale = at.zoom * (frame.clientWidth / first.clientWidth || 1);
      canvas.style.width = `${size.width * scale}px`;
      canvas.style.height = `${size.height * scale}px`;
      canvas.style.imageRendering = scale * devicePixelRatio < 1 - 1e-6 ? "auto" : ""; // reduced by leaving pixels out it would alias
      canvas.style.transform =
        `translate(${frame.clientWidth / 2 - at.x * scale}px, ${frame.clientHeight / 2 - at.y * scale}px)`;
    }
    listeners.forEach((listener) => listener(at));
  }

  /** Keep the picture in the frame: no gap beside a large one, a small one in the middle. */
  function kept(middle, span, length) {
    const reach = span / 2 / at.zoom;
    return 2 * reach >= length ? length / 2 : Math.min(length - reach, Math.max(reach, middle));
  }

  /** Fit again after the page's width changed, if it was fitted. */
  const refresh = () => (fitted ? fit() : apply());

  return { LEVELS, least, at, follow, listen, resize, fit, zoom, step, pan, pixelAt, refresh };
})();
