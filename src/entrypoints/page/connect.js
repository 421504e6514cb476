/** Connecting Amazon: the choice of a marketplace, and the way to Amazon's consent page. */

import { useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { AREAS, MARKETPLACES } from "./marketplaces.js";
import { BusyButton, MissingSettings, Problem } from "./ui.js";

/** Leaves for a consent page; what keeps us from it is in `error`. By default Amazon's, for a marketplace or a connection. */
export function useConsent(authorize = api.authorizeAmazon) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  async function ask(whose) {
    setBusy(true);
    setError(null);
    try {
      const { authorization_url: url } = await authorize(whose);
      // Stays busy: the page is about to go.
      location.assign(url);
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  }
  return { ask, busy, error };
}

export function ConsentProblem({ error, where = "Amazon" }) {
  if (error.code === "configuration_error") {
    return html`<${MissingSettings} missing=${error.details.missing} message=${error.message} what=${where} />`;
  }
  return html`<${Problem} title="We couldn't get to ${where}'s page" error=${error} />`;
}

export function ConnectForm({ action = "Connect Amazon" }) {
  const consent = useConsent();
  const [marketplace, setMarketplace] = useState(MARKETPLACES[0].id);
  function submit(event) {
    event.preventDefault();
    consent.ask({ marketplaceId: marketplace });
  }
  return html`
    <form class="connect-form" onSubmit=${submit}>
      <label class="field">
        <span>Marketplace where you sell</span>
        <select value=${marketplace} onChange=${(event) => setMarketplace(event.currentTarget.value)}>
          ${AREAS.map(
            (area) => html`
              <optgroup key=${area} label=${area}>
                ${MARKETPLACES.filter((each) => each.area === area).map(
                  ({ id, name }) => html`<option key=${id} value=${id}>${name}</option>`,
                )}
              </optgroup>
            `,
          )}
        </select>
      </label>
      <${BusyButton} type="submit" class="button-primary" busy=${consent.busy} busyText="Going to Amazon …">${action}<//>
    </form>
    ${consent.error && html`<${ConsentProblem} error=${consent.error} />`}
  `;
}

const STEPS = [
  ["Authorize at Amazon", "You log in at Seller Central and confirm. Your password never reaches Portside."],
  ["We fetch your history", "Recent orders and all of your stock, newest first, at the pace Amazon allows."],
  ["Figures stay fresh", "Every few minutes in the background. Buyers' names and addresses are never kept."],
];

/** What a seller without a store sees. */
export function Welcome({ setup, go }) {
  return html`
    <section class="welcome card" aria-labelledby="welcome-title">
      <div class="welcome-text">
        <h1 id="welcome-title">Bring your store into port</h1>
        <p class="lead">Connect Amazon once and see orders, revenue and stock of all your marketplaces in one place.</p>
        ${setup.status === "configuration_error"
          ? html`<${MissingSettings} missing=${setup.details?.missing} message=${setup.message} />`
          : html`<${ConnectForm} />`}
        <p class="small">
          You hold a refresh token already?${" "}
          <button type="button" class="button-link" onClick=${() => go("/settings")}>Bring it in the settings</button>
        </p>
      </div>
      <img class="welcome-art" src="/assets/harbour.svg" alt="" />
      <ol class="steps">
        ${STEPS.map(([title, text]) => html`<li key=${title}><strong>${title}</strong><span>${text}</span></li>`)}
      </ol>
    </section>
  `;
}
