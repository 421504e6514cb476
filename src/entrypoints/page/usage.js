/** How often Amazon and Shopify were called for the user, and how much is left of Amazon's usage plans. */

import { useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import * as format from "./format.js";
import { DataTable, Empty, ShareBar, Tile } from "./figures.js";
import { useLoad, usePolling } from "./hooks.js";
import { Loading, Notice, Problem, Segments, Select, Time } from "./ui.js";
import { accountName } from "./words.js";

const PERIODS = [[7, "7 days"], [30, "30 days"], [90, "90 days"]];
/** More rows than anybody looks through; whoever has more is told so. */
const MOST_PAGES = 40;
const REFRESH = 60000;
const WIDTH = 720;
const HEIGHT = 96;

const today = () => format.dayIn("UTC");

/** Every row of the period, page by page. */
async function loadUsage(days) {
  const to = today();
  const from = format.shiftDay(to, 1 - days);
  const rows = [];
  let cursor;
  let plans = [];
  for (let page = 0; page < MOST_PAGES && cursor !== null; page += 1) {
    const answer = await api.usage({ from, to, cursor });
    rows.push(...answer.items);
    cursor = answer.next_cursor;
    plans = answer.usage_plans;
  }
  return { from, days, rows, plans, isCut: cursor !== null };
}

const SUMS = { calls: 0, gets: 0, throttled: 0 };

/** The sums of rows by one of their names. */
function sumsBy(name, rows) {
  const sums = new Map();
  for (const row of rows) {
    const sum = sums.get(row[name]) ?? { ...SUMS };
    for (const each of Object.keys(SUMS)) sum[each] += row[each];
    sums.set(row[name], sum);
  }
  return sums;
}

const total = (sums, name) => [...sums.values()].reduce((sum, each) => sum + each[name], 0);

function Bars({ days, sums }) {
  const most = Math.max(1, ...[...sums.values()].map(({ calls }) => calls));
  const step = WIDTH / days.length;
  const bar = (day, place, name, look) => {
    const size = ((sums.get(day)?.[name] ?? 0) / most) * HEIGHT;
    return size > 0 && html`<rect class=${look} x=${place * step + step * 0.15} width=${step * 0.7} y=${HEIGHT - Math.max(1, size)} height=${Math.max(1, size)} rx="1.5" />`;
  };
  return html`
    <div class="usage-days">
      <svg class="usage-bars" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
        ${days.map((day, place) => html`<g key=${day}>${bar(day, place, "calls", "bar-calls")}${bar(day, place, "throttled", "bar-throttled")}</g>`)}
      </svg>
      <p class="usage-axis small"><span>${format.dayShort(days[0])}</span><span>at most ${format.count(most)} a day</span><span>${format.dayShort(days.at(-1))}</span></p>
    </div>
  `;
}

/** Rows are `[name, sums]`. */
function Sums({ label, head, rows, most }) {
  const number = (name) => ([, sums]) => format.count(sums[name]);
  const columns = [
    { name: "what", title: head, cell: ([name, { calls }]) => html`${name}${most && html`<${ShareBar} share=${calls / most} />`}` },
    { name: "calls", title: "Calls", number: true, cell: number("calls") },
    { name: "gets", title: "of them GET", number: true, wide: true, cell: number("gets") },
    {
      name: "throttled",
      title: "Throttled",
      number: true,
      cell: ([, { throttled, calls }]) =>
        throttled ? html`<span class="warned">${format.count(throttled)} (${format.percentage(throttled / calls)})</span>` : 0,
    },
  ];
  return html`<${DataTable} label=${label} columns=${columns} rows=${rows} keyOf=${([name]) => name} />`;
}

/** "20 a second", "one in 3 minutes". */
const pace = (rate) => (rate >= 1 ? `${format.count(rate)} a second` : `one in ${format.wait(Math.round(1 / rate))}`);

function Plans({ plans, several }) {
  return html`
    <section class="card" aria-labelledby="plans-title">
      <h2 id="plans-title">Usage plans</h2>
      <p class="small">Amazon lets each seller make so many calls at once, and so many more each second. Portside waits for them by itself.</p>
      <ul class="plans">
        ${plans.map(({ seller_id: seller, region, operation, level, rate, burst, full_at: full }) => {
          const left = Math.floor(level);
          return html`
            <li key=${`${seller} ${region} ${operation}`}>
              <p><strong>${operation}</strong>${several && html` <code class="small">${seller}</code>`}</p>
              <progress max=${burst} value=${Math.max(0, level)} aria-label="${operation}: calls left"></progress>
              <p class="small">
                ${format.count(left)} of ${format.count(burst)} left · ${pace(rate)}${full && html` · all again <${Time} at=${full} />`}
              </p>
            </li>
          `;
        })}
      </ul>
    </section>
  `;
}

function Figures({ data, seller, several }) {
  const rows = data.rows.filter((row) => !seller || row.seller_id === seller);
  const byDay = sumsBy("date", rows);
  const byOperation = sumsBy("operation", rows);
  const calls = total(byOperation, "calls");
  const gets = total(byOperation, "gets");
  const throttled = total(byOperation, "throttled");
  const days = Array.from({ length: data.days }, (_, place) => format.shiftDay(data.from, place));
  const operations = [...byOperation].sort(([, one], [, other]) => other.calls - one.calls);
  const share = calls ? `${format.percentage(throttled / calls)} of all calls` : "none so far";
  if (calls === 0) return html`<p class="empty card">Nobody was called in this period.</p>`;
  return html`
    <dl class="tiles tiles-3">
      <${Tile} label="Calls" value=${format.count(calls)} note="${format.count(Math.round(calls / data.days))} a day" />
      <${Tile} label="GET requests" value=${format.count(gets)} note="that Amazon may charge for" />
      <${Tile} label="Throttled" value=${format.count(throttled)} note=${share} tone=${throttled > 0 && "warning"} />
    </dl>
    <section class="card" aria-labelledby="days-title">
      <h2 id="days-title">By day</h2>
      <${Bars} days=${days} sums=${byDay} />
      <details class="days">
        <summary>All days as a table</summary>
        <div class="days-table">
          <${Sums} label="Calls by day" head="Day (UTC)" rows=${[...byDay].map(([day, sums]) => [format.dayName(day), sums])} />
        </div>
      </details>
    </section>
    <section class="card" aria-labelledby="operations-title">
      <h2 id="operations-title">By operation</h2>
      <${Sums} label="Calls by operation" head="Operation" rows=${operations} most=${operations[0][1].calls} />
    </section>
    ${data.plans.length > 0 && html`<${Plans} plans=${data.plans.filter((each) => !seller || each.seller_id === seller)} several=${several} />`}
  `;
}

export function Usage({ store, go }) {
  const [days, setDays] = useState(30);
  const [seller, setSeller] = useState("");
  const { data, error, loading, reload } = useLoad(() => loadUsage(days), [days]);
  usePolling(reload, REFRESH);
  const sellers = [...new Set([...(data?.rows ?? []), ...(data?.plans ?? [])].map((row) => row.seller_id))];
  const planned = new Set((data?.plans ?? []).map((plan) => plan.seller_id));
  const never = data && sellers.length === 0 && store.connections.length === 0;
  const open = html`<button type="button" class="button button-primary" onClick=${() => go("/settings")}>Connect Amazon</button>`;
  return html`
    <header class="store">
      <div>
        <h1>Calls</h1>
        <p class="store-facts">Every request that was sent to Amazon and Shopify for you, repeats too. Days begin at midnight UTC.</p>
      </div>
      <div class="toolbar" aria-busy=${loading}>
        ${sellers.length > 1 &&
        html`<${Select} label="Whose" value=${seller} onChange=${setSeller}>
          <option value="">All</option>
          ${sellers.map((each) => html`<option key=${each} value=${each}>${accountName(each)}</option>`)}
        <//>`}
        <${Segments} legend="Period" name="period" choices=${PERIODS} value=${days} onChange=${setDays} />
      </div>
    </header>
    ${error && html`<${Problem} title="The calls couldn't be loaded" error=${error} retry=${reload} />`}
    ${!data && !error && html`<${Loading} what="the calls" />`}
    ${never && html`<${Empty} title="No seller is connected yet" action=${open}><p>What Amazon is asked for you is counted here.</p><//>`}
    ${data?.isCut && html`<${Notice} tone="warning"><p>There is more than is shown: choose a shorter period.</p><//>`}
    ${data && !never && html`<${Figures} data=${data} seller=${seller} several=${planned.size > 1} />`}
  `;
}
