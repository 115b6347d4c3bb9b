"use strict";
// What the other scripts share, the button for light and dark, and buttons that copy.

const nasgauge = {
  /** An element with attributes and children; text never becomes markup. */
  make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  },
  draw(tag, attributes = {}, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  },
  data: (id) => JSON.parse(document.getElementById(id).textContent),
  /** Tell a screen reader what has changed. */
  say(text) { document.getElementById("said").textContent = text; },
  /** A number as people read it; a dash for none. */
  number(value) {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e8)) return value.toExponential(3);
    return value.toLocaleString("en", { maximumFractionDigits: size >= 1000 ? 1 : 4 });
  },
};

(() => {
  const root = document.documentElement, button = document.getElementById("theme");
  const modes = ["auto", "light", "dark"];
  const show = () => { button.textContent = `Theme: ${root.dataset.theme || "auto"}`; };
  button.addEventListener("click", () => {
    const next = modes[(modes.indexOf(root.dataset.theme || "auto") + 1) % modes.length];
    if (next === "auto") delete root.dataset.theme; else root.dataset.theme = next;
    try { localStorage.setItem("nasgauge-theme", next); } catch { /* not remembered, then */ }
    show();
    nasgauge.say(button.textContent);
    document.dispatchEvent(new Event("theme"));
  });
  show();
  button.hidden = false;
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new Event("theme")));
})();

(() => {
  const copy = async (text) => {
    try { await navigator.clipboard.writeText(text); return true; } catch { /* an old browser, or not allowed */ }
    const box = nasgauge.make("textarea", { class: "unseen" });
    box.value = text;
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    return done;
  };
  for (const box of document.querySelectorAll("[data-copy]")) {
    const button = nasgauge.make("button", { type: "button", "aria-label": `Copy ${box.dataset.copy}` }, "Copy");
    button.addEventListener("click", async () => {
      const done = await copy(box.querySelector("pre").textContent);
      button.textContent = done ? "Copied" : "Select and copy";
      button.focus();
      nasgauge.say(done ? `${box.dataset.copy} copied` : "Could not copy: select the text");
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    box.append(button);
  }
})();
