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

  /**
   * A number as its column says: a Python format like ".2f", ".4g", "+.3f".
   * @param {*} value
   * @param {string} form
   */
  function written(value, form) {
    const [, plus, digits, kind] = /^(\+?)(?:\.(\d+))?([fgde%]?)$/.exec(form) ?? ["", "", "4", "g"];
    if (value === null || value === undefined) return UNKNOWN;
    const known = Number(value);
    if (kind === "f" || kind === "d" || !Number.isFinite(known)) {
      return (plus ? signed : number)(value, Number(kind === "d" ? 0 : digits ?? 6));
    }
    const text = kind === "%" ? `${(100 * known).toFixed(Number(digits ?? 0))} %`
      : kind === "e" ? known.toExponential(Number(digits ?? 6)) : String(Number(known.toPrecision(Number(digits ?? 6) || 1)));
    if (!/[1-9]/.test(text)) return text.replace("-", ""); // what is written as zero has no sign
    return `${plus && known > 0 ? "+" : ""}${text}`.replace("-", "−");
  }

  /** The format of a difference of such numbers. */
  const difference = (form) => (form.startsWith("+") ? form : `+${form}`);

  /** An interval "29.10 to 36.40"; "" where an end is not known. */
  function interval(low, high, form) {
    const known = ![low, high].some((end) => end === null || end === undefined);
    return known ? `${written(low, form)} to ${written(high, form)}` : "";
  }

  /** A speed in Mpx/s with as many digits as it deserves: below 1 two that count, as the tables have. */
  function speed(value) {
    const rounded = Number(Number(value).toPrecision(2));
    if (value !== null && rounded > 0 && rounded < 1) return number(rounded, Math.min(1 - Math.floor(Math.log10(rounded)), 100));
    return number(value, value !== null && value < 10 ? 1 : 0);
  }

  /** "1 image", "12 images". */
  function count(number_, word) {
    return `${number_} ${word}${number_ === 1 ? "" : "s"}`;
  }

  return { UNKNOWN, number, signed, written, difference, interval, speed, count };
})();
