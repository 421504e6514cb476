/** Activity: what was done to the connections and the account, by whom, from where. */

import { useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import * as format from "./format.js";
import { More, usePages } from "./pages.js";
import { Loading, Problem, Select } from "./ui.js";
import { ACTIONS, accountName, actorWords, detailWords } from "./words.js";

function Entry({ entry, name, user }) {
  const [general, tone] = ACTIONS[entry.action] ?? [entry.action, "quiet"];
  const words = detailWords(entry.details);
  const from = entry.address && entry.address !== "console" ? ` from ${entry.address}` : "";
  return html`
    <li class="entry entry-${tone}">
      <time datetime=${entry.at} title=${format.ago(entry.at)}>${format.dateTime(entry.at)}</time>
      <div>
        <p class="entry-what">${general}${name && html` · <code>${name}</code>`}</p>
        ${words && html`<p class="entry-words">${words}</p>`}
        <p class="small">${format.capital(actorWords(entry.actor, user))}${from}</p>
      </div>
    </li>
  `;
}

/** `connections` are those of all channels, each with its `name`. */
export function Activity({ connections, user, revision }) {
  const [connectionId, setConnectionId] = useState("");
  // The one that was chosen may have been erased since.
  const chosen = connections.some(({ id }) => id === connectionId) ? connectionId : "";
  const pages = usePages((cursor) => api.audit({ connectionId: chosen, cursor }), [chosen], revision);
  const { first, items } = pages;
  const nameOf = ({ connection_id: id, details }) => {
    const found = connections.find((each) => each.id === id);
    return found?.seller_id ?? found?.name ?? accountName(details.seller_id);
  };
  return html`
    ${connections.length > 0 &&
    html`
      <${Select} label="Show" value=${chosen} onChange=${setConnectionId}>
        <option value="">Everything</option>
        ${connections.map((each) => html`<option key=${each.id} value=${each.id}>${each.name}</option>`)}
      <//>
    `}
    <div class="card">
      ${first.error && !first.data && html`<${Problem} title="The activity couldn't be loaded" error=${first.error} retry=${first.reload} />`}
      ${!first.data && !first.error && html`<${Loading} what="what was done" />`}
      ${first.data && items.length === 0 && html`<p class="empty">Nothing yet.</p>`}
      ${items.length > 0 &&
      html`
        <ol class="entries">
          ${items.map((entry) => html`<${Entry} key=${entry.id} entry=${entry} name=${nameOf(entry)} user=${user} />`)}
        </ol>
        <${More} pages=${pages} what="entries" />
      `}
    </div>
  `;
}
