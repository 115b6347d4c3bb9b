"use strict";
// Figures that answer to a mouse, where plotly is in the page.

(() => {
  if (!window.Plotly) return;
  const inks = nasgauge.data("inks");
  const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const coarse = matchMedia("(pointer: coarse)").matches;

  /** A specification with our inks as the page has them now. */
  const painted = (value) => {
    if (typeof value === "string") return Object.hasOwn(inks, value) ? variable(inks[value]) : value;
    if (Array.isArray(value)) return value.map(painted);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, painted(one)]));
  };

  const axis = (own = {}) => ({
    linecolor: variable("--muted"), tickcolor: variable("--muted"), ticks: "outside", ticklen: 4, showline: true,
    zeroline: false, automargin: true, ...own, gridcolor: variable("--rule"),
  });

  const axes = (own) => {
    const names = new Set(["xaxis", "yaxis", ...Object.keys(own).filter((key) => /^[xy]axis\d*$/.test(key))]);
    return Object.fromEntries([...names].map((name) => [name, axis(own[name])]));
  };

  const layout = (own) => {
    const ink = variable("--ink");
    return {
      ...own,
      paper_bgcolor: variable("--paper"), plot_bgcolor: variable("--paper"), autosize: true, dragmode: coarse ? false : "zoom",
      font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: ink },
      margin: { l: 56, r: 12, t: 8, b: 44, ...own.margin },
      legend: { orientation: "h", x: 0, xanchor: "left", y: 1.02, yanchor: "bottom", font: { size: 12 }, ...own.legend },
      hoverlabel: { bgcolor: variable("--paper"), bordercolor: variable("--edge"), align: "left", font: { color: ink, size: 13 }, namelength: -1 },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: variable("--muted"), activecolor: ink },
      hoverdistance: 40,
      ...axes(own),
      uirevision: "kept",
    };
  };

  const CONFIG = {
    displaylogo: false, responsive: true, displayModeBar: "hover", modeBarButtons: [["resetScale2d"]],
    topojsonURL: "", plotlyServerURL: "", showTips: false, doubleClick: "reset",
  };

  /** The plotly figure in its own box, in front of the drawn one. */
  const mount = (figure, drawn) => {
    const spec = nasgauge.data(figure.dataset.hover), svg = drawn.querySelector("svg");
    const live = nasgauge.make("div", { class: "live", role: "group", "aria-label": svg.getAttribute("aria-label") });
    const { width, height } = drawn.getBoundingClientRect();
    const names = spec.data.filter((one) => one.showlegend !== false && one.type !== "heatmap").map((one) => one.name || "");
    const lines = names.length > 1 ? Math.ceil(names.reduce((sum, name) => sum + 7 * name.length + 56, 0) / Math.max(width - 70, 200)) : 0;
    live.style.height = `${Math.round(Math.max(Math.min(height, width), 280 + 20 * lines))}px`;
    drawn.before(live);
    figure.classList.add("alive");
    const paint = (call) => { const own = painted(spec); return call(live, own.data, layout(own.layout), CONFIG); };
    paint(Plotly.newPlot);
    document.addEventListener("theme", () => paint(Plotly.react));
    return live;
  };

  /** What is drawn is there to be read; it answers while a mouse is on it, or after a click on the button. */
  const lively = (figure) => {
    const drawn = figure.querySelector(".drawn"), label = drawn.querySelector("svg").getAttribute("aria-label");
    const button = nasgauge.make("button", { type: "button", class: "swap", "aria-pressed": "false", "aria-label": `Explore: ${label}` }, "Explore");
    let live = null, pinned = false, timer = 0;
    const wake = () => {
      if (live === null) { live = mount(figure, drawn); live.addEventListener("pointerenter", stay); live.addEventListener("pointerleave", leave); return; }
      figure.classList.add("alive");
      Plotly.Plots.resize(live);
    };
    const sleep = () => { if (!pinned) figure.classList.remove("alive"); };
    const stay = () => clearTimeout(timer);
    const leave = (event) => { stay(); if (event.buttons === 0) timer = setTimeout(sleep, 400); };
    drawn.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "mouse" || event.movementX === 0 && event.movementY === 0) return;
      stay();
      timer = setTimeout(wake, 80);
    });
    drawn.addEventListener("pointerleave", stay);
    button.addEventListener("click", () => {
      pinned = !pinned;
      button.setAttribute("aria-pressed", String(pinned));
      if (pinned) wake(); else sleep();
    });
    figure.querySelector("figcaption").append(button);
  };

  document.querySelectorAll("figure[data-hover]").forEach(lively);
})();
