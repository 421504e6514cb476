/** Figures as tiles, each with its change, and what is said of all of them: how fresh they are, in which currencies. */

import { useState } from "./vendor/hooks.mjs";
import { html } from "./html.js";
import * as format from "./format.js";
import { Link } from "./frame.js";

/** Of which figures more is better (1), or less (-1); of all others that is for the reader to say. */
const BETTER = { revenue: 1, orders: 1, units: 1, averageOrderValue: 1, roas: 1, adSales: 1, acos: -1, tacos: -1 };

/** "▲ 12% better". The arrow tells the direction, the word whether that is good; colour only repeats it. */
function Change({ fraction, better }) {
  if (Math.abs(fraction) < 0.0005) return html`<span class="tile-note">no change</span>`;
  const up = fraction > 0;
  const good = better && up === better > 0;
  const tone = better ? (good ? "good" : "bad") : "plain";
  return html`
    <span class="tile-note">
      <span class="change change-${tone}">
        <span aria-hidden="true">${up ? "▲" : "▼"}</span><span class="sr-only">${up ? "up" : "down"}</span>${" "}
        ${format.percentage(fraction)}
      </span>
      ${better ? (good ? " better" : " worse") : ""}
    </span>
  `;
}

/**
 * @param {any} value What is shown; undefined while it is being loaded.
 * @param {number|null} change On the period before, as a fraction; null: there is none to tell.
 * @param {string} kind Says whether more is better: a name of `BETTER`.
 */
export function Tile({ label, value, change, kind, tone, note, children }) {
  return html`
    <div class="tile ${tone ? `tile-${tone}` : ""}">
      <dt>${label}</dt>
      <dd>
        <span class="tile-value">${value ?? html`<span class="skeleton" aria-hidden="true"></span><span class="sr-only">loading</span>`}</span>
        ${change != null && html`<${Change} fraction=${change} better=${BETTER[kind]} />`}
        ${note && html`<span class="tile-note">${note}</span>`} ${children}
      </dd>
    </div>
  `;
}

/** The orders' figures in the shape of those of everything: the API gives them as a period and the one before. */
export function asFigures({ period, previousPeriod, ...rest }) {
  const pair = (name) => ({ value: period[name], change: format.change(period[name], previousPeriod[name]) });
  return {
    ...rest,
    previousPeriod,
    revenue: pair("totalRevenue"),
    orders: pair("totalOrders"),
    units: pair("units"),
    averageOrderValue: pair("avgOrderValue"),
    unshipped: pair("unshippedOrders"),
  };
}

export function SalesTiles({ data }) {
  const tile = (label, name, show) =>
    html`<${Tile} label=${label} kind=${name} value=${data && show(data[name].value)} change=${data?.previousPeriod.complete ? data[name].change : null} />`;
  return [
    tile("Revenue", "revenue", (amount) => format.roundMoney(amount, data.currency)),
    tile("Orders", "orders", format.count),
    tile("Units", "units", format.count),
    tile("Average order", "averageOrderValue", (amount) => format.money(amount, data.currency)),
  ];
}

/** The stock's own sums in the same shape, which tells of no change. */
export const asStock = (sums) => Object.fromEntries(Object.entries(sums).map(([name, value]) => [name, { value }]));

/** `show(status)` leads to the items of that status. */
export function StockTiles({ stock, show }) {
  const then = stock?.previousAsOf;
  const tile = (label, name, status, tone) => {
    const { value, change } = stock?.[name] ?? {};
    const note = !status && stock && `of ${format.count(stock.totalSKUs.value)} SKUs${then ? `; change since ${format.day(then)}` : ""}`;
    return html`
      <${Tile} label=${label} value=${stock && format.count(value)} change=${change} note=${note} tone=${value > 0 && tone}>${value > 0 && status && show(status)}<//>
    `;
  };
  return [
    tile("Units in stock", "totalQuantity"),
    tile("Running low", "lowStockItems", "low", "warning"),
    tile("Out of stock", "outOfStockItems", "out", "danger"),
  ];
}

/** What the changes are on, said once for all tiles, or why there are none. */
export function Compared({ previous, days, lacks = "orders" }) {
  if (!previous) return null;
  const span = `${format.span(previous)}, the ${days === 1 ? "day" : `${days} days`} before`;
  return html`
    <p class="small">
      ${previous.complete
        ? `Changes are on ${span}.`
        : `No changes are shown, for they would mislead: not all ${lacks} of ${span}, are here.`}
    </p>
  `;
}

/** Where the figures come from in time: said small, but always said. */
export function Freshness({ data }) {
  if (!data.dataAsOf) return html`<p class="small">Nothing has been synced yet.</p>`;
  return html`
    <p class="small">
      As of ${format.dateTime(data.dataAsOf)}${data.completeUntil
        ? `, known to be complete until ${format.dateTime(data.completeUntil)}.`
        : "; some orders of this period are not here, or still being fetched."}
    </p>
  `;
}

