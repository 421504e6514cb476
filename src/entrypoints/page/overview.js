/** The first view: the store and its health, the sync under way, the figures. */

import { html } from "./html.js";
import { ConsentProblem, Welcome, useConsent } from "./connect.js";
import { renewalWords } from "./connections.js";
import { Figures } from "./figures.js";
import { REGIONS, marketplaceName } from "./marketplaces.js";
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

/** What only the seller can do, and the button that does it. With several sellers it says which. */
function ConsentNotice({ connection, several, go, tone, title, text, action }) {
  const consent = useConsent();
  // An own application's token is brought in the settings.
  const ask = () => (connection.lwa_client_id ? go("/settings") : consent.ask({ connectionId: connection.id }));
  const button = html`
    <${BusyButton} type="button" class="button-primary" busy=${consent.busy} busyText="Going to Amazon …" onClick=${ask}>
      ${action}
    <//>
  `;
  return html`
    <${Notice} tone=${tone} title=${title} actions=${button}>
      <p>${text}</p>
      ${several && html`<p class="small">Seller <code>${connection.seller_id}</code>, ${REGIONS[connection.region]}</p>`}
    <//>
    ${consent.error && html`<${ConsentProblem} error=${consent.error} />`}
  `;
}

/** For each connection what the seller has to do: about the shown one always, about others when syncing depends on it. */
function ConsentNotices({ store, go }) {
  const several = store.connections.length > 1;
  const notices = store.connections.map((each) => {
    if (each.id === store.connection.id && each.status in STOPPED) return [each, STOPPED[each.status]];
    if (each.status === "reauthorization_required") return [each, STOPPED[each.status]];
    return each.connected && each.renewal_due && [each, { ...RENEWAL, text: renewalWords(each) }];
  });
  return notices
    .filter(Boolean)
    .map(
      ([each, words]) =>
        html`<${ConsentNotice} key=${each.id} connection=${each} several=${several} go=${go} ...${words} />`,
    );
}

const RENEWAL = { tone: "warning", title: "The authorization has to be renewed", action: "Renew authorization" };

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

export function Overview({ store, sync, go }) {
  const { connection, setup } = store;
  if (!connection) return html`<${Welcome} setup=${setup} go=${go} />`;
  const stopped = connection.status in STOPPED;
  return html`
    <${StoreHeader} connection=${connection} sync=${sync} />
    <${ConsentNotices} store=${store} go=${go} />
    ${!stopped && html`<${FailureNotice} connection=${connection} runs=${sync.runs} />`}
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
