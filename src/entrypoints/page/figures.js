/** The figures: sales and stock as tiles, revenue per day, and each currency on its own. */

import { useEffect, useRef, useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { useLoad } from "./hooks.js";
import { RevenueChart } from "./chart.js";
import * as format from "./format.js";
import { marketplaceName, timeZoneOf } from "./marketplaces.js";
import { Problem, Segments, Select } from "./ui.js";

const PERIODS = [7, 30, 90].map((days) => [days, `${days} days`]);

/** "▲ 12% vs. previous 30 days". In one colour: which way is good is for the reader to say. */
function Change({ now, before, days }) {
  const fraction = format.change(now, before);
  if (fraction === null) return html`<span class="tile-note">nothing to compare with yet</span>`;
  if (Math.abs(fraction) < 0.0005) return html`<span class="tile-note">same as in the previous ${days} days</span>`;
  const up = fraction > 0;
  return html`
    <span class="tile-note">
      <span class="sr-only">${up ? "up" : "down"} </span>
      <span class="change"><span aria-hidden="true">${up ? "▲" : "▼"} </span>${format.percentage(fraction)}</span>
      ${" "}vs. previous ${days} days
    </span>
  `;
}

function Tile({ label, value, tone, children }) {
  return html`
    <div class="tile ${tone ? `tile-${tone}` : ""}">
      <dt>${label}</dt>
      <dd><span class="tile-value">${value ?? html`<span class="skeleton" aria-hidden="true"></span>`}</span>${children}</dd>
    </div>
  `;
}

function SalesTiles({ orders, days }) {
  const before = orders?.previousPeriod;
  const tile = (label, name, show) => html`
    <${Tile} label=${label} value=${orders && show(orders[name])}>
      ${orders && html`<${Change} now=${orders[name]} before=${before?.[name]} days=${days} />`}
    <//>
  `;
  const money = (amount) => format.money(amount, orders.currency);
  return html`
    <dl class="tiles">
      ${tile("Revenue", "totalRevenue", money)}
      ${tile("Orders", "totalOrders", format.count)}
      ${tile("Average order", "avgOrderValue", money)}
      ${tile("Unshipped", "unshippedOrders", format.count)}
    </dl>
  `;
}

function StockTiles({ stock }) {
  return html`
    <dl class="tiles">
      <${Tile} label="SKUs" value=${stock && format.count(stock.totalSKUs)} />
      <${Tile} label="Units in stock" value=${stock && format.count(stock.totalQuantity)} />
      <${Tile} label="Running low" value=${stock && format.count(stock.lowStockItems)} tone=${stock?.lowStockItems > 0 && "warning"} />
      <${Tile} label="Out of stock" value=${stock && format.count(stock.outOfStockItems)} tone=${stock?.outOfStockItems > 0 && "danger"} />
    </dl>
  `;
}

function Currencies({ rows }) {
  return html`
    <section class="card" aria-labelledby="currencies-title">
      <h2 id="currencies-title">By currency</h2>
      <div class="table-wrap" role="group" aria-labelledby="currencies-title" tabindex="0">
        <table>
          <thead>
            <tr>
              <th scope="col">Currency</th>
              <th scope="col" class="number">Revenue</th>
              <th scope="col" class="number">Orders</th>
              <th scope="col" class="number wide-only">Units</th>
              <th scope="col" class="number">Average order</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              (row) => html`
                <tr key=${row.currency}>
                  <th scope="row">${row.currency}</th>
                  <td class="number">${format.money(row.revenue, row.currency)}</td>
                  <td class="number">${format.count(row.orders)}</td>
                  <td class="number wide-only">${format.count(row.units)}</td>
                  <td class="number">${format.money(row.avgOrderValue, row.currency)}</td>
                </tr>
              `,
            )}
          </tbody>
        </table>
      </div>
      <p class="small">Amounts of different currencies are never added together.</p>
    </section>
  `;
}

/** Where the figures come from in time: said small, but always said. */
function Freshness({ data }) {
  if (!data.dataAsOf) return html`<p class="small">Nothing has been synced yet.</p>`;
  return html`
    <p class="small">
      As of ${format.dateTime(data.dataAsOf)}${data.completeUntil
        ? `, known to be complete until ${format.dateTime(data.completeUntil)}.`
        : "; some orders are still being fetched."}
    </p>
  `;
}

/** Every currency seen since the marketplace was chosen: a choice must not take the other choices away. */
function useCurrencies(orders, marketplace) {
  const known = useRef({ marketplace, all: new Set() });
  if (known.current.marketplace !== marketplace) known.current = { marketplace, all: new Set() };
  for (const row of orders?.byCurrency ?? []) known.current.all.add(row.currency);
  return [...known.current.all].sort();
}

function Toolbar({ days, setDays, marketplaces, marketplace, setMarketplace, currencies, currency, setCurrency }) {
  return html`
    <div class="toolbar">
      <${Segments} legend="Period" name="period" choices=${PERIODS} value=${days} onChange=${setDays} />
      <${Select} label="Marketplace" value=${marketplace} onChange=${setMarketplace}>
        <option value="">All marketplaces</option>
        ${marketplaces.map((id) => html`<option key=${id} value=${id}>${marketplaceName(id)}</option>`)}
      <//>
      ${currencies.length > 1 &&
      html`
        <${Select} label="Currency" value=${currency} onChange=${setCurrency}>
          ${currencies.map((each) => html`<option key=${each} value=${each}>${each}</option>`)}
        <//>
      `}
    </div>
  `;
}

/**
 * @param {string} home - the connection's own marketplace: whose "today" counts when all are shown.
 * @param {number} revision - grows when the figures may have changed.
 */
export function Figures({ home, marketplaces, revision, syncing }) {
  const [days, setDays] = useState(30);
  const [marketplace, setMarketplace] = useState("");
  const [currency, setCurrency] = useState("");
  const timeZone = timeZoneOf(marketplace || home);

  const orders = useLoad(() => {
    const to = format.dayIn(timeZone);
    return api.orders({ from: format.shiftDay(to, 1 - days), to, marketplaceId: marketplace, currency });
  }, [days, marketplace, currency, timeZone]);
  const stock = useLoad(() => api.inventory({ marketplaceId: marketplace }), [marketplace]);
  const currencies = useCurrencies(orders.data, marketplace);
  useEffect(() => {
    if (revision > 0) Promise.all([orders.reload(), stock.reload()]);
  }, [revision]);

  function chooseMarketplace(id) {
    setMarketplace(id);
    setCurrency(""); // what the other marketplace is paid in may be nothing here
  }
  return html`
    <section class="figures" aria-labelledby="sales-title">
      <div class="figures-head">
        <h2 id="sales-title">Sales</h2>
        <${Toolbar} ...${{ days, setDays, marketplaces, marketplace, currencies, setCurrency }}
          setMarketplace=${chooseMarketplace} currency=${currency || (orders.data?.currency ?? "")} />
      </div>
      ${orders.error && html`<${Problem} title="The sales figures couldn't be loaded" error=${orders.error} retry=${orders.reload} />`}
      <div class="figures-body" aria-busy=${orders.loading}>
        ${(orders.data || !orders.error) && html`<${SalesTiles} orders=${orders.data} days=${days} />`}
        ${orders.data && html`<${RevenueChart} orders=${orders.data} timeZone=${timeZone} syncing=${syncing} />`}
        ${orders.data && html`<${Freshness} data=${orders.data} />`}
      </div>
    </section>
    <section class="figures" aria-labelledby="stock-title">
      <h2 id="stock-title">Inventory</h2>
      ${stock.error && html`<${Problem} title="The stock figures couldn't be loaded" error=${stock.error} retry=${stock.reload} />`}
      ${(stock.data || !stock.error) && html`<${StockTiles} stock=${stock.data} />`}
      ${stock.data && html`<${Freshness} data=${stock.data} />`}
    </section>
    ${orders.data?.byCurrency?.length > 0 && html`<${Currencies} rows=${orders.data.byCurrency} />`}
  `;
}