/** A bar as long as its share of the whole; no style attribute, which the page's policy refuses. */
export const ShareBar = ({ share }) => html`
  <svg class="share-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
    <rect class="share-rest" width="100" height="6" rx="1" />
    <rect class="share-part" width=${Math.min(100, Math.max(share > 0 ? 0.6 : 0, share * 100))} height="6" rx="1" />
  </svg>
`;

/** A column that is `wide` is left out on a phone, one that is `roomy` on a narrow desktop too. */
const looks = ({ number, wide, roomy }) =>
  [number && "number", (wide || roomy) && "wide-only", roomy && "roomy-only"].filter(Boolean).join(" ");

/**
 * A table whose columns are `{name, title, cell(row), number, wide, roomy, sort}`; the first one names its row.
 *
 * @param {string} sort The column it is sorted by, with "-" in front for the largest first; `onSort` gets the next.
 */
export function DataTable({ label, columns, rows, keyOf, sort, onSort, busy }) {
  const head = (column) => {
    const { name, title } = column;
    const now = sort?.replace("-", "") === name ? (sort.startsWith("-") ? "descending" : "ascending") : undefined;
    const look = looks(column);
    if (!column.sort) return html`<th key=${name} scope="col" class=${look}>${title}</th>`;
    const first = column.sort === "down" ? `-${name}` : name;
    const other = column.sort === "down" ? name : `-${name}`;
    return html`
      <th key=${name} scope="col" class=${look} aria-sort=${now}>
        <button type="button" class="sort" onClick=${() => onSort(sort === first ? other : first)}>
          ${title}<span class="sort-mark" aria-hidden="true">${now ? (now === "descending" ? "↓" : "↑") : "↕"}</span>
        </button>
      </th>
    `;
  };
  return html`
    <div class="table-wrap" role="group" aria-label=${label} tabindex="0" aria-busy=${busy}>
      <table class="data">
        <thead>
          <tr>${columns.map(head)}</tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) => html`
              <tr key=${keyOf(row)}>
                ${columns.map((column, index) => {
                  const { name, cell, title } = column;
                  if (index === 0) return html`<th key=${name} scope="row">${cell(row)}</th>`;
                  return html`<td key=${name} data-label=${title} class=${looks(column)}>${cell(row)}</td>`;
                })}
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}

/** A column of numbers that are counted; `more`: how else it looks. */
export const counts = (name, title, more) => ({ name, title, number: true, cell: (row) => format.count(row[name]), ...more });

/** Sorts rows by what a column's cell is made of; what is missing comes last either way. */
export function useSorted(rows, first, valueOf = (row, name) => row[name]) {
  const [sort, setSort] = useState(first);
  const name = sort.replace("-", "");
  const turn = sort.startsWith("-") ? -1 : 1;
  const sorted = [...(rows ?? [])].sort((one, other) => {
    const [a, b] = [valueOf(one, name), valueOf(other, name)];
    if (a == null || b == null) return (a == null) - (b == null);
    return turn * (typeof a === "string" ? a.localeCompare(b) : a - b);
  });
  return { sorted, sort, setSort };
}

export function Currencies({ rows }) {
  const money = (name) => (row) => format.money(row[name], row.currency);
  const columns = [
    { name: "currency", title: "Currency", cell: (row) => row.currency },
    { name: "revenue", title: "Revenue", number: true, cell: money("revenue") },
    counts("orders", "Orders"),
    counts("units", "Units", { wide: true }),
    { name: "average", title: "Average order", number: true, cell: money("avgOrderValue") },
  ];
  return html`
    <section class="card" aria-labelledby="currencies-title">
      <h2 id="currencies-title">By currency</h2>
      <${DataTable} label="By currency" columns=${columns} rows=${rows} keyOf=${(row) => row.currency} />
      <p class="small">Amounts of different currencies are never added together.</p>
    </section>
  `;
}

/** What stands in the place of something large that is being loaded. */
export const WAITING = html`<div class="card plot-wait" aria-hidden="true"></div>`;

/** A name, and in small beneath it what else tells it from others. */
export const TwoLines = ({ first, second }) =>
  html`<span class="item-sku">${first}</span><span class="item-title">${second.filter(Boolean).join(" · ")}</span>`;

export const NoSeller = ({ go, children }) => html`
  <${Empty}
    title="No seller account is connected"
    action=${html`<${Link} class="button button-primary" to="/settings" go=${go}>Connect Amazon<//>`}
  >
    <p>${children}</p>
  <//>
`;

/** Between connecting Amazon Ads and its first report. */
export const AdsAwaited = () => html`
  <${Empty} title="What advertising costs is on its way">
    <p>Amazon makes reports of it, which takes minutes to hours the first time. They appear here by themselves.</p>
  <//>
`;

/** Nothing to show yet, and what to do about it. */
export const Empty = ({ title, children, action }) => html`
  <div class="card empty">
    <p class="empty-title">${title}</p>
    <div>${children}</div>
    ${action}
  </div>
`;
