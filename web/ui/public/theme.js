// Sets the colours before the first paint; src/theme/theme.ts changes them later.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("livos.theme");
  } catch {
    // A browser that keeps nothing follows the system.
  }
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
