/** Shopify: the cards of connected stores, and connecting one by consent or by a token that is brought along. */

import { useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { Card } from "./card.js";
import { ConsentProblem, useConsent } from "./connect.js";
import { CodeField, FormProblem, SecretField, entered, useForm } from "./forms.js";
import * as format from "./format.js";
import { BusyButton, MissingSettings, Notice, Segments, Time } from "./ui.js";

function factsOf(store) {
  return [
    store.name && ["Name", store.name],
    store.currency && ["Currency", store.currency],
    store.time_zone && ["Its day is that of", store.time_zone],
    ["Connected since", format.dateTime(store.connected_at)],
    ["Last synced", html`<${Time} at=${store.last_synced_at} />`],
    store.client_id && ["Own application", html`<code>${store.client_id}</code>`, "whole"],
    store.scopes?.length && ["Granted", store.scopes.join(", "), "whole"],
  ];
}

/** `onBring`: the store was brought along with a client of its own, and is renewed that way. */
function StoreCard({ store, several, onBring, onChanged }) {
  const consent = useConsent(api.authorizeShopify);
  const renew = () => (store.client_id ? onBring() : consent.ask({ shop: store.shop }));
  return html`
    <${Card}
      channel="shopify"
      connection=${store}
      name="store ${store.shop}"
      typed=${store.shop}
      heading=${store.shop}
      several=${several}
      facts=${factsOf(store)}
      renew=${{ consent, run: renew }}
      onChanged=${onChanged}
    >
      ${store.history_limited_to_days &&
      store.status !== "disconnected" &&
      html`
        <${Notice} title="Only the last ${store.history_limited_to_days} days of orders"><p>${store.history_limited_because}</p><//>
      `}
    <//>
  `;
}

const ShopField = (props) =>
  html`<${CodeField} label="Your store" name="shop" required placeholder="your-store.myshopify.com" ...${props} />`;

function ConsentForm({ action }) {
  const consent = useConsent(api.authorizeShopify);
  const problem = consent.error?.fields.shop;
  function submit(event) {
    event.preventDefault();
    consent.ask(entered(event.currentTarget));
  }
  return html`
    <form class="connect-form" onSubmit=${submit}>
      <${ShopField} problem=${problem} />
      <${BusyButton} type="submit" class="button-primary" busy=${consent.busy} busyText="Going to Shopify …">${action}<//>
    </form>
    <p class="small">The name before .myshopify.com is enough; it stands in the address of your store's admin.</p>
    ${consent.error && !problem && html`<${ConsentProblem} error=${consent.error} where="Shopify" />`}
  `;
}

const KINDS = [
  ["client", "Client id and secret"],
  ["token", "Permanent token"],
];
const FIELDS = ["shop", "access_token", "client_id", "client_secret"];

function BringForm({ stores, onChanged }) {
  const [kind, setKind] = useState("client");
  const { ref, send, busy, error, left, problems } = useForm(async (form) => {
    const { kind: _, ...given } = entered(form);
    const kept = await api.bringStore({ shop: "", ...given });
    form.reset();
    const known = stores.some(({ id }) => id === kept.id);
    onChanged(`Store ${kept.shop} is ${known ? "renewed" : "connected; its first sync begins"}.`);
  });
  function submit(event) {
    event.preventDefault();
    send();
  }
  return html`
    <form class="token-form" ref=${ref} onSubmit=${submit}>
      <p class="small">
        For an application that was made in the store's own organization. What you bring is tried at the store before it is
        kept, encrypted, and is never shown again.
      </p>
      <${ShopField} problem=${problems.shop} />
      <${Segments} legend="What you bring" name="kind" choices=${KINDS} value=${kind} onChange=${setKind} />
      ${kind === "token"
        ? html`<${SecretField} key="token" label="Admin API access token" name="access_token" required problem=${problems.access_token} hint="It begins with shpat_. Applications made since 2026 have none: bring client id and secret." />`
        : html`
            <${CodeField} key="id" label="Client id" name="client_id" required problem=${problems.client_id} />
            <${SecretField} key="secret" label="Client secret" name="client_secret" required problem=${problems.client_secret} />
          `}
      <${FormProblem} error=${error} shown=${FIELDS} />
      <div class="actions">
        <${BusyButton} type="submit" class="button-primary" busy=${busy} busyText="Asking the store …" disabled=${left > 0}>
          Connect this store
        <//>
      </div>
    </form>
  `;
}

const WAYS = [
  ["consent", "Authorize at Shopify"],
  ["bring", "I have a token or a client"],
];

export function Stores({ stores, setup, onChanged }) {
  const [way, setWay] = useState("consent");
  const unset = setup.status === "configuration_error";
  return html`
    ${stores.map(
      (each) =>
        html`<${StoreCard}
          key=${each.id}
          store=${each}
          several=${stores.length > 1}
          onBring=${() => setWay("bring")}
          onChanged=${onChanged}
        />`,
    )}
    <div class="card">
      <h3>${stores.length ? "Connect another store" : "No store connected yet"}</h3>
      <p class="small">Its orders join the revenue and the shares by channel. Portside asks for nothing about customers.</p>
      <${Segments} legend="How to connect Shopify" name="shopify-way" choices=${WAYS} value=${way} onChange=${setWay} />
      ${way === "bring" && html`<${BringForm} stores=${stores} onChanged=${onChanged} />`}
      ${way === "consent" &&
      (unset
        ? html`<${MissingSettings} missing=${setup.details?.missing} message=${setup.message} what="Shopify" />`
        : html`<${ConsentForm} action="Connect Shopify" />`)}
    </div>
  `;
}
