/** What the cards of connections have in common, whatever the channel: state, trouble, facts, and the ways out. */

import { useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { ConsentProblem } from "./connect.js";
import { useAction } from "./hooks.js";
import { DisconnectDialog, EraseDialog } from "./leaving.js";
import { BusyButton, Chip, Problem, StatusChip, Time } from "./ui.js";
import { CHANNELS, STATUS_MEANINGS, errorWords, mendWords } from "./words.js";

/** Each fact is `[name, value, class]`; what is false is left out. */
export const Facts = ({ facts }) => html`
  <dl class="facts">
    ${facts
      .filter(Boolean)
      .map(([name, value, look]) => html`<div key=${name} class=${look}><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>
`;

/** What the connection's state means, and what went wrong last. */
function State({ connection, where }) {
  const { last_error: error, status } = connection;
  const meaning = STATUS_MEANINGS[status]?.(where);
  const mend = error && mendWords(error);
  return html`
    ${meaning && html`<p class="small">${meaning}</p>`}
    ${error &&
    status !== "connected" &&
    status !== "disconnected" &&
    html`
      <div class="connection-error">
        <p>${errorWords(error)}${" "}<span class="small"><${Time} at=${error.at} /></span></p>
        ${mend && html`<p class="small"><strong>What to do:</strong> ${mend}</p>`}
        ${error.request_id && html`<p class="small">Request <code>${error.request_id}</code></p>`}
      </div>
    `}
  `;
}

/**
 * @param {string} name What the connection is called: "seller A3TH9S8BH6GOGM".
 * @param {string} typed What has to be typed before it is erased.
 * @param {{consent: object, run: (open: (dialog: string) => void) => void}} renew
 * @param {(open: (dialog: string) => void) => any} more Further buttons, while it is connected.
 * @param {object} dialogs Their dialogs by name.
 */
export function Card({ channel, connection, name, typed, heading, several, facts, renew, more, dialogs, onChanged, children }) {
  const [open, setOpen] = useState(null);
  const where = CHANNELS[channel];
  const gone = connection.status === "disconnected";
  const urgent = gone || connection.renewal_due || !connection.connected;
  const Open = { disconnect: DisconnectDialog, erase: EraseDialog, ...dialogs }[open];
  const preferring = useAction(async () => {
    await api.changeConnection(connection.id, { is_default: true }, channel);
    await onChanged(`${name.charAt(0).toUpperCase()}${name.slice(1)} is the default now.`);
  });
  const leaving = (what, words) =>
    html`<button type="button" class="button button-danger-quiet" onClick=${() => setOpen(what)}>${words}</button>`;
  return html`
    <article class="card connection" aria-label=${name}>
      <header>
        <h3>${heading}</h3>
        <${StatusChip} status=${connection.status} />
        ${several && connection.is_default && html`<${Chip} word="Default" tone="info" />`}
      </header>
      <${State} connection=${connection} where=${where} />
      <${Facts} facts=${facts} />
      <div class="actions">
        <${BusyButton}
          type="button"
          class=${urgent ? "button-primary" : ""}
          busy=${renew.consent.busy}
          busyText="Going to ${where} …"
          onClick=${() => renew.run(setOpen)}
        >
          ${gone ? "Connect again" : "Renew authorization"}
        <//>
        ${!gone && more?.(setOpen)}
        ${!gone &&
        several &&
        !connection.is_default &&
        html`
          <${BusyButton} type="button" busy=${preferring.busy} busyText="One moment …" onClick=${preferring.run}>
            Make default
          <//>
        `}
        <div class="actions actions-last">
          ${!gone && leaving("disconnect", "Disconnect")} ${leaving("erase", "Erase for good")}
        </div>
      </div>
      ${renew.consent.error && html`<${ConsentProblem} error=${renew.consent.error} where=${where} />`}
      ${preferring.error && html`<${Problem} error=${preferring.error} />`}
      ${children}
      ${Open &&
      html`<${Open} channel=${channel} connection=${connection} name=${name} typed=${typed} onChanged=${onChanged} onClose=${() => setOpen(null)} />`}
    </article>
  `;
}
