/** Settings: the connections of every channel, API keys, what was done, the account. */

import { useEffect, useRef, useState } from "./vendor/hooks.mjs";
import { html } from "./html.js";
import { Activity } from "./activity.js";
import { Ads } from "./ads.js";
import { useChannels } from "./channels.js";
import { ConnectForm } from "./connect.js";
import { ConnectionCard } from "./connections.js";
import { TokenForm } from "./credentials.js";
import * as format from "./format.js";
import { ApiKeys } from "./keys.js";
import { Password } from "./password.js";
import { Stores } from "./stores.js";
import { Loading, MissingSettings, Problem, Segments } from "./ui.js";

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
      <h3>${connections.length ? "Connect another account" : "No seller connected yet"}</h3>
      <p class="small">
        One authorization covers all marketplaces of a region: North America, Europe with the Middle East, Africa and India,
        or the Far East.
      </p>
      <${Segments} legend="How to connect Amazon" name="way" choices=${WAYS} value=${way} onChange=${setWay} />
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
    <div class="card">
      <dl class="facts">
        ${name && html`<div class="whole"><dt>Name</dt><dd>${name}</dd></div>`}
        <div><dt>E-mail</dt><dd>${user.email ?? "None"}</dd></div>
        <div><dt>Member since</dt><dd>${format.dateTime(user.created_at)}</dd></div>
        <div><dt>Last login</dt><dd>${format.dateTime(user.last_login_at)}</dd></div>
      </dl>
    </div>
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

const PARTS = {
  amazon: "Amazon",
  ads: "Amazon Ads",
  shopify: "Shopify",
  keys: "API keys",
  activity: "Activity",
  account: "Account",
};

const NOTHING = { words: "", part: null, revision: 0 };

export function Settings({ user, store, sync, go, reload }) {
  const [news, setNews] = useState(NOTHING);
  const channels = useChannels(store.connections, sync.changes);

  const changed = (part) => async (words) => {
    // First everything as it is now: a button that has gone by it must not have the keyboard any more.
    await Promise.all([reload(), channels.reload()]);
    setNews(({ revision }) => ({ words, part, revision: revision + 1 }));
  };
  const { integrations } = store;
  const waiting = channels.error
    ? html`<${Problem} title="These connections couldn't be loaded" error=${channels.error} retry=${channels.reload} />`
    : html`<${Loading} what="your connections" />`;
  const several = store.connections.length > 1;
  const bodies = {
    amazon: html`
      ${store.connections.map(
        (each) =>
          html`<${ConnectionCard} key=${each.id} connection=${each} several=${several} onChanged=${changed("amazon")} />`,
      )}
      <${ConnectAnother} store=${store} onChanged=${changed("amazon")} />
    `,
    ads: channels.known
      ? html`<${Ads} connections=${channels.ads} setup=${integrations.amazonAds} go=${go} onChanged=${changed("ads")} />`
      : waiting,
    shopify: channels.known
      ? html`<${Stores} stores=${channels.shopify} setup=${integrations.shopify} onChanged=${changed("shopify")} />`
      : waiting,
    keys: html`<${ApiKeys} onChanged=${changed("keys")} />`,
    activity: html`<${Activity} connections=${channels.all} user=${user} revision=${news.revision} />`,
    account: html`<${Account} user=${user} /><${Password} onChanged=${changed("account")} />`,
  };
  return html`
    <header class="store">
      <h1>Settings</h1>
      <nav class="jump" aria-label="On this page">
        ${Object.entries(PARTS).map(([part, name]) => html`<a key=${part} href="#${part}">${name}</a>`)}
      </nav>
    </header>
    ${Object.entries(PARTS).map(
      ([part, name]) => html`
        <section key=${part} aria-labelledby=${part}>
          <h2 id=${part} tabindex="-1">${name}</h2>
          <${Said} news=${news.part === part ? news : NOTHING} />
          ${bodies[part]}
        </section>
      `,
    )}
  `;
}
