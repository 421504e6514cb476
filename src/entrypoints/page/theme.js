/* A classic script in the head, so that the chosen colours are there before the first paint. */
(() => {
  const KEY = "portside-theme";
  const root = document.documentElement;
  const themes = ["auto", "light", "dark"];
  function kept() {
    // A browser that keeps nothing for us follows the system.
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  }
  function show(theme) {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
      meta.media = theme === "auto" ? `(prefers-color-scheme: ${meta.dataset.of})` : meta.dataset.of === theme ? "all" : "not all";
    }
  }
  const first = kept();
  window.portsideTheme = {
    now: themes.includes(first) ? first : "auto",
    choose(theme) {
      this.now = theme;
      show(theme);
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        // Nothing is kept, so the choice is for this page alone.
      }
      dispatchEvent(new Event("themechange"));
    },
  };
  show(window.portsideTheme.now);
})();
