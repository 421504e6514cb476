/** Which days, marketplace and currency the figures are of: chosen once, kept from view to view and in the address. */

import { useEffect, useRef, useState } from "./vendor/hooks.mjs";
import { html } from "./html.js";
import { useAction } from "./hooks.js";
import * as api from "./api.js";
import * as format from "./format.js";
import { marketplaceName, timeZoneOf } from "./marketplaces.js";
import { BusyButton, Segments, Select } from "./ui.js";

const CHOICES = [
  [7, "7 days"],
  [30, "30 days"],
  [90, "90 days"],
  [0, "Custom"],
];
const DAY = /^\d{4}-\d\d-\d\d$/;
const LONGEST = 800;
/** What the view before had. */
let kept = { days: 30 };

function fromAddress() {
  const query = new URLSearchParams(location.search);
  const [days, from, to] = ["days", "from", "to"].map((name) => query.get(name));
  if (CHOICES.some(([each]) => each && String(each) === days)) return { days: Number(days) };
  return DAY.test(from) && DAY.test(to) ? { days: 0, from, to } : kept;
}

/** Puts choices into the address, so that they survive a reload and can be sent to somebody; empty ones are taken out. */
export function keepInAddress(choices) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(choices)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  history.replaceState(null, "", location.pathname + (query.size ? `?${query}` : ""));
}

/** Every marketplace that any of the connections sells in. */
export function marketplacesOf({ connection, connections }) {
  const ids = connections.flatMap((each) => each.marketplace_ids ?? [each.marketplace_id]);
  return connection ? [...new Set([connection.marketplace_id, ...ids])] : [];
}

/** The zone whose "today" is meant: that of the marketplace, else of the home marketplace, else the browser's. */
export const zoneOf = ({ connection }, marketplace) =>
  marketplace || connection
    ? timeZoneOf(marketplace || connection.marketplace_id)
    : Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `{days, from, to}` and a way to choose others. */
export function usePeriod(timeZone) {
  const [chosen, setChosen] = useState(fromAddress);
  function choose(next) {
    kept = next;
    setChosen(next);
    keepInAddress(next.days ? { days: next.days === 30 ? "" : next.days, from: "", to: "" } : { ...next, days: "" });
  }
  const today = format.dayIn(timeZone);
  const { days } = chosen;
  const [from, to] = days ? [format.shiftDay(today, 1 - days), today] : [chosen.from, chosen.to];
  const length = 1 + Math.round((Date.parse(to) - Date.parse(from)) / 86400000);
  return { days, from, to, length, today, choose };
}

function Custom({ period }) {
  const { from, to, today, choose } = period;
  const form = useRef(null);
  const [problem, setProblem] = useState("");
  function change() {
    const [first, last] = ["from", "to"].map((name) => form.current.elements[name].value);
    if (!DAY.test(first) || !DAY.test(last)) return; // still being typed
    if (first > last) return setProblem("The first day is after the last one.");
    if (Date.parse(last) - Date.parse(first) >= LONGEST * 86400000) return setProblem(`At most ${LONGEST} days.`);
    setProblem("");
    choose({ days: 0, from: first, to: last });
  }
  const field = (name, label, value) => html`
    <label class="select">
      <span class="select-label">${label}</span>
      <input type="date" name=${name} value=${value} max=${today} min="2000-01-01" onChange=${change}
        aria-invalid=${problem ? "true" : undefined} aria-describedby="custom-problem" />
    </label>
  `;
  return html`
    <form class="custom" ref=${form} onSubmit=${(event) => event.preventDefault()}>
      ${field("from", "From", from)} ${field("to", "To", to)}
      <p class="field-error" id="custom-problem" role="status">${problem}</p>
    </form>
  `;
}

export function PeriodChoice({ period }) {
  const { days, from, to, choose } = period;
  return html`
    <${Segments} legend="Period" name="period" choices=${CHOICES} value=${days}
      onChange=${(next) => choose(next ? { days: next } : { days: 0, from, to })} />
    ${days === 0 && html`<${Custom} period=${period} />`}
  `;
}

export function MarketplaceChoice({ ids, value, onChange, all = "All marketplaces" }) {
  if (ids.length < 2) return null;
  return html`
    <${Select} label="Marketplace" value=${value} onChange=${onChange}>
      <option value="">${all}</option>
      ${ids.map((id) => html`<option key=${id} value=${id}>${marketplaceName(id)}</option>`)}
    <//>
  `;
}

/** Every currency seen since `scope` was chosen: a choice must not take the other choices away. */
function useCurrencies(rows, scope) {
  const known = useRef({ scope, all: new Set() });
  if (known.current.scope !== scope) known.current = { scope, all: new Set() };
  for (const row of rows ?? []) known.current.all.add(row.currency);
  return [...known.current.all].sort();
}

export function CurrencyChoice({ rows, scope, value, onChange }) {
  const all = useCurrencies(rows, scope);
  if (all.length < 2) return null;
  return html`
    <${Select} label="Currency" value=${value} onChange=${onChange}>
      ${all.map((each) => html`<option key=${each} value=${each}>${each}</option>`)}
    <//>
  `;
}

/** The choices of a view of orders; `asked` is what they are for the API. */
export function useChoices(store) {
  const [marketplaceId, setMarketplace] = useState("");
  const [currency, setCurrency] = useState("");
  const timeZone = zoneOf(store, marketplaceId);
  const period = usePeriod(timeZone);
  const { from, to } = period;
  function chooseMarketplace(id) {
    setMarketplace(id);
    setCurrency(""); // what the other marketplace is paid in may be nothing here
  }
  return { store, period, timeZone, asked: { from, to, marketplaceId, currency }, chooseMarketplace, setCurrency };
}

/** The same as a toolbar; `data` is the answer, which names the currencies. */
export const Choices = ({ store, period, asked, chooseMarketplace, setCurrency, data, all }) => html`
  <div class="toolbar">
    <${PeriodChoice} period=${period} />
    <${MarketplaceChoice} ids=${marketplacesOf(store)} value=${asked.marketplaceId} onChange=${chooseMarketplace} all=${all} />
    <${CurrencyChoice} rows=${data?.byCurrency} scope=${asked.marketplaceId} value=${asked.currency || data?.currency} onChange=${setCurrency} />
  </div>
`;

/** Reads everything anew when something new is here. */
export function useRevision(revision, ...loads) {
  useEffect(() => {
    if (revision > 0) for (const load of loads) load.reload();
  }, [revision]);
}

/** Saves the list that is on screen for a spreadsheet. */
export function CsvButton({ which, asked }) {
  const { run, busy, error } = useAction(async () => {
    const { name, blob } = await api.csv(which, asked);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
  return html`
    <${BusyButton} type="button" class="button-small" busy=${busy} busyText="Saving …" onClick=${run}>Save as CSV<//>
    ${error && html`<span class="field-error" role="alert">${error.message}</span>`}
  `;
}
