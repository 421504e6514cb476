/** What is known of a connection's orders: how far history has come, and which days lack some. */

import { html } from "./html.js";
import * as format from "./format.js";
import { marketplaceName } from "./marketplaces.js";
import { GAP_VERDICTS } from "./words.js";

const days = (number) => `${format.count(number)} ${number === 1 ? "day" : "days"}`;

function historyWords({ slices, done, failed, wantedFrom, completeFrom }) {
  const since = `since ${format.day(wantedFrom)}`;
  if (done === slices) return `All orders ${since} have been fetched.`;
  const over = done + failed === slices;
  const how = `${format.count(done)} of ${format.count(slices)} parts are done`;
  const lost = failed ? `, ${format.count(failed)} could not be had from Amazon` : "";
  const here = completeFrom ? ` All parts since ${format.day(completeFrom)} are here.` : "";
  return `Orders ${since} ${over ? "were" : "are being"} fetched: ${how}${lost}.${here}`;
}

export function Gap({ gap }) {
  const { date, marketplaceId, ourOrders, amazonOrders, verdict } = gap;
  return html`
    <li>
      ${format.dayName(date)}, ${marketplaceName(marketplaceId)}: ${format.count(ourOrders)} of ${format.count(amazonOrders)}
      ${" "}orders, ${GAP_VERDICTS[verdict] ?? verdict}
    </li>
  `;
}

function Gaps({ gaps }) {
  const number = gaps.days.gap + gaps.days.lasting;
  const more = number - gaps.newest.length;
  return html`
    <details class="more">
      <summary>${days(number)} ${number === 1 ? "lacks" : "lack"} orders that Amazon counts</summary>
      <ul>
        ${gaps.newest.map((gap) => html`<${Gap} key=${`${gap.marketplaceId} ${gap.date}`} gap=${gap} />`)}
        ${more > 0 && html`<li>and ${days(more)} before</li>`}
      </ul>
    </details>
  `;
}

export function Known({ seller, history, gaps }) {
  if (!history.slices && gaps.newest.length === 0) return null;
  return html`
    <div class="small">
      ${seller && html`<p><code>${seller}</code></p>`}
      ${history.slices > 0 && html`<p>${historyWords(history)}</p>`}
      ${gaps.newest.length > 0 && html`<${Gaps} gaps=${gaps} />`}
    </div>
  `;
}
