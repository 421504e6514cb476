/** Amazon Ads: the one connection of a user, and how to make it. */

import { useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { Card } from "./card.js";
import { ConsentProblem, useConsent } from "./connect.js";
import * as format from "./format.js";
import { REGIONS } from "./marketplaces.js";
import { BusyButton, MissingSettings, Time } from "./ui.js";

function AdsCard({ connection, go, onChanged }) {
  const consent = useConsent(api.authorizeAds);
  const facts = [
    ["Authorized on the page of", REGIONS[connection.region] ?? connection.region],
    ["Connected since", format.dateTime(connection.connected_at)],
    ["Last synced", html`<${Time} at=${connection.last_synced_at} />`],
  ];
  const more = () => html`<button type="button" class="button" onClick=${() => go("/accounts")}>See the accounts</button>`;
  return html`
    <${Card} channel="ads" connection=${connection} name="Amazon Ads" typed="Amazon Ads" heading="Amazon Ads" facts=${facts} renew=${{ consent, run: () => consent.ask({}) }} more=${more} onChanged=${onChanged} />
  `;
}

function AdsForm() {
  const consent = useConsent(api.authorizeAds);
  const [region, setRegion] = useState("");
  function submit(event) {
    event.preventDefault();
    consent.ask({ region });
  }
  return html`
    <form class="connect-form" onSubmit=${submit}>
      <label class="field">
        <span>Where you log in to advertise</span>
        <select value=${region} onChange=${(event) => setRegion(event.currentTarget.value)}>
          <option value="">Where I sell</option>
          ${Object.entries(REGIONS).map(([id, name]) => html`<option key=${id} value=${id}>${name}</option>`)}
        </select>
      </label>
      <${BusyButton} type="submit" class="button-primary" busy=${consent.busy} busyText="Going to Amazon …">
        Connect Amazon Ads
      <//>
    </form>
    ${consent.error && html`<${ConsentProblem} error=${consent.error} where="Amazon Ads" />`}
  `;
}

export function Ads({ connections, setup, go, onChanged }) {
  if (connections.length) {
    return connections.map(
      (each) => html`<${AdsCard} key=${each.id} connection=${each} go=${go} onChanged=${onChanged} />`,
    );
  }
  const unset = setup.status === "configuration_error";
  return html`
    <div class="card">
      <h3>Amazon Ads isn't connected yet</h3>
      <p class="small">
        One authorization opens every advertising account that you may see, in all regions: spend, ACoS and TACoS by campaign,
        beside your sales.
      </p>
      ${unset
        ? html`<${MissingSettings} missing=${setup.details?.missing} message=${setup.message} what="Amazon Ads" />`
        : html`<${AdsForm} />`}
    </div>
  `;
}
