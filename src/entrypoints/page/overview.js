/** The first view: the store and its health, the sync under way, the figures. */

import { html } from "./html.js";
import { ConsentProblem, Welcome, useConsent } from "./connect.js";
import { Figures } from "./figures.js";
import { marketplaceName } from "./marketplaces.js";
import { SyncProgress, SyncTable, latestFailures } from "./sync.js";
import { BusyButton, Notice, Problem, StatusChip, Time } from "./ui.js";
import { errorWords, resourceName } from "./words.js";

function StoreHeader({ connection, sync }) {
  const stopped = connection.status === "disconnected" || connection.status === "reauthorization_required";
  return html`
    <header class="store">
      <div>
        <h1>Your Amazon store</h1>
        <p class="store-facts">
          <${StatusChip} status=${connection.status} />
          <span>${marketplaceName(connection.marketplace_id)}</span>
          <span>Seller <code>${connection.seller_id}</code></span>
          <span>Synced <${Time} at=${connection.last_synced_at} /></span>
        </p>
      </div>
      ${!stopped &&
      html`
        <${BusyButton}
          type="button"
          class="button-primary"
          busy=${sync.active || sync.starting}
          busyText="Syncing …"
          onClick=${sync.start}
        >
          Sync now
        <//>
      `}
    </header>
  `;
}

/** Two states that only the seller can mend, by going to Amazon once more. */
const STOPPED = {
  reauthorization_required: {
    tone: "danger",
    title: "Amazon wants you to authorize Portside again",
    text: "Syncing has stopped until you do. Your figures stay as they are, and nothing has to be fetched twice.",
    action: "Authorize again",
  },
  disconnected: {
    tone: "info",
    title: "This store is disconnected",
    text: "The figures below are as of the last sync. Connect again to go on where it stopped.",
    action: "Connect again",
  },
};

function StoppedNotice({ connection }) {
  const consent = useConsent();
  const { tone, title, text, action } = STOPPED[connection.status];
  const button = html`
    <${BusyButton} type="button" class="button-primary" busy=${consent.busy} busyText="Going to Amazon …"
      onClick=${() => consent.ask(connection.marketplace_id)}>${action}<//>
  `;
  return html`
    <${Notice} tone=${tone} title=${title} actions=${button}><p>${text}</p><//>
    ${consent.error && html`<${ConsentProblem} error=${consent.error} />`}
  `;
}

/** What went wrong last: per resource where the runs say so, else what the connection remembers. */
function FailureNotice({ connection, runs }) {
  const failures = latestFailures(runs).map(({ id, resource, error }) => ({ id, what: resourceName(resource), error }));
  if (failures.length === 0 && connection.status === "degraded" && connection.last_error) {
    failures.push({ id: "connection", what: "Amazon", error: connection.last_error });
  }
  if (failures.length === 0) return null;
  return html`
    <${Notice} tone="warning" title="The last sync didn't get through">
      <ul class="failures">
        ${failures.map(({ id, what, error }) => html`<li key=${id}><strong>${what}:</strong> ${errorWords(error)}</li>`)}
      </ul>
      <p class="small">Portside tries again by itself; what was synced before stays.</p>
    <//>
  `;
}

/** Every marketplace that any of the connections sells in. */
function marketplacesOf({ connection, connections }) {
  const ids = connections.flatMap((each) => each.marketplace_ids ?? [each.marketplace_id]);
  return [...new Set([connection.marketplace_id, ...ids])];
}

export function Overview({ store, sync }) {
  const { connection, setup } = store;
  if (!connection) return html`<${Welcome} setup=${setup} />`;
  const stopped = connection.status in STOPPED;
  return html`
    <${StoreHeader} connection=${connection} sync=${sync} />
    ${stopped
      ? html`<${StoppedNotice} connection=${connection} />`
      : html`<${FailureNotice} connection=${connection} runs=${sync.runs} />`}
    ${sync.startError && html`<${Problem} title="The sync couldn't be started" error=${sync.startError} retry=${sync.start} />`}
    <${SyncProgress} sync=${sync} connections=${store.connections} />
    <${Figures}
      home=${connection.marketplace_id}
      marketplaces=${marketplacesOf(store)}
      revision=${sync.revision}
      syncing=${sync.active}
    />
    <${SyncTable} connections=${store.connections} revision=${sync.revision} />
  `;
}
