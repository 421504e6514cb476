/** Leaving: disconnecting an account, and erasing everything that came from it. */

import { useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { Dialog } from "./dialog.js";
import { CodeField } from "./forms.js";
import { capital } from "./format.js";

/** `name` is what the connection is called, such as "seller A3TH9S8BH6GOGM". */
export function DisconnectDialog({ channel, connection, name, onChanged, onClose }) {
  return html`
    <${Dialog}
      title="Disconnect ${name}?"
      action="Disconnect"
      danger
      work=${() => api.disconnect(connection.id, channel)}
      onDone=${() => onChanged(`${capital(name)} is disconnected.`)}
      onClose=${onClose}
    >
      ${() => html`
        <p>Portside forgets its authorization and stops syncing. Figures that are already here stay, as of the last sync.</p>
        <p>When you connect it again, syncing goes on where it stopped.</p>
      `}
    <//>
  `;
}

const GOES = {
  amazon: "every order, figure and stock level",
  ads: "every advertising account, report and figure",
  shopify: "every order and figure",
};

/** What can't be undone is typed, not clicked: `typed`, to the letter. */
export function EraseDialog({ channel, connection, name, typed, onChanged, onClose }) {
  const [entered, setEntered] = useState("");
  return html`
    <${Dialog}
      title="Erase ${name} for good?"
      action="Erase for good"
      danger
      disabled=${entered.trim() !== typed}
      work=${() => api.erase(connection.id, channel)}
      onDone=${() => onChanged(`${capital(name)} is erased. What was synced from it is gone, or going.`)}
      onClose=${onClose}
    >
      ${() => html`
        <p>
          The connection goes, and with it ${GOES[channel]} that came from it. Only the activity log keeps the word that it
          was done. <strong>This can't be undone.</strong>
        </p>
        <${CodeField} label="Type ${typed} to confirm" name="confirmation" value=${entered} onInput=${(event) => setEntered(event.currentTarget.value)} />
      `}
    <//>
  `;
}
