/** What advertising costs, and what it brings in. */

import { useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { DayChart } from "./chart.js";
import { AdsAwaited, Compared, DataTable, Empty, Tile, TwoLines, WAITING, counts, useSorted } from "./figures.js";
import * as format from "./format.js";
import { Link } from "./frame.js";
import { useAction, useLoad } from "./hooks.js";
import { CsvButton, CurrencyChoice, PeriodChoice, usePeriod, useRevision, zoneOf } from "./period.js";
import { BusyButton, MissingSettings, Notice, Problem, Segments, Select } from "./ui.js";
import { AD_PRODUCTS } from "./words.js";

const productName = (product) => AD_PRODUCTS[product] ?? product;
const days = (number) => `${number} ${number === 1 ? "day" : "days"}`;

function Tiles({ ads, before }) {
  const totals = ads?.totals;
  const comparable = ads && before && !ads.partial && !before.partial;
  const money = (amount) => format.money(amount, ads.currency);
  const tile = (label, name, show, kind, note) =>
    html`<${Tile} label=${label} value=${ads && show(totals[name])} kind=${kind} note=${ads && note?.()}
      change=${comparable ? format.change(totals[name], before.totals[name]) : null} />`;
  return html`
    <dl class="tiles">
      ${tile("Spend", "spend", money)} ${tile("Ad sales", "sales", money, "adSales")}
      ${tile("ACoS", "acos", format.share, "acos", () => "spend ÷ ad sales")} ${tile("ROAS", "roas", format.times, "roas", () => "ad sales ÷ spend")}
      ${tile("TACoS", "tacos", format.share, "tacos", () =>
        ads.tacos_of ? `${format.money(ads.tacos_of.spend, ads.currency)} of ${format.roundMoney(ads.tacos_of.sales, ads.currency)} sold` : "")}
      ${tile("Clicks", "clicks", format.count, null, () => `${format.share(totals.ctr, 2)} of ${format.count(totals.impressions)} impressions`)}
      ${tile("Cost per click", "cpc", money)} ${tile("Purchases", "purchases", format.count, null, () => `${format.share(totals.cvr)} of clicks`)}
    </dl>
  `;
}

/** How long after a click a sale is the ad's. */
function windowWords({ attribution_window_days: one, attribution_windows: windows }) {
  if (one) return `A sale counts as an ad's up to ${days(one)} after the click, on the day of the click.`;
  const all = [...new Set(windows.flatMap((each) => each.days))].sort((a, b) => a - b);
  if (all.length === 0) return "";
  return `A sale counts as an ad's up to ${all.join(" or ")} days after the click, by ad product and kind of seller; it is told on the day of the click.`;
}

/** Which reports are still to come, in a sentence; the list for who wants to know. */
function Partial({ missing }) {
  const profiles = new Set(missing.map((each) => each.profile_id));
  const errors = [...new Set(missing.map((each) => each.error?.message).filter(Boolean))];
  return html`
    <${Notice} title="Some of Amazon's reports are not here">
      <p>
        ${missing.length === 0
          ? "Your profiles are still being listed."
          : `The figures may still grow: for ${profiles.size === 1 ? "one profile" : `${profiles.size} profiles`}, reports of this period are under way or can't be had. Amazon takes minutes to hours to make them.`}
      </p>
      ${errors.map((words) => html`<p key=${words} class="small">${words}</p>`)}
      ${missing.length > 0 &&
      html`
        <details class="more">
          <summary>Which ones</summary>
          <ul class="missing">
            ${missing.map(
              ({ profile_id: profile, ad_product: product, report_type: type, from, to, days: number }) => html`
                <li key=${profile + type + from}>${productName(product)}, profile <code>${profile}</code>: ${days(number)}, ${format.span({ from, to })}</li>
              `,
            )}
          </ul>
        </details>
      `}
    <//>
  `;
}

const sums = (currency) => [
  { name: "spend", title: "Spend", number: true, sort: "down", cell: (row) => format.money(row.spend, currency) },
  { name: "sales", title: "Ad sales", number: true, sort: "down", cell: (row) => format.money(row.sales, currency) },
  { name: "acos", title: "ACoS", number: true, sort: "down", cell: (row) => format.share(row.acos) },
  { name: "roas", title: "ROAS", number: true, wide: true, sort: "down", cell: (row) => format.times(row.roas) },
  counts("clicks", "Clicks", { wide: true, sort: "down" }),
  counts("purchases", "Purchases", { wide: true, sort: "down" }),
];

/** What each list is of: the name of its rows, and a key. */
const LISTS = {
  campaign: {
    part: "campaigns",
    words: "Campaigns",
    title: "Campaign",
    nameOf: (row) => row.name,
    cell: (row) => html`<${TwoLines} first=${row.name ?? row.campaign_id} second=${[productName(row.ad_product), row.status?.toLowerCase()]} />`,
    keyOf: (row) => `${row.profile_id} ${row.ad_product} ${row.campaign_id}`,
  },
  product: {
    part: "products",
    words: "Products",
    title: "Product",
    nameOf: (row) => row.sku ?? row.asin,
    cell: (row) => html`<${TwoLines} first=${row.sku ?? "–"} second=${[row.asin]} />`,
    keyOf: (row) => `${row.asin} ${row.sku}`,
  },
  profile: {
    part: "profiles",
    words: "Profiles",
    title: "Profile",
    nameOf: (row) => row.account_name,
    cell: (row) => html`<${TwoLines} first=${row.account_name ?? row.profile_id} second=${[row.country_code, row.type]} />`,
    keyOf: (row) => row.profile_id,
  },
  ad_product: {
    part: "ad_products",
    words: "Ad products",
    title: "Ad product",
    nameOf: (row) => productName(row.ad_product),
    cell: (row) => productName(row.ad_product),
    keyOf: (row) => row.ad_product,
  },
};
const GROUPS = Object.entries(LISTS).map(([group, { words }]) => [group, words]);

/** One of the lists, all of whose pages so far are sorted together. */
function Rows({ ads, asked, group }) {
  const { part, words, title, nameOf, cell, keyOf } = LISTS[group];
  const [older, setOlder] = useState({ rows: [], next: ads.next_cursors[part] ?? null });
  const more = useAction(async () => {
    const page = await api.adsPerformance({ ...asked, group, cursor: older.next, limit: 200 });
    setOlder({ rows: [...older.rows, ...page[part]], next: page.next_cursor });
  });
  const all = [...ads[part], ...older.rows];
  const valueOf = (row, name) => (name === "name" ? (nameOf(row) ?? "") : row[name]);
  const { sorted, sort, setSort } = useSorted(all, "-spend", valueOf);
  if (all.length === 0) return html`<p class="small">Nothing was advertised in this period, or its reports are not here yet.</p>`;
  return html`
    <${DataTable} label=${words} columns=${[{ name: "name", title, sort: "up", cell }, ...sums(ads.currency)]} rows=${sorted} keyOf=${keyOf} sort=${sort} onSort=${setSort} />
    ${older.next &&
    html`
      <div class="actions">
        <${BusyButton} type="button" busy=${more.busy} busyText="Loading …" onClick=${more.run}>Show more<//>
        <p class="small">The ${all.length} most expensive are shown.</p>
      </div>
    `}
    ${more.error && html`<${Problem} title="More couldn't be loaded" error=${more.error} retry=${more.run} />`}
  `;
}

function Lists({ ads, asked, busy }) {
  const [group, setGroup] = useState("campaign");
  return html`
    <section class="card" aria-label="Where it was spent" aria-busy=${busy}>
      <div class="figures-head">
        <h2>Where it was spent</h2>
        <${Segments} legend="List" name="group" choices=${GROUPS} value=${group} onChange=${setGroup} />
      </div>
      <${Rows} key=${`${group} ${JSON.stringify(asked)} ${ads.data_as_of}`} ads=${ads} asked=${asked} group=${group} />
    </section>
  `;
}

const before = ({ from, length }) => ({ from: format.shiftDay(from, -length), to: format.shiftDay(from, -1) });

function Screen({ store, sync }) {
  const [profile, setProfile] = useState("");
  const [currency, setCurrency] = useState("");
  const period = usePeriod(zoneOf(store, ""));
  const { from, to } = period;
  const asked = { from, to, profile_id: profile, currency };
  const inputs = [from, to, profile, currency];
  const ads = useLoad(() => api.adsPerformance({ ...asked, limit: 200 }), inputs);
  const earlier = useLoad(() => api.adsPerformance({ ...asked, ...before(period), group: "ad_product" }), inputs);
  const profiles = useLoad(async () => {
    const kinds = await Promise.all(["profile", "dsp_advertiser"].map((type) => api.accounts({ type, limit: 200 })));
    return kinds.flatMap(({ items }) => items).filter((each) => each.status !== "disconnected");
  }, []);
  useRevision(sync.revision, ads, earlier);
  const { data, error } = ads;
  function chooseProfile(id) {
    setProfile(id);
    setCurrency("");
  }
  const money = (amount) => format.money(amount, data.currency);
  return html`
    <div class="toolbar">
      <${PeriodChoice} period=${period} />
      <${Select} label="Profile" value=${profile} onChange=${chooseProfile}>
        <option value="">All profiles</option>
        ${(profiles.data ?? []).map((each) => {
          const id = each.profile_id ?? each.dsp_advertiser_id;
          return html`<option key=${id} value=${id}>${[each.account_name ?? id, each.country_code].filter(Boolean).join(", ")}</option>`;
        })}
      <//>
      <${CurrencyChoice} rows=${data?.by_currency} scope=${profile} value=${currency || data?.currency} onChange=${setCurrency} />
    </div>
    ${error && html`<${Problem} title="The figures couldn't be loaded" error=${error} retry=${ads.reload} />`}
    ${data && !data.data_as_of && html`<${AdsAwaited} />`}
    ${(data ? data.data_as_of : !error) &&
    html`
      <div class="figures-body" aria-busy=${ads.loading}>
        ${data?.partial && data.data_as_of && html`<${Partial} missing=${data.missing} />`}
        <${Tiles} ads=${data} before=${earlier.data} />
        ${data && !data.partial && earlier.data && html`<${Compared} previous=${{ ...earlier.data.period, complete: !earlier.data.partial }} lacks="of Amazon's reports" days=${period.length} />`}
        ${data
          ? html`<${DayChart}
              title="Spend and ad sales per day"
              days=${data.series.filter(({ date }) => date < period.today || to < period.today)}
              values=${[
                { name: "sales", label: "Ad sales", show: money },
                { name: "spend", label: "Spend", show: money },
              ]}
              axis=${(amount) => format.shortMoney(amount, data.currency)}
              empty="Nothing was advertised in this period, or its reports are not here yet."
            />`
          : WAITING}
        ${data && html`<${Lists} ads=${data} asked=${asked} busy=${ads.loading} />`}
        <div class="foot">
          ${data &&
          html`<p class="small">
            ${data.data_as_of ? `As of ${format.dateTime(data.data_as_of)}. ` : ""}${windowWords(data)} Amazon corrects a day for weeks.
          </p>`}
          <${CsvButton} which="ads" asked=${{ ...asked, group: "campaign" }} />
        </div>
      </div>
    `}
  `;
}

function NotConnected({ setup, go }) {
  if (setup.status === "configuration_error") {
    return html`<${MissingSettings} what="Amazon Ads" missing=${setup.details?.missing} message=${setup.message} />`;
  }
  const connect = html`<${Link} class="button button-primary" to="/settings" go=${go}>Connect Amazon Ads<//>`;
  return html`
    <${Empty} title="Amazon Ads isn't connected" action=${connect}>
      <p>What your campaigns cost and bring in appears here. Amazon asks for a consent of its own, which is given in the settings.</p>
    <//>
  `;
}

export function Advertising({ store, sync, go }) {
  const setup = store.integrations.amazonAds;
  const known = setup.connected || setup.lastSync;
  return html`
    <header class="store"><h1>Advertising</h1></header>
    ${known ? html`<${Screen} store=${store} sync=${sync} />` : html`<${NotConnected} setup=${setup} go=${go} />`}
  `;
}
