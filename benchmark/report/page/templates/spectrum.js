/** Error maps and power spectra of crops, in colours, and the lattice frequencies on them. */
const spectrum = (() => {
  const SIDE = 96; // bins along an axis: the side of the largest crop
  const RANGE = 70; // dB from black to white
  const colours = state.data.magma.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  const COSINE = Float64Array.from({ length: SIDE }, (_, turn) => Math.cos((2 * Math.PI * turn) / SIDE));
  const SINE = Float64Array.from({ length: SIDE }, (_, turn) => Math.sin((2 * Math.PI * turn) / SIDE));

  /** Mean of the colour channels of each pixel. */
  function grey({ data }) {
    return Float64Array.from({ length: data.length / 4 }, (_, i) => (data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3);
  }

  /** Colour values of 0 to 1. */
  function coloured(values, width, height) {
    const picture = new ImageData(width, height);
    values.forEach((value, i) => {
      const colour = colours[Math.round(255 * Math.min(1, Math.max(0, value)))];
      picture.data.set([...colour, 255], 4 * i);
    });
    return picture;
  }

  /** The error map |output - original| times a gain; null where one is missing. */
  function errorMap(output, original, gain) {
    if (!output || !original || output.data.length !== original.data.length) return null;
    const values = new Float64Array(output.width * output.height);
    for (let i = 0; i < values.length; i++) {
      for (let c = 0; c < 3; c++) values[i] += Math.abs(output.data[4 * i + c] - original.data[4 * i + c]) / 3;
    }
    return coloured(values.map((value) => (value * gain) / 255), output.width, output.height);
  }

  /**
   * The power spectrum of a picture under a Hann window, less its mean; zero frequency in the middle.
   * A separable discrete Fourier transform: 96 bins an axis need no fast one.
   * @param {Float64Array} values Row by row.
   * @returns {Float64Array} 96 x 96 powers.
   */
  function power(values, width, height) {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const [across, down] = [hann(width), hann(height)];
    const [real, imaginary] = [new Float64Array(height * SIDE), new Float64Array(height * SIDE)];
    for (let y = 0; y < height; y++) {
      for (let k = 0; k < SIDE; k++) {
        let re = 0, im = 0;
        for (let x = 0, turn = 0; x < width; x++, turn = (turn + k) % SIDE) {
          const value = (values[y * width + x] - mean) * across[x];
          re += value * COSINE[turn];
          im -= value * SINE[turn];
        }
        real[y * SIDE + k] = re * down[y];
        imaginary[y * SIDE + k] = im * down[y];
      }
    }
    return columns(real, imaginary, height);
  }

  /** Transform the columns of rows that are transformed already; shift zero to the middle. */
  function columns(real, imaginary, height) {
    const half = SIDE / 2;
    const found = new Float64Array(SIDE * SIDE);
    const place = (l, k) => ((l + half) % SIDE) * SIDE + ((k + half) % SIDE);
    for (let l = 0; l <= half; l++) { // a real picture's other half is the same, turned around
      for (let k = 0; k < SIDE; k++) {
        let re = 0, im = 0;
        for (let y = 0, turn = 0; y < height; y++, turn = (turn + l) % SIDE) {
          const a = real[y * SIDE + k], b = imaginary[y * SIDE + k];
          re += a * COSINE[turn] + b * SINE[turn];
          im += b * COSINE[turn] - a * SINE[turn];
        }
        found[place(l, k)] = found[place(SIDE - l, SIDE - k)] = re * re + im * im;
      }
    }
    return found;
  }

  const hann = (length) =>
    Float64Array.from({ length }, (_, i) => (length > 1 ? 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (length - 1)) : 1));

  /** The mean power of some pictures in dB; null where there is none. */
  function decibels(pictures) {
    const known = pictures.filter(Boolean);
    if (!known.length) return null;
    const total = new Float64Array(SIDE * SIDE);
    for (const picture of known) {
      power(grey(picture), picture.width, picture.height).forEach((value, i) => { total[i] += value; });
    }
    return total.map((value) => 10 * Math.log10(value / known.length + 1));
  }

  /** Draw a spectrum into a pane: colours from `top` down, rings at the lattice frequencies. */
  function draw(pane, levels, top, scale) {
    if (!levels) return pane.replaceChildren(dom.make("p", { class: "hint" }, "no picture"));
    const canvas = dom.make("canvas");
    album.paint(canvas, coloured(levels.map((level) => (level - top) / RANGE + 1), SIDE, SIDE));
    pane.replaceChildren(canvas, rings(scale));
  }

  /** Rings around (k/s, l/s), zero apart, as SVG: sharp at any size. */
  function rings(scale) {
    const svg = (tag, attributes) => {
      const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
      Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
      return element;
    };
    const drawing = svg("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, "aria-hidden": "true" });
    for (const [x, y] of lattice(scale)) {
      drawing.append(svg("circle", { cx: x, cy: y, r: 3 }));
    }
    return drawing;
  }

  /** Where the lattice frequencies lie on a spectrum of 96 bins; those of one half appear on both edges. */
  function lattice(scale) {
    const along = [];
    for (let k = -Math.floor(scale / 2); k <= scale / 2; k++) along.push(SIDE / 2 + (k * SIDE) / scale);
    const middle = SIDE / 2;
    return along.flatMap((y) => along.map((x) => [x + 0.5, y + 0.5])).filter(([x, y]) => x !== middle + 0.5 || y !== middle + 0.5);
  }

  /** The highest level of a spectrum, 0 for none. */
  const top = (levels) => (levels ? levels.reduce((a, b) => Math.max(a, b), 0) : 0);

  return { SIDE, grey, errorMap, power, decibels, draw, lattice, top };
})();
