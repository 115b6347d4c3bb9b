"use strict";
// Architectures on the plane of rank by truth and rank by score; 1 is best, and stands at the top and on the right.

(() => {
  const SIZE = 480, LEFT = 58, BOTTOM = 46, TOP = 12, RIGHT = 14, NEAR = 14;

  /** The plane of a proxy: `points` are {place, x, y}; `choose` and `over` are told a place, `over` null for none. */
  nasgauge.plane = (proxy, points, choose, over) => {
    const last = Math.max(proxy.n, 2), wide = SIZE - LEFT - RIGHT, high = SIZE - TOP - BOTTOM;
    const x = (rank) => LEFT + (wide * (last - rank)) / (last - 1), y = (rank) => TOP + (high * (rank - 1)) / (last - 1);
    const svg = nasgauge.draw("svg", {
      class: "plane", viewBox: `0 0 ${SIZE} ${SIZE}`, tabindex: 0, role: "slider", "aria-orientation": "horizontal",
      "aria-label": `Architectures by rank: ${proxy.name} against truth. Arrow keys go from one to the next by truth`,
      "aria-valuemin": 1, "aria-valuemax": points.length,
    });
    svg.append(...furniture(proxy, x, y, last));
    const radius = Math.min(Math.max(110 / Math.sqrt(points.length) / 2, 1.6), 4.5);
    const dots = nasgauge.draw("g");
    for (const p of points) dots.append(nasgauge.draw("circle", { class: "dot", cx: x(p.x).toFixed(1), cy: y(p.y).toFixed(1), r: radius.toFixed(1) }));
    const across = nasgauge.draw("path", { class: "cross", fill: "none" });
    const near = nasgauge.draw("circle", { class: "near", r: radius + 3, cx: -99, cy: -99 });
    const chosen = nasgauge.draw("circle", { class: "chosen", r: radius + 2.5, cx: -99, cy: -99 });
    const label = nasgauge.draw("text", { class: "halo", "aria-hidden": "true" });
    svg.append(dots, across, chosen, near, label);

    /** The point under the mouse, or close to it. */
    const under = (event) => {
      const matrix = svg.getScreenCTM();
      if (!matrix) return null;
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
      const reach = NEAR / Math.max(matrix.a, 0.2);
      let best = null, least = reach * reach;
      for (const p of points) {
        const distance = (x(p.x) - at.x) ** 2 + (y(p.y) - at.y) ** 2;
        if (distance < least) { least = distance; best = p; }
      }
      return best;
    };

    const put = (circle, p) => { circle.setAttribute("cx", p ? x(p.x) : -99); circle.setAttribute("cy", p ? y(p.y) : -99); };
    const hover = (p) => {
      put(near, p);
      label.textContent = p ? over(p.place) : "";
      if (!p) return;
      const right = x(p.x) > SIZE / 2;
      label.setAttribute("x", x(p.x) + (right ? -10 : 10));
      label.setAttribute("y", Math.max(y(p.y) - 8, 16));
      label.setAttribute("text-anchor", right ? "end" : "start");
    };
    svg.addEventListener("pointermove", (event) => hover(under(event)));
    svg.addEventListener("pointerleave", () => hover(null));
    svg.addEventListener("click", (event) => { const p = under(event); if (p) choose(p.place); });

    return {
      svg,
      /** Mark the chosen architecture; `said` is what a screen reader tells. */
      mark(place, said) {
        const at = points.findIndex((p) => p.place === place), p = points[at];
        put(chosen, p);
        across.setAttribute("d", p ? `M${LEFT},${y(p.y)}H${x(p.x)}V${SIZE - BOTTOM}` : "M0,0");
        svg.setAttribute("aria-valuenow", p ? at + 1 : 1);
        svg.setAttribute("aria-valuetext", said);
      },
    };
  };

  const furniture = (proxy, x, y, last) => {
    const edge = SIZE - BOTTOM, k = Math.min(proxy.k, last), middle = (LEFT + SIZE - RIGHT) / 2;
    const text = (words, attributes) => nasgauge.draw("text", { "aria-hidden": "true", ...attributes }, words);
    const ranks = [1, Math.round(last / 2), last].filter((rank, i, all) => all.indexOf(rank) === i);
    return [
      nasgauge.draw("path", { class: "axis even", d: `M${x(last)},${y(last)}L${x(1)},${y(1)}` }),
      nasgauge.draw("rect", { class: "window", x: x(k), y: y(1), width: x(1) - x(k), height: y(k) - y(1) }),
      nasgauge.draw("path", { class: "axis", d: `M${LEFT - 6},${TOP}V${edge + 6}H${SIZE - RIGHT}` }),
      ...ranks.map((rank) => text(rank.toLocaleString("en"), { x: Math.min(x(rank), SIZE - 18), y: edge + 21, "text-anchor": "middle" })),
      ...ranks.map((rank) => text(rank.toLocaleString("en"), { x: LEFT - 11, y: y(rank) + 4.5, "text-anchor": "end" })),
      text("rank by truth (1 = best)", { x: middle, y: SIZE - 6, "text-anchor": "middle" }),
      text(`rank by ${proxy.name}`, { x: 13, y: SIZE / 2 - 10, "text-anchor": "middle", transform: `rotate(-90 13 ${SIZE / 2 - 10})` }),
    ];
  };
})();
