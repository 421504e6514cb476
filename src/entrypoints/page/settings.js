/** Settings: the connections and the account. */

import { useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { ConnectForm, ConsentProblem, useConsent } from "./connect.js";
import * as format from "./format.js";
import { marketplaceName } from "./marketplaces.js";
import { BusyButton, Confirm, MissingSettings, StatusChip, Time } from "./ui.js";
import { errorWords } from "./words.js";

const REGIONS = { na: "North America", eu: "Europe", fe: "Far East" };

/** Asks first, and whether what was synced should go as well. */
function DisconnectDialog({ connection, onDone, onCancel }) {
  const gone = connection.status === "disconnected"; // then erasing is all there is left to do
  const [erase, setErase] = useState(gone);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  async function disconnect() {
    setBusy(true);
    setError(null);
    await api.disconnect(connection.id, { erase }).then(onDone, setError);
    setBusy(false);
  }
  return html`
    <${Confirm}
      title="${gone ? "Erase the data of" : "Disconnect"} seller ${connection.seller_id}?"
      action=${gone ? "Erase" : erase ? "Disconnect and erase" : "Disconnect"}
      busy=${busy}
      error=${error}
      onConfirm=${disconnect}
      onCancel=${onCancel}
    >
      ${gone
        ? html`<p>Everything synced from this store goes, and the connection with it. This can't be undone.</p>`
        : html`
            <p>Portside forgets its authorization and stops syncing. Figures that are already here stay, as of the last sync.</p>
            <label class="check">
              <input type="checkbox" checked=${erase} onChange=${(event) => setErase(event.currentTarget.checked)} />
              <span>Erase everything synced from this store as well. This can't be undone.</span>
            </label>
          `}
    <//>
  `;
}

function Facts({ connection }) {
  const places = (connection.marketplace_ids ?? [connection.marketplace_id]).map(marketplaceName).join(", ");
  const facts = [
    ["Marketplaces", places],
    ["Region", REGIONS[connection.region] ?? connection.region],
    ["Connected", format.dateTime(connection.connected_at)],
    ["Last synced", html`<${Time} at=${connection.last_synced_at} />`],
  ];
  return html`
    <dl class="facts">
      ${facts.map(([name, value]) => html`<div key=${name} class=${name === "Marketplaces" ? "whole" : ""}><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl>
  `;
}

function ConnectionCard({ connection, reload }) {
  const [asking, setAsking] = useState(false);
  const consent = useConsent();
  const gone = connection.status === "disconnected";
  function done() {
    setAsking(false);
    reload();
  }
  return html`
    <article class="card connection" aria-label="Seller ${connection.seller_id}">
      <header>
        <h3>Seller <code>${connection.seller_id}</code></h3>
        <${StatusChip} status=${connection.status} />
      </header>
      ${connection.last_error &&
      connection.status !== "connected" &&
      html`
        <p class="connection-error">
          ${errorWords(connection.last_error)}${" "}
          <span class="small"><${Time} at=${connection.last_error.at} /></span>
        </p>
      `}
      <${Facts} connection=${connection} />
      <div class="actions">
        <${BusyButton}
          type="button"
          busy=${consent.busy}
          busyText="Going to Amazon …"
          onClick=${() => consent.ask(connection.marketplace_id)}
        >
          ${gone ? "Connect again" : "Renew authorization"}
        <//>
        <button type="button" class="button button-danger-quiet" onClick=${() => setAsking(true)}>
          ${gone ? "Erase data" : "Disconnect"}
        </button>
      </div>
      ${consent.error && html`<${ConsentProblem} error=${consent.error} />`}
      ${asking &&
      html`<${DisconnectDialog} connection=${connection} onDone=${done} onCancel=${() => setAsking(false)} />`}
    </article>
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

export function Settings({ user, store, reload }) {
  const { connections, setup } = store;
  const unset = setup.status === "configuration_error";
  return html`
    <header class="store"><h1>Settings</h1></header>
    <section aria-labelledby="connections-title">
      <h2 id="connections-title">Amazon</h2>
      ${connections.map((each) => html`<${ConnectionCard} key=${each.id} connection=${each} reload=${reload} />`)}
      ${unset
        ? html`<${MissingSettings} missing=${setup.details?.missing} message=${setup.message} />`
        : html`
            <div class="card">
              <h3>${connections.length ? "Connect another region or seller" : "No store connected yet"}</h3>
              <p class="small">
                One authorization covers all marketplaces of a region: North America, Europe with the Middle East, Africa
                and India, or the Far East.
              </p>
              <${ConnectForm} />
            </div>
          `}
    </section>
    <${Account} user=${user} />
  `;
}
