/** What every view after the login shares: the connections, the runs under way, and word from Amazon's consent page. */

import { useEffect, useLayoutEffect, useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { useLoad } from "./hooks.js";
import { Overview } from "./overview.js";
import { Settings } from "./settings.js";
import { useSync } from "./sync.js";
import { Loading, Notice, Problem } from "./ui.js";
import { CONSENT_ERRORS } from "./words.js";

async function loadStore() {
  const [setup, connection, list] = await Promise.all([api.setupStatus(), api.connection(), api.connections()]);
  // A store that was disconnected is still worth showing: its figures stay.
  const shown = connection.id ? { ...list.items.find(({ id }) => id === connection.id), ...connection } : list.items[0];
  return { setup: setup.integrations.amazon, connection: shown ?? null, connections: list.items };
}

/** What the consent page's redirect says, read once and taken out of the address, so that a reload doesn't repeat it. */
function useConsentResult() {
  const [result, setResult] = useState(() => {
    const query = new URLSearchParams(location.search);
    if (query.has("amazon_error")) return { error: query.get("amazon_error") };
    return query.get("amazon_connected") === "true" ? { connected: true } : null;
  });
  useLayoutEffect(() => {
    if (result) history.replaceState(null, "", location.pathname);
  }, []);
  return [result, () => setResult(null)];
}

/** Whether some connection waits for its first sync. */
const isNew = (store) =>
  store !== null && store.connections.some((one) => one.connected && one.last_synced_at === null);

/** `first`: what was connected has not been synced before; a renewal goes on where the last sync stopped. */
function ConsentResult({ result, first, go, onDismiss }) {
  if (result.connected) {
    const look = html`<button type="button" class="button" onClick=${() => go("/")}>See the overview</button>`;
    return html`
      <${Notice} tone="good" title="Amazon is connected" actions=${look} onDismiss=${onDismiss}>
        <p>
          ${first
            ? "Your first figures are on their way; they appear while the sync is running."
            : "The authorization is good for another year. Syncing goes on where it stopped."}
        </p>
      <//>
    `;
  }
  return html`
    <${Notice} tone="danger" title="Amazon was not connected" onDismiss=${onDismiss}>
      <p>${CONSENT_ERRORS[result.error] ?? "Something went wrong on the way back from Amazon. Please try again."}</p>
    <//>
  `;
}

export function Workspace({ user, path, go }) {
  const store = useLoad(loadStore, []);
  const sync = useSync(isNew(store.data));
  const [consent, forgetConsent] = useConsentResult();
  useEffect(() => {
    if (sync.revision > 0) store.reload();
  }, [sync.revision]);

  const View = path === "/settings" ? Settings : Overview;
  return html`
    ${consent &&
    (store.data || consent.error) &&
    html`<${ConsentResult} result=${consent} first=${isNew(store.data)} go=${go} onDismiss=${forgetConsent} />`}
    ${store.error && html`<${Problem} title="Your connections couldn't be loaded" error=${store.error} retry=${store.reload} />`}
    ${store.data
      ? html`<${View} user=${user} store=${store.data} sync=${sync} go=${go} reload=${store.reload} />`
      : !store.error && html`<${Loading} what="your store" />`}
  `;
}
