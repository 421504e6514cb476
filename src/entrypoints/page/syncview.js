/** The sync: what is under way, starting one, when what comes next, how complete it is, and every run there was. */

import { useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { useChannels } from "./channels.js";
import * as format from "./format.js";
import { DataTable, Empty } from "./figures.js";
import { useAction } from "./hooks.js";
import { More, usePages } from "./pages.js";
import { SyncProgress, SyncTable, Whose, runWords } from "./sync.js";
import { BusyButton, Loading, Problem, Select, Time } from "./ui.js";
import { RESOURCES, RUN_STATUSES, mendWords, resourceName } from "./words.js";

/** What each channel's connections have synced. */
const OF_CHANNEL = { amazon: ["orders", "inventory", "reports"], ads: ["ads"], shopify: ["shopify_orders"] };

/** A run that is over says nothing of what came after it. */
const STATUSES = { ...RUN_STATUSES, succeeded: "Done" };

const connectionOptions = (connections) =>
  connections.map((each) => html`<option key=${each.id} value=${each.id}>${each.name}</option>`);
const resourceOptions = (resources) =>
  resources.map((each) => html`<option key=${each} value=${each}>${resourceName(each)}</option>`);

function Start({ connections, onStarted }) {
  const [connectionId, setConnectionId] = useState("");
  const [resource, setResource] = useState("");
  const [said, setSaid] = useState("");
  const usable = connections.filter(({ connected }) => connected);
  const one = usable.find(({ id }) => id === connectionId);
  const possible = [...new Set((one ? [one] : usable).flatMap(({ channel }) => OF_CHANNEL[channel]))];
  const what = possible.includes(resource) ? resource : "";
  const { run, busy, error } = useAction(async () => {
    setSaid("");
    const { runs } = await api.startSync({ ...(one && { connectionId }), ...(what && { resources: [what] }) });
    setSaid(`${runs.length === 1 ? "One run is" : `${format.count(runs.length)} runs are`} under way.`);
    await onStarted();
  });
  if (usable.length === 0) return null;
  return html`
    <section class="card start" aria-labelledby="start-title">
      <h2 id="start-title">Sync now</h2>
      <p class="small">Everything is synced by itself. What you ask for here comes at once, at the pace that Amazon and Shopify allow.</p>
      <div class="toolbar">
        <${Select} label="Whose" value=${one ? connectionId : ""} onChange=${setConnectionId}>
          <option value="">All connections</option>
          ${connectionOptions(usable)}
        <//>
        <${Select} label="What" value=${what} onChange=${setResource}>
          <option value="">Everything</option>
          ${resourceOptions(possible)}
        <//>
        <${BusyButton} type="button" class="button-primary" busy=${busy} busyText="Asking …" onClick=${() => run()}>Start<//>
      </div>
      <p class="small" role="status">${said}</p>
      ${error && html`<${Problem} title="The sync couldn't be started" error=${error} />`}
    </section>
  `;
}

/** How long it took, or has taken. */
function duration({ started_at: from, finished_at: to }) {
  if (!from) return "–";
  return format.wait(Math.max(1, Math.round((new Date(to ?? Date.now()) - new Date(from)) / 1000)));
}

function How({ run }) {
  const mend = run.error && mendWords(run.error);
  return html`
    <span class="dot dot-${run.status}">${STATUSES[run.status] ?? run.status}</span>
    <p class="small">${run.status === "succeeded" ? `${format.count(run.progress.records)} records` : runWords(run)}</p>
    ${mend && html`<p class="small"><strong>What to do:</strong> ${mend}</p>`}
    ${run.error?.request_id && html`<p class="small">Request <code>${run.error.request_id}</code></p>`}
  `;
}

function Runs({ connections, revision }) {
  const [wish, setWish] = useState({ connectionId: "", resource: "", status: "" });
  const pages = usePages((cursor) => api.syncRuns({ ...wish, cursor, limit: 20 }), Object.values(wish), revision);
  const { first, items } = pages;
  const nameOf = (id) => connections.length > 1 && connections.find((each) => each.id === id)?.name;
  const columns = [
    { name: "what", title: "What", cell: (run) => html`${resourceName(run.resource)}<${Whose} name=${nameOf(run.connection_id)} />` },
    { name: "how", title: "How it went", cell: (run) => html`<${How} run=${run} />` },
    { name: "begun", title: "Begun", cell: (run) => html`<${Time} at=${run.started_at} />` },
    { name: "took", title: "Took", wide: true, cell: duration },
  ];
  const choice = (name) => (value) => setWish({ ...wish, [name]: value });
  const chosen = Object.values(wish).some(Boolean);
  return html`
    <section class="card" aria-labelledby="runs-title">
      <div class="section-head">
        <h2 id="runs-title">Runs</h2>
        <div class="toolbar">
          ${connections.length > 1 &&
          html`<${Select} label="Whose" value=${wish.connectionId} onChange=${choice("connectionId")}>
            <option value="">All</option>
            ${connectionOptions(connections)}
          <//>`}
          <${Select} label="What" value=${wish.resource} onChange=${choice("resource")}>
            <option value="">All</option>
            ${resourceOptions(Object.keys(RESOURCES))}
          <//>
          <${Select} label="Status" value=${wish.status} onChange=${choice("status")}>
            <option value="">Any</option>
            ${Object.entries(STATUSES).map(([each, words]) => html`<option key=${each} value=${each}>${words}</option>`)}
          <//>
        </div>
      </div>
      ${first.error && !first.data && html`<${Problem} title="The runs couldn't be loaded" error=${first.error} retry=${first.reload} />`}
      ${!first.data && !first.error && html`<${Loading} what="the runs" />`}
      ${first.data &&
      items.length === 0 &&
      html`<p class="empty">${chosen ? "No run is like that." : "Nothing has been synced yet."}</p>`}
      ${items.length > 0 &&
      html`
        <${DataTable} label="Runs" columns=${columns} rows=${items} keyOf=${({ id }) => id} />
        <${More} pages=${pages} what="runs" />
      `}
    </section>
  `;
}

export function SyncView({ store, sync, go }) {
  const channels = useChannels(store.connections, sync.changes);
  const states = sync.runs.map(({ id, status }) => id + status).join();
  const connections = channels.all;
  const open = html`<button type="button" class="button button-primary" onClick=${() => go("/settings")}>Open the settings</button>`;
  return html`
    <header class="store">
      <div>
        <h1>Sync</h1>
        <p class="store-facts">
          <span class="dot ${sync.live ? "dot-succeeded" : "dot-waiting"}">
            ${sync.live ? "Live: shown as it happens" : "Not live just now: we ask every few seconds"}
          </span>
        </p>
      </div>
    </header>
    ${channels.error && html`<${Problem} title="Your connections couldn't be loaded" error=${channels.error} retry=${channels.reload} />`}
    ${channels.known &&
    connections.length === 0 &&
    html`<${Empty} title="Nothing is connected yet" action=${open}><p>Connect a seller, a store or Amazon Ads; what is synced shows here.</p><//>`}
    <${SyncProgress} sync=${sync} connections=${connections} />
    <${Start} connections=${connections} onStarted=${sync.reload} />
    <${SyncTable} connections=${connections} revision=${sync.revision} />
    ${connections.length > 0 && html`<${Runs} connections=${connections} revision=${`${sync.changes} ${states}`} />`}
  `;
}
