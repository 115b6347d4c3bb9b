"use strict";
// A cell: nodes, arrows between them, and what each arrow does.

/** The cell in row `index` of packed drawings: {points, links, labels, operations, text}; null where it is not known. */
nasgauge.cell = (packed, index) => {
  const row = packed && packed.rows[index];
  if (!row) return null;
  const nodes = packed.nodes[row[0]].map((place) => packed.spots[place]), [labelled, ...joins] = packed.links[row[1]];
  const links = joins.map((place) => packed.joins[place]), words = row.slice(3).map((place) => packed.words[place]);
  const operations = labelled ? words.splice(0, links.length) : links.map(() => "");
  const text = packed.texts[row[2]].replace(/\ue000/g, () => words.shift());
  return { points: nodes.map(([x, y]) => [x, y]), labels: nodes.map((node) => node[2]), links, operations, text };
};

(() => {
  const INKS = ["--blue", "--vermillion", "--green", "--purple", "--orange", "--sky"];
  const CHARACTER = 7.3, LINE = 15, ROOM = 22, NARROW = 340;

  /** The middle of an arc, `bend` above the straight line, and the control point that takes it there. */
  const arc = (from, to, bend) => {
    const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
    const up = { x: -(to.y - from.y) / length, y: (to.x - from.x) / length };
    const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
    const at = (height) => ({ x: middle.x + up.x * height, y: middle.y + up.y * height });
    return { top: at(bend), control: at(2 * bend) };
  };

  /** A label in lines, with half the width and height of the box around it. */
  const boxed = (label) => {
    const lines = label.split(" "), longest = Math.max(...lines.map((line) => line.length));
    return { lines, x: Math.max(15, (longest * CHARACTER) / 2 + 8), y: Math.max(14, (lines.length * LINE) / 2 + 5) };
  };

  /** From the cell's units, y upwards, to those of the drawing: as wide as the labels ask for. */
  const frame = (cell, boxes) => {
    const spots = cell.points.map(([x, y]) => ({ x, y }));
    const tops = cell.links.map(([from, to, bend]) => arc(spots[from], spots[to], bend).top);
    const all = [...spots, ...tops], xs = all.map((p) => p.x), ys = all.map((p) => p.y);
    const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const half = Math.max(...boxes.map((box) => box.x)), operation = Math.max(0, ...cell.operations.map((one) => one.length));
    const scale = 2 * half + Math.max(26, operation ? operation * CHARACTER - half + 26 : 0);
    const width = Math.max(scale * (right - left) + 2 * half + 8, NARROW), shift = (width - scale * (right - left)) / 2;
    const rise = Math.max(ROOM, boxes[0].y + 4);
    return {
      width, height: scale * (high - low) + 2 * rise, spots,
      at: (p) => ({ x: shift + scale * (p.x - left), y: rise + scale * (high - p.y) }),
    };
  };

  const head = (id, ink) => nasgauge.draw("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" },
    nasgauge.draw("path", { d: "M0,0.6L7.5,4L0,7.4z", style: `fill:var(${ink})` }));

  /** Where a line from `from` to the middle of a box meets its border. */
  const border = (middle, from, box) => {
    const dx = from.x - middle.x, dy = from.y - middle.y;
    const share = Math.min(box.x / Math.max(Math.abs(dx), 1e-9), box.y / Math.max(Math.abs(dy), 1e-9), 1);
    return { x: middle.x + dx * share, y: middle.y + dy * share };
  };

  const node = (p, box) => [
    nasgauge.draw("rect", { class: "node", x: (p.x - box.x).toFixed(1), y: (p.y - box.y).toFixed(1), width: (2 * box.x).toFixed(1), height: 2 * box.y, rx: 13 }),
    ...box.lines.map((line, i) => nasgauge.draw("text", {
      x: p.x.toFixed(1), y: (p.y + 4.5 + LINE * (i - (box.lines.length - 1) / 2)).toFixed(1), "text-anchor": "middle",
    }, line)),
  ];

  const point = (p) => `${p.x.toFixed(1)},${p.y.toFixed(1)}`;

  /** The drawing of a cell; `operations` is the order that inks are given in, the same for every cell. */
  nasgauge.drawCell = (cell, operations, name) => {
    const boxes = cell.labels.map(boxed), view = frame(cell, boxes), at = view.spots.map(view.at);
    const svg = nasgauge.draw("svg", {
      class: "cell", viewBox: `0 0 ${view.width.toFixed(0)} ${view.height.toFixed(1)}`, style: `max-width:${(view.width * 1.15).toFixed(0)}px`,
      role: "img", "aria-label": name,
    });
    const marks = nasgauge.draw("defs"), lines = nasgauge.draw("g"), words = nasgauge.draw("g"), made = new Set();
    cell.links.forEach(([from, to, bend], i) => {
      const operation = cell.operations[i], ink = operation ? INKS[operations.indexOf(operation) % INKS.length] : "--ink";
      const path = arc(view.spots[from], view.spots[to], bend), control = view.at(path.control), top = view.at(path.top);
      const start = border(at[from], control, boxes[from]), end = border(at[to], control, boxes[to]);
      const place = bend ? { x: top.x, y: top.y + 4 } : { x: (start.x + end.x) / 2, y: top.y - 7 };
      const id = `head${ink}`;
      if (!made.has(ink)) { made.add(ink); marks.append(head(id, ink)); }
      lines.append(nasgauge.draw("path", {
        class: "link", style: `stroke:var(${ink})`, "marker-end": `url(#${id})`,
        d: `M${point(start)}Q${point(control)} ${point(end)}`,
      }));
      if (operation) words.append(nasgauge.draw("text", { class: "halo", x: place.x.toFixed(1), y: place.y.toFixed(1), "text-anchor": "middle" }, operation));
    });
    svg.append(marks, lines, nasgauge.draw("g", {}, ...at.flatMap((p, i) => node(p, boxes[i]))), words);
    return svg;
  };
})();
