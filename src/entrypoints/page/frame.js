/** The frame around every view: the navigation, which is a bar at the thumb on a phone, and who is logged in. */

import { useEffect, useLayoutEffect, useRef, useState } from "./vendor/hooks.mjs";
import { html } from "./html.js";
import { Segments } from "./ui.js";
import { VIEWS, fetchView } from "./views.js";

/** A link within the page. */
export function Link({ to, go, children, ...rest }) {
  function follow(event) {
    // A click with a modifier means a new tab or window: that is the browser's business.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  }
  return html`<a ...${rest} href=${to} onClick=${follow}>${children}</a>`;
}

const Icon = ({ path }) => html`
  <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
    <path d=${path} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
  </svg>
`;

function Entry({ view, current, go }) {
  // What is pointed at is probably wanted next.
  const ahead = () => fetchView(view).catch(() => {});
  return html`
    <li>
      <${Link} to=${view.path} go=${go} aria-current=${current ? "page" : undefined} onPointerEnter=${ahead} onFocus=${ahead}>
        <${Icon} path=${view.icon} />
        ${view.short
          ? html`<span class="nav-long">${view.name}</span><span class="nav-short" aria-hidden="true">${view.short}</span>`
          : html`<span>${view.name}</span>`}
      <//>
    </li>
  `;
}

const THEMES = [
  ["auto", "Auto"],
  ["light", "Light"],
  ["dark", "Dark"],
];

function Theme() {
  const { portsideTheme } = window; // a classic script: see index.html
  const [now, setNow] = useState(portsideTheme.now);
  function choose(theme) {
    portsideTheme.choose(theme);
    setNow(theme);
  }
  return html`<${Segments} legend="Colours" name="theme" choices=${THEMES} value=${now} onChange=${choose} />`;
}

/** Open on a phone alone: a wide screen shows what is in it always. Escape and a click elsewhere close it. */
function useSheet(path) {
  const [open, setOpen] = useState(false);
  const nav = useRef(null);
  const button = useRef(null);
  useEffect(() => setOpen(false), [path]);
  useLayoutEffect(() => {
    if (!open) return undefined;
    function onKey(event) {
      if (event.key !== "Escape") return;
      setOpen(false);
      button.current.focus();
    }
    const onPress = (event) => nav.current.contains(event.target) || setOpen(false);
    addEventListener("keydown", onKey);
    addEventListener("pointerdown", onPress);
    return () => {
      removeEventListener("keydown", onKey);
      removeEventListener("pointerdown", onPress);
    };
  }, [open]);
  return { open, toggle: () => setOpen(!open), nav, button };
}

function Navigation({ user, view, go, onLogOut }) {
  const { open, toggle, nav, button } = useSheet(view.path);
  const entries = (main) =>
    VIEWS.filter((each) => !!each.main === main).map(
      (each) => html`<${Entry} key=${each.path} view=${each} current=${each === view} go=${go} />`,
    );
  return html`
    <nav class="nav" aria-label="Main" ref=${nav}>
      <ul class="nav-main">${entries(true)}</ul>
      <button
        type="button"
        class="nav-more"
        ref=${button}
        aria-expanded=${open}
        aria-controls="nav-sheet"
        data-current=${view.main ? undefined : "true"}
        onClick=${toggle}
      >
        <${Icon} path="M4 6h12M4 10h12M4 14h12" /><span>More</span>
      </button>
      <div id="nav-sheet" class="nav-sheet ${open ? "open" : ""}">
        <ul>${entries(false)}</ul>
        <div class="nav-user">
          <${Theme} />
          <span class="nav-email" title=${user.email}>${user.email}</span>
          <button type="button" class="button" onClick=${onLogOut}>Log out</button>
        </div>
      </div>
    </nav>
  `;
}

export function Frame({ user, view, go, onLogOut, children }) {
  const main = useRef(null);
  const arrived = useRef(false);
  useEffect(() => {
    document.title = `${view.name} · Portside`;
    // After a change of view the keyboard and the screen reader start at its top, as after a page load.
    if (arrived.current) main.current.focus({ preventScroll: true });
    arrived.current = true;
  }, [view]);
  return html`
    <a class="skip" href="#main">Skip to content</a>
    <div class="frame">
      <header class="side">
        <${Link} class="brand" to="/" go=${go}><img src="/assets/icon.svg" alt="" width="28" height="28" />Portside<//>
        <${Navigation} user=${user} view=${view} go=${go} onLogOut=${onLogOut} />
      </header>
      <main id="main" tabindex="-1" aria-label=${view.name} ref=${main}>${children}</main>
    </div>
  `;
}
