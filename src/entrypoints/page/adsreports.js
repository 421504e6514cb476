/** Reports of Amazon Ads that the user asks for: the usual ones by name, for a profile and some days, to be taken away. */

import { useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { Field, FormProblem, useForm } from "./forms.js";
import * as format from "./format.js";
import { useLoad, usePolling } from "./hooks.js";
import { More, usePages } from "./pages.js";
import { BusyButton, Chip, Loading, Problem, Time } from "./ui.js";

const SP = "impressions clicks cost purchases7d sales7d unitsSoldClicks7d";
const OTHERS = "impressions clicks cost purchases sales unitsSold";
const OF_CAMPAIGN = "campaignName campaignId";

/** What they are called, and in Amazon's words: type, ad product, group, columns. */
export const PRESETS = [
  ["Campaigns", "spCampaigns", "SPONSORED_PRODUCTS", "campaign", `${OF_CAMPAIGN} campaignStatus ${SP}`],
  ["Search terms", "spSearchTerm", "SPONSORED_PRODUCTS", "searchTerm", `searchTerm ${OF_CAMPAIGN} adGroupName keyword matchType ${SP}`],
  ["Targeting", "spTargeting", "SPONSORED_PRODUCTS", "targeting", `targeting ${OF_CAMPAIGN} adGroupName matchType ${SP}`],
  ["Advertised products", "spAdvertisedProduct", "SPONSORED_PRODUCTS", "advertiser", `advertisedAsin advertisedSku ${OF_CAMPAIGN} adGroupName ${SP}`],
  ["Brands: campaigns", "sbCampaigns", "SPONSORED_BRANDS", "campaign", `${OF_CAMPAIGN} campaignStatus ${OTHERS}`],
  ["Display: campaigns", "sdCampaigns", "SPONSORED_DISPLAY", "campaign", `${OF_CAMPAIGN} campaignStatus ${OTHERS}`],
];

export const REPORT_STATUSES = {
  pending: { word: "Asked for", tone: "info" },
  processing: { word: "Amazon is making it", tone: "info" },
  completed: { word: "Here", tone: "good" },
  failed: { word: "Failed", tone: "danger" },
};

const FIELDS = ["profile_id", "start_date", "end_date", "time_unit"];
const nameOf = (type) => PRESETS.find(([, id]) => id === type)?.[0] ?? type;

function Ask({ profiles, onAsked }) {
  const [last] = useState(() => format.shiftDay(format.dayIn("UTC"), -1));
  const { ref, send, busy, error, left, problems } = useForm(async (form) => {
    const { preset, ...given } = Object.fromEntries(new FormData(form));
    const [, report_type, ad_product, group, columns] = PRESETS[preset];
    const names = columns.split(" ");
    if (given.time_unit === "DAILY") names.unshift("date");
    await api.askAdsReport({ ...given, report_type, ad_product, group_by: [group], columns: names });
    await onAsked();
  });
  function submit(event) {
    event.preventDefault();
    send();
  }
  return html`
    <form class="report-form" ref=${ref} onSubmit=${submit}>
      <label class="field">
        <span>Report</span>
        <select name="preset">${PRESETS.map(([name], place) => html`<option key=${name} value=${place}>${name}</option>`)}</select>
      </label>
      <label class="field">
        <span>Profile</span>
        <select name="profile_id">
          ${profiles.map((each) => html`<option key=${each.id} value=${each.profile_id}>${each.account_name} · ${each.country_code}</option>`)}
        </select>
        ${problems.profile_id && html`<p class="field-error">${format.sentence(problems.profile_id)}</p>`}
      </label>
      <${Field} label="From" name="start_date" type="date" required defaultValue=${format.shiftDay(last, -13)} problem=${problems.start_date} />
      <${Field} label="To" name="end_date" type="date" required defaultValue=${last} problem=${problems.end_date} />
      <label class="field">
        <span>Rows</span>
        <select name="time_unit">
          <option value="DAILY">For each day</option>
          <option value="SUMMARY">For all days together</option>
        </select>
      </label>
      <${BusyButton} type="submit" class="button-primary" busy=${busy} busyText="Asking …" disabled=${left > 0}>Ask for it<//>
      <${FormProblem} error=${error} shown=${FIELDS} />
    </form>
  `;
}

function Report({ report, profile }) {
  const { report_type: type, start_date: from, end_date: to, status, download_url: url } = report;
  const days = format.span({ from, to });
  return html`
    <li class="row row-plain">
      <div class="row-text">
        <h3>${nameOf(type)}</h3>
        <p class="row-facts"><span>${profile?.account_name ?? report.profile_id}</span><span>${days}</span><span>asked <${Time} at=${report.created_at} /></span></p>
        ${report.error && html`<p class="small">${report.error.message}</p>`}
      </div>
      <p class="row-state"><${Chip} ...${REPORT_STATUSES[status] ?? { word: status }} /></p>
      <p class="row-deeds">
        ${url &&
        html`
          <span class="small">${format.count(report.rows)} ${report.rows === 1 ? "row" : "rows"}</span>
          <a href="${url}?format=csv" download aria-label="CSV of ${nameOf(type)}, ${days}">CSV</a>
          <a href="${url}?format=json" download aria-label="JSON of ${nameOf(type)}, ${days}">JSON</a>
        `}
      </p>
    </li>
  `;
}

export function Reports({ revision }) {
  const profiles = useLoad(() => api.accounts({ type: "profile", limit: 200 }), [revision]);
  const pages = usePages((cursor) => api.adsReports({ cursor }), [], revision);
  const { first, items } = pages;
  usePolling(first.reload, items.some(({ status }) => status === "pending" || status === "processing") ? 10000 : 0);
  const known = profiles.data?.items ?? [];
  // Agencies and Attribution have no campaigns of their own.
  const usable = known
    .filter(({ status, account_type: whose, account_sub_type: kind }) => status === "connected" && whose !== "agency" && kind !== "AMAZON_ATTRIBUTION")
    .sort((one, other) => other.is_default - one.is_default);
  const error = profiles.error ?? (first.data ? null : first.error);
  return html`
    <section aria-labelledby="reports-title">
      <h2 id="reports-title">Reports</h2>
      <div class="card">
        <p class="small">Amazon makes them on request, in minutes to hours; they are kept here. One holds 31 days at most.</p>
        ${error && html`<${Problem} title="The reports couldn't be loaded" error=${error} retry=${() => (profiles.reload(), first.reload())} />`}
        ${usable.length > 0
          ? html`<${Ask} profiles=${usable} onAsked=${first.reload} />`
          : profiles.data && html`<p class="small">There is no connected profile to ask for.</p>`}
        ${!first.data && !error && html`<${Loading} what="your reports" />`}
        ${first.data && items.length === 0 && html`<p class="small">None asked for yet.</p>`}
        ${items.length > 0 &&
        html`
          <ul class="rows">
            ${items.map(
              (each) => html`<${Report} key=${each.id} report=${each} profile=${known.find(({ id }) => id === each.account_id)} />`,
            )}
          </ul>
          <${More} pages=${pages} what="reports" />
        `}
      </div>
    </section>
  `;
}
