"use strict";
// Tables that sort by a click on a header and show the rows that a reader looks for.

(() => {
  const NEXT = { none: "first", first: "second", second: "none" };

  /** What a column is sorted by: numbers before words; null where there is nothing. */
  const keyOf = (cell) => {
    if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
    return "missing" in cell.dataset ? null : cell.textContent.trim();
  };

  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return a.localeCompare(b, "en", { numeric: true, sensitivity: "base" });
  };

  const sorted = (rows, column, down) => {
    const keyed = rows.map((row) => ({ row, key: keyOf(row.cells[column]) }));
    keyed.sort((a, b) => {
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
      return down ? compare(b.key, a.key) : compare(a.key, b.key);
    });
    return keyed.map((one) => one.row);
  };

  const sortable = (table) => {
    const body = table.tBodies[0], original = [...body.rows], heads = [...table.tHead.rows[0].cells];
    const states = heads.map(() => "none");
    heads.forEach((head, column) => {
      const name = head.textContent, button = nasgauge.make("button", { type: "button" });
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const state = NEXT[states[column]];
        states.fill("none");
        states[column] = state;
        const down = (state === "first") === ("down" in head.dataset);
        const way = state === "none" ? "none" : down ? "descending" : "ascending";
        heads.forEach((one) => one.setAttribute("aria-sort", one === head ? way : "none"));
        body.append(...(state === "none" ? original : sorted(original, column, down)));
        nasgauge.say(state === "none" ? "original order" : `sorted by ${name}, ${way}`);
      });
    });
  };

  const searchable = (table, number) => {
    const rows = [...table.tBodies[0].rows], id = `look-${number}`;
    const caption = table.closest(".scroll").getAttribute("aria-label");
    const input = nasgauge.make("input", { type: "search", id, autocomplete: "off", "aria-label": `Filter the rows of: ${caption}` });
    const count = nasgauge.make("span", { class: "quiet" }, `${rows.length} rows`);
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = words.length ? `${shown} of ${rows.length} rows` : `${rows.length} rows`;
      nasgauge.say(count.textContent);
    });
    const label = nasgauge.make("label", { for: id }, "Filter");
    table.closest(".scroll").before(nasgauge.make("div", { class: "look" }, label, input, count));
  };

  document.querySelectorAll("table.sortable").forEach((table, number) => {
    sortable(table);
    if ("long" in table.dataset) searchable(table, number);
  });
})();
