// Loaded before the first paint: the theme that was chosen, and that scripts are on.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  let theme = new URLSearchParams(location.search).get("theme");
  try { theme = theme || localStorage.getItem("jalon-theme"); } catch { /* storage refused: follow the system */ }
  if (theme === "dark" || theme === "light") root.dataset.bsTheme = theme;
})();
