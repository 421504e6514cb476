/** What every view after the login shares: the connections, the runs under way, and word from consent pages. */

import { useEffect, useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { Arrival } from "./arrivals.js";
import { html } from "./html.js";
import { useLoad } from "./hooks.js";
import { useSync } from "./sync.js";
import { Loading, Notice, Problem } from "./ui.js";
import { fetchView } from "./views.js";

/** `setup` is Amazon's part of `integrations`, which has `amazonAds` and `shopify` beside it. */
async function loadStore() {
  const [setup, connection, list] = await Promise.all([api.setupStatus(), api.connection(), api.connectionsOf("amazon")]);
  // A store that was disconnected is still worth showing: its figures stay.
  const shown = connection.id ? { ...list.find(({ id }) => id === connection.id), ...connection } : list[0];
  const { integrations } = setup;
  return { integrations, setup: integrations.amazon, connection: shown ?? null, connections: list };
}

/** Whether some connection waits for its first sync. */
const isNew = (store) =>
  store !== null && store.connections.some((one) => one.connected && one.last_synced_at === null);

/** A view's component once its module is here: null before, and `failed` when it can't be had. */
function useView(view) {
  const [got, setGot] = useState({});
  useEffect(() => {
    let wanted = true; // a view that comes late, after another was chosen, must not take its place
    const take = (how) => wanted && setGot({ view, ...how });
    fetchView(view).then((component) => take({ component }), () => take({ failed: true }));
    return () => (wanted = false);
  }, [view]);
  return got.view === view ? got : {};
}

export function Workspace({ user, view, path, go }) {
  const store = useLoad(loadStore, []);
  const sync = useSync(isNew(store.data));
  const { component: View, failed } = useView(view);
  useEffect(() => {
    if (sync.revision > 0) store.reload();
  }, [sync.revision]);

  const again = html`<button type="button" class="button" onClick=${() => location.reload()}>Load the page again</button>`;
  return html`
    <${Arrival} first=${isNew(store.data)} known=${store.data !== null} go=${go} />
    ${store.error && html`<${Problem} title="Your connections couldn't be loaded" error=${store.error} retry=${store.reload} />`}
    ${failed &&
    html`<${Notice} tone="danger" title="This view couldn't be loaded" actions=${again}>
      <p>Portside can't be reached, or has just been renewed.</p>
    <//>`}
    ${store.data && View
      ? html`<${View} user=${user} store=${store.data} sync=${sync} path=${path} go=${go} reload=${store.reload} />`
      : !store.error && !failed && html`<${Loading} what=${view.name.toLowerCase()} />`}
  `;
}
