/** Word from a consent page: what its redirect says, read once and taken out of the address, so that a reload doesn't repeat it. */

import { useLayoutEffect, useState } from "./vendor/hooks.mjs";
import { html } from "./html.js";
import { Notice } from "./ui.js";
import { CHANNELS, CHANNEL_SETTINGS, CONSENT_ERRORS } from "./words.js";

const CONNECTED = {
  amazon: "The authorization is good for another year. Syncing goes on where it stopped.",
  ads: "Your accounts are being listed. Amazon takes minutes to hours for the first reports of what your campaigns cost.",
  shopify: "Its orders are being fetched; they join the figures while the sync is running.",
};

function readResult() {
  const query = new URLSearchParams(location.search);
  for (const channel of Object.keys(CHANNELS)) {
    if (query.has(`${channel}_error`)) return { channel, error: query.get(`${channel}_error`) };
    if (query.get(`${channel}_connected`) === "true") return { channel };
  }
  return null;
}

/** `first`: what was connected has not been synced before; a renewal goes on where the last sync stopped. `known`: that is known. */
export function Arrival({ first, known, go }) {
  const [result, setResult] = useState(readResult);
  useLayoutEffect(() => {
    if (result) history.replaceState(null, "", location.pathname);
  }, []);
  const dismiss = () => setResult(null);
  if (!result || !(known || result.error)) return null;
  const { channel, error } = result;
  const where = CHANNELS[channel];
  if (error) {
    const why = CONSENT_ERRORS[error]?.(where, CHANNEL_SETTINGS[channel]);
    return html`
      <${Notice} tone="danger" title="${where} was not connected" onDismiss=${dismiss}>
        <p>${why ?? `Something went wrong on the way back from ${where}. Please try again.`}</p>
      <//>
    `;
  }
  const look = html`<button type="button" class="button" onClick=${() => go("/")}>See the overview</button>`;
  const words =
    channel === "amazon" && first
      ? "Your first figures are on their way; they appear while the sync is running."
      : CONNECTED[channel];
  return html`
    <${Notice} tone="good" title="${where} is connected" actions=${look} onDismiss=${dismiss}><p>${words}</p><//>
  `;
}
