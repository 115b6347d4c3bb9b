"use strict";
// Look at an architecture: choose a proxy and a point, and see the cell with all that is known of it.

(() => {
  const { make, number, say } = nasgauge;

  const explorer = (box) => {
    const data = nasgauge.data(box.dataset.explorer), id = box.dataset.explorer, heading = box.querySelector("h3");
    const unit = data.unit ? ` ${data.unit}` : "";
    const operations = data.cells ? [...new Set(data.cells.rows.flatMap((row, i) => (row ? nasgauge.cell(data.cells, i).operations : [])))].sort() : [];
    const select = make("select", { id: `${id}-proxy` }, ...data.proxies.map((proxy, i) => make("option", { value: i }, proxy.name)));
    const input = make("input", { id: `${id}-index`, type: "text", inputmode: "numeric", autocomplete: "off", size: 7 });
    const form = make("form", { "aria-labelledby": heading.id },
      make("label", {}, "Rank by ", select), make("label", {}, "Architecture ", input), make("button", {}, "Show"));
    const before = make("button", { type: "button" }, "Next better"), after = make("button", { type: "button" }, "Next worse");
    form.append(before, after);
    const left = make("div"), right = make("div", { class: "architecture", role: "region", "aria-label": "The chosen architecture" });
    const drawn = data.archs.length < data.all ? ` ${number(data.archs.length)} of ${number(data.all)} architectures, drawn at random; ranks are among all.` : "";
    const hint = make("p", { class: "quiet" }, `A point is an architecture of the first seed; the shaded square is the top k of both.${drawn} Click one, or use the arrow keys.`);
    box.append(form, make("div", { class: "explore" }, left, right));
    let proxy = data.proxies[0], points = [], plane = null, place = 0;

    const rank = (one, at) => one.ranks[at], truth = (one, at) => data.truth_ranks[one.truth][at];
    const short = (at) => `#${data.archs[at]}: truth ${number(truth(proxy, at))}, score ${number(rank(proxy, at))}`;
    const long = (at) => `architecture ${data.archs[at]}, ${number(data.truth[at])}${unit}, rank ${number(truth(proxy, at))} by truth`
      + (rank(proxy, at) === null ? "" : `, rank ${number(rank(proxy, at))} by ${proxy.name}`);

    const show = (at, aloud = true) => {
      place = at;
      input.value = data.archs[at];
      plane.mark(at, long(at));
      right.replaceChildren(...described(data, at, proxy, operations, unit));
      if (aloud) say(long(at));
    };
    const move = (step) => {
      const at = points.findIndex((p) => p.place === place);
      const next = step === Infinity ? points.length - 1 : step === -Infinity ? 0 : Math.min(Math.max(at + step, 0), points.length - 1);
      if (points.length) show(points[next].place);
    };
    const rebuild = () => {
      const known = data.archs.map((_, at) => ({ place: at, x: truth(proxy, at), y: rank(proxy, at) })).filter((p) => p.y !== null);
      points = known.sort((a, b) => a.x - b.x || a.y - b.y);
      plane = nasgauge.plane(proxy, points, (at) => show(at), short);
      plane.svg.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: 1, ArrowDown: 1, ArrowRight: -1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        move(step);
      });
      left.replaceChildren(plane.svg, hint);
    };

    select.addEventListener("change", () => { proxy = data.proxies[select.value]; rebuild(); show(place); });
    before.addEventListener("click", () => move(-1));
    after.addEventListener("click", () => move(1));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const asked = input.value.replace(/[\s,#]/g, ""), at = asked === "" ? -1 : data.archs.indexOf(Number(asked));
      if (at >= 0) { show(at); return; }
      const one = data.archs[points.length ? points[0].place : 0], among = `the ${number(data.archs.length)} shown`;
      const why = asked === "" ? `Type the number of an architecture: one of ${among}, such as ${one}.`
        : `Architecture ${input.value.trim()} is not among ${among}; give one of them, such as ${one}.`;
      plane.mark(-1, why);
      right.replaceChildren(make("p", {}, why));
      say(why);
    });
    rebuild();
    show(points.length ? points[0].place : 0, false);
    box.hidden = false;
  };

  const described = (data, at, proxy, operations, unit) => {
    const cell = nasgauge.cell(data.cells, at), title = `Architecture ${data.archs[at].toLocaleString("en", { useGrouping: false })}`;
    const terms = make("dl", {}, make("dt", {}, data.metric), make("dd", {}, `${number(data.truth[at])}${unit}`));
    const by = data.truth_ranks[proxy.truth][at];
    if (by !== null) terms.append(make("dt", {}, "rank by truth"), make("dd", {}, `${number(by)} of ${number(proxy.n)}`));
    if (data.params && data.params[at] !== null) terms.append(make("dt", {}, "params"), make("dd", {}, data.params[at].toLocaleString("en")));
    const parts = [make("h4", {}, title)];
    if (cell) parts.push(make("p", { class: "text" }, cell.text), nasgauge.drawCell(cell, operations, `${title}: ${cell.text}`));
    return [...parts, terms, scores(data, at, proxy)];
  };

  const scores = (data, at, chosen) => {
    const rows = data.proxies.map((proxy) => {
      const row = make("tr", proxy === chosen ? { "aria-current": "true" } : {}, make("th", { scope: "row" }, proxy.name),
        make("td", {}, number(proxy.scores[at])), make("td", {}, proxy.ranks[at] === null ? "–" : `${number(proxy.ranks[at])} of ${number(proxy.n)}`));
      return row;
    });
    const head = make("tr", {}, ...["proxy", "score", "rank"].map((name) => make("th", { scope: "col" }, name)));
    return make("div", { class: "numbers", role: "region", tabindex: 0, "aria-label": "Scores and ranks" },
      make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)));
  };

  document.querySelectorAll("[data-explorer]").forEach(explorer);
})();
