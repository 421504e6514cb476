/** Settings: the connections, another one, what was done, the account. */

import { useEffect, useRef, useState } from "./vendor/hooks.mjs";
import { html } from "./html.js";
import { Activity } from "./activity.js";
import { ConnectForm } from "./connect.js";
import { ConnectionCard } from "./connections.js";
import { TokenForm } from "./credentials.js";
import * as format from "./format.js";
import { MissingSettings, Segments } from "./ui.js";

const WAYS = [
  ["consent", "Authorize at Amazon"],
  ["token", "I have a refresh token"],
];

function ConnectAnother({ store, onChanged }) {
  const { connections, setup } = store;
  const [way, setWay] = useState("consent");
  const unset = setup.status === "configuration_error";
  return html`
    <div class="card">
      <h3>${connections.length ? "Connect another account" : "No store connected yet"}</h3>
      <p class="small">
        One authorization covers all marketplaces of a region: North America, Europe with the Middle East, Africa and India,
        or the Far East.
      </p>
      <${Segments} legend="How to connect" name="way" choices=${WAYS} value=${way} onChange=${setWay} />
      ${way === "token" && html`<${TokenForm} connections=${connections} onChanged=${onChanged} />`}
      ${way === "consent" &&
      (unset
        ? html`<${MissingSettings} missing=${setup.details?.missing} message=${setup.message} />`
        : html`<${ConnectForm} />`)}
    </div>
  `;
}

function Account({ user }) {
  const name = [user.first_name, user.last_name].filter(Boolean).join(" ");
  return html`
    <section aria-labelledby="account-title">
      <h2 id="account-title">Account</h2>
      <div class="card">
        <dl class="facts">
          ${name && html`<div class="whole"><dt>Name</dt><dd>${name}</dd></div>`}
          <div><dt>E-mail</dt><dd>${user.email}</dd></div>
          <div><dt>Member since</dt><dd>${format.dateTime(user.created_at)}</dd></div>
          <div><dt>Last login</dt><dd>${format.dateTime(user.last_login_at)}</dd></div>
        </dl>
      </div>
    </section>
  `;
}

/** Says what was done. It takes the keyboard when that was on something which has gone by it. */
function Said({ news }) {
  const place = useRef(null);
  useEffect(() => {
    if (news.words && document.activeElement === document.body) place.current.focus();
  }, [news]);
  return html`
    <p class=${news.words ? "notice notice-good" : "sr-only"} role="status" tabindex="-1" ref=${place}>${news.words}</p>
  `;
}

export function Settings({ user, store, reload }) {
  const { connections } = store;
  const [news, setNews] = useState({ words: "", revision: 0 });
  const several = connections.length > 1;

  async function changed(words) {
    await reload();
    setNews(({ revision }) => ({ words, revision: revision + 1 }));
  }
  return html`
    <header class="store"><h1>Settings</h1></header>
    <section aria-labelledby="connections-title">
      <h2 id="connections-title">Amazon</h2>
      <${Said} news=${news} />
      ${connections.map(
        (each) => html`<${ConnectionCard} key=${each.id} connection=${each} several=${several} onChanged=${changed} />`,
      )}
      <${ConnectAnother} store=${store} onChanged=${changed} />
    </section>
    <${Activity} connections=${connections} user=${user} revision=${news.revision} />
    <${Account} user=${user} />
  `;
}
