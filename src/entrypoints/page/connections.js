/** The cards of the connected sellers, with all that can be done to each. */

import { useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { Card } from "./card.js";
import { Chain } from "./chain.js";
import { MarketplacesDialog } from "./choice.js";
import { useConsent } from "./connect.js";
import { CredentialsDialog, NewTokenDialog } from "./credentials.js";
import * as format from "./format.js";
import { useAction } from "./hooks.js";
import { REGIONS, inOrder, marketplaceName } from "./marketplaces.js";
import { BusyButton, Notice, Problem, Time } from "./ui.js";
import { renewalWords } from "./words.js";

const DIALOGS = { renew: NewTokenDialog, marketplaces: MarketplacesDialog, credentials: CredentialsDialog };

function factsOf(connection) {
  const home = connection.marketplace_id;
  const several = connection.marketplace_ids.length > 1;
  const places = inOrder(connection.marketplace_ids).map(
    (id) => marketplaceName(id) + (several && id === home ? " (default)" : ""),
  );
  const gone = connection.status === "disconnected";
  return [
    ["Marketplaces", places.join(", "), "whole"],
    ["Region", REGIONS[connection.region] ?? connection.region],
    ["Connected since", format.dateTime(connection.connected_at)],
    !gone && ["Renew before", `${format.day(connection.renew_before)} (${format.ago(connection.renew_before)})`],
    ["Last synced", html`<${Time} at=${connection.last_synced_at} />`],
    connection.lwa_client_id && ["Own application", html`<code>${connection.lwa_client_id}</code>`, "whole"],
    connection.iam_role_arn && ["AWS role", html`<code>${connection.iam_role_arn}</code>`, "whole"],
  ];
}

export function ConnectionCard({ connection, several, onChanged }) {
  const [result, setResult] = useState(null);
  const consent = useConsent();
  const { id, seller_id: seller } = connection;
  const testing = useAction(async () => {
    const found = await api.testConnection(id);
    setResult(found);
    // The test may have found out that Amazon no longer honours the authorization.
    if (found.status !== connection.status) await onChanged("");
  });
  // An own application's grant is renewed by its own token: Amazon's page would give one to Portside's.
  const renew = (open) => (connection.lwa_client_id ? open("renew") : consent.ask({ connectionId: id }));
  const more = (open) => html`
    <${BusyButton} type="button" busy=${testing.busy} busyText="Testing …" onClick=${testing.run}>Test<//>
    <button type="button" class="button" onClick=${() => open("marketplaces")}>Choose marketplaces</button>
    <button type="button" class="button" onClick=${() => open("credentials")}>Application and role</button>
  `;
  return html`
    <${Card}
      channel="amazon"
      connection=${connection}
      name="seller ${seller}"
      typed=${seller}
      heading=${html`Seller <code>${seller}</code>`}
      several=${several}
      facts=${factsOf(connection)}
      renew=${{ consent, run: renew }}
      more=${more}
      dialogs=${DIALOGS}
      onChanged=${onChanged}
    >
      ${connection.connected &&
      connection.renewal_due &&
      html`<${Notice} tone="warning" title="The authorization has to be renewed"><p>${renewalWords(connection)}</p><//>`}
      ${testing.error && html`<${Problem} title="The test couldn't be made" error=${testing.error} />`}
      <${Chain} result=${result} onHide=${() => setResult(null)} />
    <//>
  `;
}
