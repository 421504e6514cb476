/** The root: who is logged in, which view the address asks for, and the frame around it. */

import { render } from "./vendor/preact.mjs";
import { useEffect, useRef, useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { Login } from "./login.js";
import { Workspace } from "./workspace.js";
import { Loading, Problem } from "./ui.js";

const VIEWS = [
  { path: "/", name: "Overview" },
  { path: "/settings", name: "Settings" },
];

/**
 * Where a seller goes on who was sent here to log in, having begun at Amazon: that one address of ours, letter by
 * letter. Whatever else the query asks for is ignored, so that nobody can be sent elsewhere by a link to our log-in.
 */
function amazonsDoor() {
  const door = `${location.origin}/api/v1/amazon/oauth/login`;
  return new URLSearchParams(location.search).get("next") === door ? door : null;
}

/** The address, and a way to change it without loading the page again. */
function usePath() {
  const [path, setPath] = useState(location.pathname);
  useEffect(() => {
    const follow = () => setPath(location.pathname);
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
  function go(target, { replace = false } = {}) {
    history[replace ? "replaceState" : "pushState"](null, "", target);
    setPath(location.pathname);
  }
  return [path, go];
}

function Link({ to, go, current, children }) {
  function follow(event) {
    // A click with a modifier means a new tab or window: that is the browser's business.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  }
  return html`<a href=${to} aria-current=${current ? "page" : undefined} onClick=${follow}>${children}</a>`;
}

function Frame({ user, path, go, onLogOut, children }) {
  const main = useRef(null);
  const arrived = useRef(false);
  useEffect(() => {
    document.title = `${VIEWS.find((view) => view.path === path)?.name ?? "Overview"} · Portside`;
    // After a change of view the keyboard and the screen reader start at its top, as after a page load.
    if (arrived.current) main.current.focus();
    arrived.current = true;
  }, [path]);

  return html`
    <a class="skip" href="#main">Skip to content</a>
    <header class="topbar">
      <div class="topbar-inner">
        <span class="brand"><img src="/assets/icon.svg" alt="" width="28" height="28" />Portside</span>
        <nav aria-label="Main">
          ${VIEWS.map(
            (view) => html`
              <${Link} key=${view.path} to=${view.path} go=${go} current=${view.path === path}>${view.name}<//>
            `,
          )}
        </nav>
        <div class="topbar-user">
          <span class="topbar-email" title=${user.email}>${user.email}</span>
          <button type="button" class="button button-quiet" onClick=${onLogOut}>Log out</button>
        </div>
      </div>
    </header>
    <main id="main" tabindex="-1" ref=${main}>${children}</main>
  `;
}

function App() {
  const [path, go] = usePath();
  // undefined: not known yet; null: nobody.
  const [user, setUser] = useState(undefined);
  const [error, setError] = useState(null);
  const door = path === "/login" ? amazonsDoor() : null;
  const wanted = useRef(location.pathname === "/login" ? "/" : location.pathname + location.search);

  async function recognise() {
    setError(null);
    await api.me().then(setUser, (problem) => problem.status !== 401 && setError(problem));
  }

  useEffect(() => {
    api.whenLoggedOut(() => setUser(null));
    recognise();
  }, []);

  useEffect(() => {
    if (user === null && path !== "/login") {
      wanted.current = location.pathname + location.search;
      go("/login", { replace: true });
    }
    if (user && path === "/login") {
      // Not kept in the history: going back to it would begin an authorization that is over.
      if (door) location.replace(door);
      else go(wanted.current, { replace: true });
    }
  }, [user, path]);

  async function logOut() {
    try {
      await api.logOut();
    } catch (problem) {
      // Still logged in at the server: pretending otherwise would leave the session open on a shared machine.
      setError(problem);
      return;
    }
    setError(null);
    wanted.current = "/";
    setUser(null);
    go("/login");
  }

  if (error && !user) {
    return html`<main class="alone"><${Problem} title="Portside isn't answering" error=${error} retry=${recognise} /></main>`;
  }
  if (user === undefined) return html`<main class="alone"><${Loading} what="Portside" /></main>`;
  if (user === null) return html`<${Login} onLoggedIn=${setUser} fromAmazon=${door !== null} />`;
  if (door) return html`<main class="alone"><${Loading} what="Amazon's page" /></main>`;
  // For one moment after logging in the address still says /login.
  if (path === "/login") return null;
  return html`
    <${Frame} user=${user} path=${path} go=${go} onLogOut=${logOut}>
      ${error && html`<${Problem} title="You're still logged in" error=${error} retry=${logOut} />`}
      <${Workspace} user=${user} path=${path} go=${go} />
    <//>
  `;
}

render(html`<${App} />`, document.getElementById("app"));
