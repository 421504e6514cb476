/** The root: who is logged in, which view the address asks for, and the frame around it. */

import { render } from "./vendor/preact.mjs";
import { useEffect, useRef, useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { Frame } from "./frame.js";
import { html } from "./html.js";
import { Login } from "./login.js";
import { Loading, Problem } from "./ui.js";
import { fetchView, viewAt } from "./views.js";
import { Workspace } from "./workspace.js";

/**
 * Where somebody goes on who was sent here to log in, having begun at Amazon, or at Shopify (which has signed what comes
 * along; the server looks): those two addresses of ours, to the letter. Whatever else the query asks for is ignored, so
 * that nobody can be sent elsewhere by a link to our log-in.
 */
function doorTo() {
  const next = new URLSearchParams(location.search).get("next") ?? "";
  const ours = `${location.origin}/api/v1`;
  if (next === `${ours}/amazon/oauth/login`) return { where: "Amazon", next };
  return next.startsWith(`${ours}/shopify/oauth/authorize?`) ? { where: "Shopify", next } : null;
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
    scrollTo(0, 0);
    setPath(location.pathname);
  }
  return [path, go];
}

function App() {
  const [path, go] = usePath();
  // undefined: not known yet; null: nobody.
  const [user, setUser] = useState(undefined);
  const [error, setError] = useState(null);
  const door = path === "/login" ? doorTo() : null;
  const wanted = useRef(location.pathname === "/login" ? "/" : location.pathname + location.search);

  async function recognise() {
    setError(null);
    // The server's hint that there is no session: asking whose it is would only be refused.
    if (!/(^|; )portside_here=1/.test(document.cookie)) return setUser(null);
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
      if (door) location.replace(door.next);
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
  if (user === null) return html`<${Login} onLoggedIn=${setUser} from=${door?.where} />`;
  if (door) return html`<main class="alone"><${Loading} what="${door.where}'s page" /></main>`;
  // For one moment after logging in the address still says /login.
  if (path === "/login") return null;
  return html`
    <${Frame} user=${user} view=${viewAt(path)} go=${go} onLogOut=${logOut}>
      ${error && html`<${Problem} title="You're still logged in" error=${error} retry=${logOut} />`}
      <${Workspace} user=${user} view=${viewAt(path)} path=${path} go=${go} />
    <//>
  `;
}

// The view's module is on its way while we ask who is there; if it can't be had, the view says so.
fetchView(viewAt(location.pathname)).catch(() => {});
render(html`<${App} />`, document.getElementById("app"));
