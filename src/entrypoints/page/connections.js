/** The cards of the connected sellers, with all that can be done to each. */

import { useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { Chain } from "./chain.js";
import { MarketplacesDialog } from "./choice.js";
import { ConsentProblem, useConsent } from "./connect.js";
import { CredentialsDialog, NewTokenDialog } from "./credentials.js";
import * as format from "./format.js";
import { useAction } from "./hooks.js";
import { DisconnectDialog, EraseDialog } from "./leaving.js";
import { REGIONS, inOrder, marketplaceName } from "./marketplaces.js";
import { BusyButton, Chip, Notice, Problem, StatusChip, Time } from "./ui.js";
import { errorWords } from "./words.js";

const DIALOGS = {
  renew: NewTokenDialog,
  marketplaces: MarketplacesDialog,
  credentials: CredentialsDialog,
  disconnect: DisconnectDialog,
  erase: EraseDialog,
};

/** Says when Amazon's year is nearly over, or is. */
export function renewalWords({ renew_before: end }) {
  return new Date(end) > Date.now()
    ? `Amazon honours this authorization until ${format.day(end)}. Renew it before, so that syncing goes on.`
    : `This authorization ended on ${format.day(end)}. Renew it, so that syncing goes on.`;
}

function Facts({ connection }) {
  const home = connection.marketplace_id;
  const several = connection.marketplace_ids.length > 1;
  const places = inOrder(connection.marketplace_ids).map(
    (id) => marketplaceName(id) + (several && id === home ? " (default)" : ""),
  );
  const gone = connection.status === "disconnected";
  const facts = [
    ["Marketplaces", places.join(", "), "whole"],
    ["Region", REGIONS[connection.region] ?? connection.region],
    ["Connected since", format.dateTime(connection.connected_at)],
    !gone && ["Renew before", `${format.day(connection.renew_before)} (${format.ago(connection.renew_before)})`],
    ["Last synced", html`<${Time} at=${connection.last_synced_at} />`],
    connection.lwa_client_id && ["Own application", html`<code>${connection.lwa_client_id}</code>`, "whole"],
    connection.iam_role_arn && ["AWS role", html`<code>${connection.iam_role_arn}</code>`, "whole"],
  ];
  return html`
    <dl class="facts">
      ${facts
        .filter(Boolean)
        .map(([name, value, look]) => html`<div key=${name} class=${look}><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl>
  `;
}

/** What is wrong with the connection, or soon will be. */
function Trouble({ connection }) {
  const { last_error: error, status, connected } = connection;
  return html`
    ${error &&
    status !== "connected" &&
    html`
      <p class="connection-error">${errorWords(error)}${" "}<span class="small"><${Time} at=${error.at} /></span></p>
    `}
    ${connected &&
    connection.renewal_due &&
    html`<${Notice} tone="warning" title="The authorization has to be renewed"><p>${renewalWords(connection)}</p><//>`}
  `;
}

export function ConnectionCard({ connection, several, onChanged }) {
  const [open, setOpen] = useState(null);
  const [result, setResult] = useState(null);
  const consent = useConsent();
  const { id, seller_id: seller } = connection;
  const gone = connection.status === "disconnected";
  const Open = DIALOGS[open];

  const preferring = useAction(async () => {
    await api.changeConnection(id, { is_default: true });
    await onChanged(`Seller ${seller} is the default now.`);
  });
  const testing = useAction(async () => {
    const found = await api.testConnection(id);
    setResult(found);
    // The test may have found out that Amazon no longer honours the authorization.
    if (found.status !== connection.status) await onChanged("");
  });
  // An own application's grant is renewed by its own token: Amazon's page would give one to Portside's.
  const renew = () => (connection.lwa_client_id ? setOpen("renew") : consent.ask({ connectionId: id }));

  const action = (what, words, look = "") =>
    html`<button type="button" class="button ${look}" onClick=${() => setOpen(what)}>${words}</button>`;
  return html`
    <article class="card connection" aria-label="Seller ${seller}, ${REGIONS[connection.region]}">
      <header>
        <h3>Seller <code>${seller}</code></h3>
        <${StatusChip} status=${connection.status} />
        ${several && connection.is_default && html`<${Chip} word="Default" tone="info" />`}
      </header>
      <${Trouble} connection=${connection} />
      <${Facts} connection=${connection} />
      <div class="actions">
        <${BusyButton}
          type="button"
          class=${gone || connection.renewal_due || !connection.connected ? "button-primary" : ""}
          busy=${consent.busy}
          busyText="Going to Amazon …"
          onClick=${renew}
        >
          ${gone ? "Connect again" : "Renew authorization"}
        <//>
        ${!gone &&
        html`
          <${BusyButton} type="button" busy=${testing.busy} busyText="Testing …" onClick=${testing.run}>Test<//>
          ${action("marketplaces", "Choose marketplaces")}
          ${several &&
          !connection.is_default &&
          html`
            <${BusyButton} type="button" busy=${preferring.busy} busyText="One moment …" onClick=${preferring.run}>
              Make default
            <//>
          `}
          ${action("credentials", "Application and role")}
        `}
        <div class="actions actions-last">
          ${!gone && action("disconnect", "Disconnect", "button-danger-quiet")}
          ${action("erase", "Erase for good", "button-danger-quiet")}
        </div>
      </div>
      ${consent.error && html`<${ConsentProblem} error=${consent.error} />`}
      ${testing.error && html`<${Problem} title="The test couldn't be made" error=${testing.error} />`}
      ${preferring.error && html`<${Problem} error=${preferring.error} />`}
      <${Chain} result=${result} onHide=${() => setResult(null)} />
      ${Open && html`<${Open} connection=${connection} onChanged=${onChanged} onClose=${() => setOpen(null)} />`}
    </article>
  `;
}
