/** The crops: decoded when they are first looked at, the last few hundred kept. */
const album = (() => {
  const KEPT = 400;
  const decoded = new Map();
  let pictures = null;

  /**
   * Return a picture's pixels.
   * @param {?number} index Its number in the album; null for a picture that is not there.
   * @returns {Promise<?ImageData>}
   */
  function pixels(index) {
    if (index === null || index === undefined) return Promise.resolve(null);
    if (!decoded.has(index)) {
      decoded.set(index, decode(index));
      if (decoded.size > KEPT) decoded.delete(decoded.keys().next().value);
    }
    return decoded.get(index);
  }

  async function decode(index) {
    pictures ??= JSON.parse(dom.byId("album").textContent);
    const image = new Image();
    const kind = pictures[index].startsWith("/9j/") ? "jpeg" : "png";
    image.src = `data:image/${kind};base64,${pictures[index]}`;
    await image.decode();
    const canvas = dom.make("canvas", { width: image.naturalWidth, height: image.naturalHeight });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  }

  /** The pixels of a method ("" is the original) on one image of a group. */
  const of = (group, method, image) => pixels(group.pictures[method]?.[image] ?? null);

  /** Draw pixels on a canvas of their size. */
  function paint(canvas, picture) {
    canvas.width = picture?.width ?? 1;
    canvas.height = picture?.height ?? 1;
    if (picture) canvas.getContext("2d").putImageData(picture, 0, 0);
  }

  return { of, paint };
})();
