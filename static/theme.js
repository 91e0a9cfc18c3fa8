// Loaded before the first paint, so that a dark page never flashes white. The switch itself is in app.js.
// Pages of the signed-in carry their account's choice; the others go by the browser's own storage.
(() => {
  const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
  window.applyTheme = () => {
    let choice = root.dataset.myTheme;
    try { choice ||= localStorage.getItem("theme"); } catch { /* storage may be closed to us */ }
    root.dataset.bsTheme = choice === "light" || choice === "dark" ? choice : dark.matches ? "dark" : "light";
  };
  applyTheme();
  dark.addEventListener("change", applyTheme);
})();
