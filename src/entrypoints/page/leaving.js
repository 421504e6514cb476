/** Leaving: disconnecting a seller, and erasing everything that came from one. */

import { useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { Dialog } from "./dialog.js";
import { CodeField } from "./forms.js";

export function DisconnectDialog({ connection, onChanged, onClose }) {
  const seller = connection.seller_id;
  return html`
    <${Dialog}
      title="Disconnect seller ${seller}?"
      action="Disconnect"
      danger
      work=${() => api.disconnect(connection.id)}
      onDone=${() => onChanged(`Seller ${seller} is disconnected.`)}
      onClose=${onClose}
    >
      ${() => html`
        <p>Portside forgets its authorization and stops syncing. Figures that are already here stay, as of the last sync.</p>
        <p>When you connect this seller again, syncing goes on where it stopped.</p>
      `}
    <//>
  `;
}

/** What can't be undone is typed, not clicked. */
export function EraseDialog({ connection, onChanged, onClose }) {
  const seller = connection.seller_id;
  const [typed, setTyped] = useState("");
  return html`
    <${Dialog}
      title="Erase seller ${seller} for good?"
      action="Erase for good"
      danger
      disabled=${typed.trim() !== seller}
      work=${() => api.erase(connection.id)}
      onDone=${() => onChanged(`Seller ${seller} is erased. What was synced from it is gone, or going.`)}
      onClose=${onClose}
    >
      ${() => html`
        <p>
          The connection goes, and with it every order, figure and stock level that came from it. Only the activity log
          keeps the word that it was done. <strong>This can't be undone.</strong>
        </p>
        <${CodeField}
          label="Type the seller id to confirm"
          name="confirmation"
          hint=${html`It is <code>${seller}</code>.`}
          value=${typed}
          onInput=${(event) => setTyped(event.currentTarget.value)}
        />
      `}
    <//>
  `;
}
