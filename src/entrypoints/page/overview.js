/** The first view: what is connected and its health, the sync under way, the figures of everything. */

import * as api from "./api.js";
import { html } from "./html.js";
import { ConsentProblem, Welcome, useConsent } from "./connect.js";
import { OrdersChart } from "./chart.js";
import { AdsAwaited, Compared, Currencies, Empty, Freshness, SalesTiles, StockTiles, Tile, WAITING, asFigures, asStock } from "./figures.js";
import * as format from "./format.js";
import { Link } from "./frame.js";
import { useLoad } from "./hooks.js";
import { REGIONS } from "./marketplaces.js";
import { Choices, useChoices, useRevision } from "./period.js";
import { SharesCard } from "./shares.js";
import { SyncProgress, latestFailures } from "./sync.js";
import { BusyButton, Notice, Problem, StatusChip, Time } from "./ui.js";
import { errorWords, renewalWords, resourceName } from "./words.js";

const CHANNELS = [
  ["amazon", "Amazon"],
  ["shopify", "Shopify"],
  ["amazonAds", "Amazon Ads"],
];

function Header({ store, sync }) {
  // What was never connected is called disconnected as well, but was never synced.
  const known = CHANNELS.filter(([name]) => store.integrations[name].connected || store.integrations[name].lastSync);
  return html`
    <header class="store">
      <div>
        <h1>Overview</h1>
        <ul class="store-facts">
          ${known.map(([name, title]) => {
            const { status, lastSync } = store.integrations[name];
            return html`
              <li key=${name}>
                <strong>${title}</strong> ${status === "connected" || html`<${StatusChip} status=${status} />`}
                <span>${lastSync ? html`synced <${Time} at=${lastSync} />` : "not synced yet"}</span>
              </li>
            `;
          })}
        </ul>
      </div>
      ${known.some(([name]) => store.integrations[name].connected) &&
      html`
        <${BusyButton} type="button" class="button-primary" busy=${sync.active || sync.starting} busyText="Syncing …" onClick=${sync.start}>
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
    title: "Your seller account is disconnected",
    text: "Its figures are as of the last sync. Connect again to go on where it stopped.",
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
function FailureNotice({ connection, runs, go }) {
  const failures = latestFailures(runs).map(({ id, resource, error }) => ({ id, what: resourceName(resource), error }));
  if (failures.length === 0 && connection?.status === "degraded" && connection.last_error) {
    failures.push({ id: "connection", what: "Amazon", error: connection.last_error });
  }
  if (failures.length === 0) return null;
  const look = html`<${Link} class="button" to="/sync" go=${go}>Look at the sync<//>`;
  return html`
    <${Notice} tone="warning" title="The last sync didn't get through" actions=${look}>
      <ul class="failures">
        ${failures.map(({ id, what, error }) => html`<li key=${id}><strong>${what}:</strong> ${errorWords(error)}</li>`)}
      </ul>
      <p class="small">Portside tries again by itself; what was synced before stays.</p>
    <//>
  `;
}

async function load({ marketplaceId, ...asked }) {
  if (!marketplaceId) return api.executive(asked);
  const [orders, stock] = await Promise.all([api.orders({ ...asked, marketplaceId }), api.inventory({ marketplaceId })]);
  return { ...asFigures(orders), inventory: asStock(stock) };
}

/** One group of tiles; without data they wait. `go`, `to`: the view that tells more of it. */
function Group({ title, to, more, go, children }) {
  return html`
    <section class="figures" aria-label=${title}>
      <div class="figures-head">
        <h2>${title}</h2>
        ${to && html`<${Link} class="more-link" to=${to} go=${go}>${more}<span aria-hidden="true"> →</span><//>`}
      </div>
      <dl class="tiles">${children}</dl>
    </section>
  `;
}

const Sales = ({ data, go }) => html`
  <${Group} title="Sales" to="/orders" more="Orders" go=${go}><${SalesTiles} data=${data} /><//>
`;

function Stock({ data, go }) {
  const stock = data?.inventory;
  if (stock && stock.totalSKUs.value === null) return null; // no seller account was ever connected
  const show = (status) => html`<${Link} class="tile-note" to="/stock?status=${status}" go=${go}>Show them<//>`;
  return html`
    <${Group} title="Stock and shipping" to="/stock" more="Stock" go=${go}>
      <${StockTiles} stock=${stock} show=${show} />
      <${Tile} label="Unshipped orders" value=${data && format.count(data.unshipped.value)} note=${data && "of this period, as of now"} />
    <//>
  `;
}

function AdsTiles({ data, go }) {
  const ads = data?.advertising;
  if (!data || !ads) return null; // of a single marketplace nothing is told
  if (!ads.connected && !ads.dataAsOf) {
    return html`<p class="small">
      Advertising isn't connected: <${Link} to="/settings" go=${go}>connect Amazon Ads<//> to see what your campaigns cost.
    </p>`;
  }
  if (!ads.dataAsOf) return html`<${AdsAwaited} />`;
  const partial = ads.partial || ads.previousPartial;
  const tile = (label, name, show, note) => {
    const comparable = !partial && (name !== "tacos" || data.previousPeriod.complete);
    return html`<${Tile} label=${label} kind=${name} note=${note} value=${show(ads[name].value)} change=${comparable ? ads[name].change : null} />`;
  };
  return html`
    <${Group} title="Advertising" to="/advertising" more="Advertising" go=${go}>
      ${tile("Ad spend", "spend", (amount) => format.money(amount, data.currency))}
      ${tile("ACoS", "acos", format.share, "ad spend ÷ ad sales")} ${tile("TACoS", "tacos", format.share, "ad spend ÷ all sales")}
      ${tile("ROAS", "roas", format.times, "ad sales ÷ ad spend")}
    <//>
    ${partial &&
    html`<p class="small">
      Amazon's reports of ${ads.partial ? "this period" : "the period before"} are not all here, so no changes are shown for advertising${ads.partial ? ", and its figures may still grow" : ""}.
    </p>`}
  `;
}

function Figures({ store, sync, go }) {
  const choices = useChoices(store);
  const { asked, period, timeZone } = choices;
  const inputs = Object.values(asked);
  const whole = useLoad(() => load(asked), inputs);
  const { data, error } = whole;
  const orders = useLoad(async () => (store.connection ? api.orders(asked) : null), [...inputs, !store.connection]);
  useRevision(sync.revision, whole, orders);
  return html`
    <${Choices} ...${choices} data=${data} all="All channels" />
    ${error && html`<${Problem} title="The figures couldn't be loaded" error=${error} retry=${whole.reload} />`}
    ${(data || !error) &&
    html`
      <div class="figures-body" aria-busy=${whole.loading}>
        <${Sales} data=${data} go=${go} />
        ${data && html`<${Compared} previous=${data.previousPeriod} days=${period.length} />`}
        <div class="beside">
          ${orders.error && html`<${Problem} title="The days couldn't be loaded" error=${orders.error} retry=${orders.reload} />`}
          ${orders.data && html`<${OrdersChart} title="Amazon revenue per day" by="revenue" orders=${orders.data} timeZone=${timeZone} syncing=${sync.active} />`}
          ${!orders.data && !orders.error && store.connection && WAITING}
          ${data?.channels && html`<${SharesCard} data=${data} go=${go} />`}
        </div>
        <${Stock} data=${data} go=${go} />
        <${AdsTiles} data=${data} go=${go} />
        ${data && html`<${Freshness} data=${data} />`}
        ${data?.byCurrency.length > 1 && html`<${Currencies} rows=${data.byCurrency} />`}
      </div>
    `}
  `;
}

/** What a user with advertising alone sees. */
function AdsAlone({ go }) {
  const settings = html`<${Link} class="button button-primary" to="/settings" go=${go}>Connect a seller account or a store<//>`;
  return html`
    <${Empty} title="Only advertising is connected" action=${settings}>
      <p>Sales and stock appear here once a seller account or a store is connected.</p>
      <p><${Link} to="/advertising" go=${go}>See what your campaigns cost<//></p>
    <//>
  `;
}

export function Overview({ store, sync, go }) {
  const { connection, setup, integrations } = store;
  // A store that was left is told of as well: its figures stay.
  const has = (name) => integrations[name].connected || integrations[name].lastSync;
  if (!connection && !has("shopify") && !has("amazonAds")) return html`<${Welcome} setup=${setup} go=${go} />`;
  const stopped = connection && connection.status in STOPPED;
  return html`
    <${Header} store=${store} sync=${sync} />
    ${connection && html`<${ConsentNotices} store=${store} go=${go} />`}
    ${!stopped && html`<${FailureNotice} connection=${connection} runs=${sync.runs} go=${go} />`}
    ${sync.startError && html`<${Problem} title="The sync couldn't be started" error=${sync.startError} retry=${sync.start} />`}
    <${SyncProgress} sync=${sync} connections=${store.connections} />
    ${connection || has("shopify") ? html`<${Figures} store=${store} sync=${sync} go=${go} />` : html`<${AdsAlone} go=${go} />`}
  `;
}
