/** Numbers as people read them. */
const format = (() => {
  const UNKNOWN = "–";

  /** A number with so many digits; null is a dash, and minus is a minus, not a hyphen. */
  function number(value, digits) {
    if (value === null || value === undefined) return UNKNOWN;
    const known = Number(value);
    if (Number.isNaN(known)) return UNKNOWN;
    if (!Number.isFinite(known)) return known > 0 ? "∞" : "−∞";
    const text = Math.abs(known).toFixed(digits);
    return known < 0 && Number(text) !== 0 ? `−${text}` : text;
  }

  /** A difference, with its sign. */
  function signed(value, digits) {
    const text = number(value, digits);
    return /^\d/.test(text) && Number(text) !== 0 ? `+${text}` : text;
  }

  /** An interval "29.10 to 36.40"; "" where an end is not known. */
  function interval(low, high, digits, one = number) {
    const known = ![low, high].some((end) => end === null || end === undefined);
    return known ? `${one(low, digits)} to ${one(high, digits)}` : "";
  }

  /** A speed with as many digits as it deserves. */
  function speed(value) {
    return number(value, value !== null && value < 10 ? 1 : 0);
  }

  /** "1 image", "12 images". */
  function count(number_, word) {
    return `${number_} ${word}${number_ === 1 ? "" : "s"}`;
  }

  return { UNKNOWN, number, signed, interval, speed, count };
})();
