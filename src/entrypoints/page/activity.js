/** Activity: what was done to the connections and the account, by whom, from where. */

import { useEffect, useRef, useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import * as format from "./format.js";
import { useAction, useLoad } from "./hooks.js";
import { REGIONS } from "./marketplaces.js";
import { BusyButton, Loading, Problem, Select } from "./ui.js";
import { ACTIONS, actorWords, detailWords } from "./words.js";

function Entry({ entry, seller, user }) {
  const [general, tone] = ACTIONS[entry.action] ?? [entry.action, "quiet"];
  const words = detailWords(entry.details);
  const from = entry.address && entry.address !== "console" ? ` from ${entry.address}` : "";
  return html`
    <li class="entry entry-${tone}">
      <time datetime=${entry.at} title=${format.ago(entry.at)}>${format.dateTime(entry.at)}</time>
      <div>
        <p class="entry-what">${general}${seller && html` · <code>${seller}</code>`}</p>
        ${words && html`<p class="entry-words">${words}</p>`}
        <p class="small">${format.capital(actorWords(entry.actor, user))}${from}</p>
      </div>
    </li>
  `;
}

/** The entries of one choice: the first page by itself, older ones on demand. */
function useEntries(connectionId, revision) {
  const first = useLoad(() => api.audit({ connectionId }), [connectionId, revision]);
  const [older, setOlder] = useState(null);
  const shown = useRef(null);
  shown.current = first.data;
  useEffect(() => setOlder(null), [first.data]);

  const next = older ? older.next : (first.data?.next_cursor ?? null);
  const more = useAction(async () => {
    const began = shown.current;
    const page = await api.audit({ connectionId, cursor: next });
    // Another choice was made meanwhile: what arrives late belongs to the one before.
    if (shown.current !== began) return;
    setOlder({ items: [...(older?.items ?? []), ...page.items], next: page.next_cursor });
  });
  return { first, entries: [...(first.data?.items ?? []), ...(older?.items ?? [])], next, more, paged: older !== null };
}

/** "Show more", until there is no more to show. */
function More({ next, more, paged, count }) {
  const end = useRef(null);
  useEffect(() => {
    // The button that had the keyboard has gone.
    if (paged && next === null) end.current?.focus();
  }, [paged, next]);
  return html`
    <p class="sr-only" role="status">${paged ? `${count} entries are shown.` : ""}</p>
    ${more.error && html`<${Problem} title="Older entries couldn't be loaded" error=${more.error} />`}
    ${next !== null
      ? html`<div class="actions">
          <${BusyButton} type="button" busy=${more.busy} busyText="Loading …" onClick=${more.run}>Show more<//>
        </div>`
      : paged && html`<p class="small" tabindex="-1" ref=${end}>That is everything.</p>`}
  `;
}

export function Activity({ connections, user, revision }) {
  const [connectionId, setConnectionId] = useState("");
  // The one that was chosen may have been erased since.
  const chosen = connections.some(({ id }) => id === connectionId) ? connectionId : "";
  const { first, entries, next, more, paged } = useEntries(chosen, revision);
  const sellerOf = (entry) =>
    connections.find(({ id }) => id === entry.connection_id)?.seller_id ?? entry.details.seller_id ?? null;
  return html`
    <section aria-labelledby="activity-title">
      <div class="section-head">
        <h2 id="activity-title">Activity</h2>
        ${connections.length > 0 &&
        html`
          <${Select} label="Show" value=${chosen} onChange=${setConnectionId}>
            <option value="">Everything</option>
            ${connections.map(
              (each) => html`<option key=${each.id} value=${each.id}>${each.seller_id} · ${REGIONS[each.region]}</option>`,
            )}
          <//>
        `}
      </div>
      <div class="card">
        ${first.error && html`<${Problem} title="The activity couldn't be loaded" error=${first.error} retry=${first.reload} />`}
        ${!first.data && !first.error && html`<${Loading} what="what was done" />`}
        ${first.data && entries.length === 0 && html`<p class="empty">Nothing yet.</p>`}
        ${entries.length > 0 &&
        html`
          <ol class="entries">
            ${entries.map((entry) => html`<${Entry} key=${entry.id} entry=${entry} seller=${sellerOf(entry)} user=${user} />`)}
          </ol>
          <${More} next=${next} more=${more} paged=${paged} count=${entries.length} />
        `}
      </div>
    </section>
  `;
}
