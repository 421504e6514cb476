/** Orders on Amazon: a period beside the one before, day by day, by status, and what sold best. */

import { useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { OrdersChart } from "./chart.js";
import { Compared, Currencies, DataTable, Freshness, NoSeller, SalesTiles, ShareBar, Tile, WAITING, asFigures, counts } from "./figures.js";
import * as format from "./format.js";
import { useLoad } from "./hooks.js";
import { Gap } from "./known.js";
import { Choices, CsvButton, useChoices, useRevision } from "./period.js";
import { Problem, Segments } from "./ui.js";
import { ORDER_STATUSES } from "./words.js";

const DRAWN = [
  ["orders", "Orders"],
  ["revenue", "Revenue"],
];

function Days(props) {
  const [by, setBy] = useState("orders");
  return html`
    <${OrdersChart} ...${props} by=${by} title=${by === "orders" ? "Orders per day" : "Revenue per day"}>
      <${Segments} legend="What is drawn" name="drawn" choices=${DRAWN} value=${by} onChange=${setBy} />
    <//>
  `;
}

function Statuses({ orders }) {
  const rows = orders.byStatus.filter((row) => row.orders > 0);
  const all = rows.reduce((sum, row) => sum + row.orders, 0);
  return html`
    <section class="card" aria-labelledby="statuses-title">
      <h2 id="statuses-title">Orders by status</h2>
      ${all === 0 && html`<p class="small">No orders in this period.</p>`}
      <ul class="share-list">
        ${rows.map(({ status, orders: number }) => {
          const words = ORDER_STATUSES[status] ?? { word: status.replaceAll("_", " ").toLowerCase() };
          return html`
            <li key=${status} class="share-line">
              <span class="dot dot-${words.tone ?? "none"}">${words.word}</span>
              <span class="share-number">${format.count(number)} <span class="small">${format.share(number / all)}</span></span>
              <${ShareBar} share=${number / all} />
              ${words.means && html`<span class="share-words">${words.means}</span>`}
            </li>
          `;
        })}
      </ul>
      <p class="small">As they are now, cancelled ones too, which count in no other figure.</p>
    </section>
  `;
}

const BY = [
  ["sku", "By SKU"],
  ["asin", "By ASIN"],
];

function BestSellers({ asked, revision }) {
  const [by, setBy] = useState("sku");
  const [sort, setSort] = useState("-revenue");
  const [limit, setLimit] = useState(10);
  const top = useLoad(
    () => api.bestSellers({ ...asked, by, sort: sort.replace("-", ""), limit }),
    [...Object.values(asked), by, sort, limit],
  );
  useRevision(revision, top);
  const { data, error } = top;
  const columns = [
    { name: by, title: by.toUpperCase(), cell: (row) => html`<code>${row[by] ?? "unknown"}</code>` },
    by === "sku" && { name: "asin", title: "ASIN", wide: true, cell: (row) => html`<code>${row.asin ?? "–"}</code>` },
    counts("units", "Units", { sort: "down" }),
    counts("orders", "Orders", { wide: true }),
    { name: "revenue", title: "Revenue", number: true, sort: "down", cell: (row) => format.money(row.revenue, data.currency) },
    {
      name: "share",
      title: "Share",
      cell: (row) => html`<span class="share-cell"><${ShareBar} share=${row.share} />${format.share(row.share)}</span>`,
    },
  ].filter(Boolean);
  return html`
    <section class="card" aria-labelledby="best-title">
      <div class="figures-head">
        <h2 id="best-title">Best sellers</h2>
        <${Segments} legend="Best sellers by" name="best" choices=${BY} value=${by} onChange=${setBy} />
      </div>
      ${error && html`<${Problem} title="The best sellers couldn't be loaded" error=${error} retry=${top.reload} />`}
      ${!data && !error && WAITING}
      ${data &&
      (data.items.length === 0
        ? html`<p class="small">Nothing was sold in this period, or its lines are still being fetched.</p>`
        : html`
            <${DataTable} label="Best sellers" columns=${columns} rows=${data.items} keyOf=${(row) => row[by] ?? ""} sort=${sort}
              onSort=${(next) => setSort(next.startsWith("-") ? next : `-${next}`)} busy=${top.loading} />
            <p class="small">
              ${format.count(data.items.length)} of ${format.count(data.products)} products, which brought in
              ${" "}${format.money(data.totalRevenue, data.currency)} in all.
              ${limit < data.products &&
              limit < 200 &&
              html`${" "}<button type="button" class="button-link" onClick=${() => setLimit(limit === 10 ? 50 : 200)}>Show more<//>`}
            </p>
          `)}
    </section>
  `;
}

function Gaps({ gaps }) {
  if (gaps.length === 0) return null;
  return html`
    <details class="more card">
      <summary>${gaps.length === 1 ? "One day lacks orders that Amazon counts" : `${gaps.length} days lack orders that Amazon counts`}</summary>
      <ul>
        ${gaps.map((gap) => html`<${Gap} key=${gap.date + gap.marketplaceId} gap=${gap} />`)}
      </ul>
    </details>
  `;
}

function Screen({ store, sync }) {
  const choices = useChoices(store);
  const { asked, period, timeZone } = choices;
  const orders = useLoad(() => api.orders(asked), Object.values(asked));
  const { data, error } = orders;
  useRevision(sync.revision, orders);
  return html`
    <${Choices} ...${choices} data=${data} />
    ${error && html`<${Problem} title="The orders couldn't be loaded" error=${error} retry=${orders.reload} />`}
    ${(data || !error) &&
    html`
      <div class="figures-body" aria-busy=${orders.loading}>
        <dl class="tiles tiles-5">
          <${SalesTiles} data=${data && asFigures(data)} />
          <${Tile} label="Unshipped" value=${data && format.count(data.unshippedOrders)} note=${data && "as of now"} />
        </dl>
        ${data && html`<${Compared} previous=${data.previousPeriod} days=${period.length} />`}
        <div class="beside">
          ${data ? html`<${Days} orders=${data} timeZone=${timeZone} syncing=${sync.active} />` : WAITING}
          ${data?.byStatus && html`<${Statuses} orders=${data} />`}
        </div>
        <${BestSellers} asked=${asked} revision=${sync.revision} />
        ${data?.byCurrency.length > 1 && html`<${Currencies} rows=${data.byCurrency} />`}
        ${data && html`<${Gaps} gaps=${data.gaps} />`}
        <div class="foot">
          ${data && html`<${Freshness} data=${data} />`}
          <${CsvButton} which="orders" asked=${asked} />
        </div>
      </div>
    `}
  `;
}

export function Orders({ store, sync, go }) {
  return html`
    <header class="store"><h1>Orders</h1></header>
    ${store.connection
      ? html`<${Screen} store=${store} sync=${sync} />`
      : html`<${NoSeller} go=${go}>Orders of all your marketplaces appear here, a few minutes after you have connected Amazon.<//>`}
  `;
}
