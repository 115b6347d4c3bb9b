"use strict";
// Before anything is drawn: the mode that the reader chose last time.
try {
  const theme = localStorage.getItem("nasgauge-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch { /* a browser that keeps nothing follows the system */ }
