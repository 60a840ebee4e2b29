/** What the page's sections do: each adds itself, the page starts them in their order. */
const sections = (() => {
  const parts = [];

  /**
   * Add a part of the page.
   * @param {function()} attach Called once, before anything is shown.
   * @param {function(): Promise} [drawn] Fulfilled when its plots stand.
   */
  const add = (attach, drawn = () => Promise.resolve()) => parts.push({ attach, drawn });

  return { add, parts };
})();
