/** Which channel brings in how much: one bar for the eye, and a line in words for each channel. */

import { html } from "./html.js";
import * as format from "./format.js";
import { Link } from "./frame.js";

const NAMES = { amazon: "Amazon", shopify: "Shopify" };
const channelName = (channel) => NAMES[channel] ?? channel;

/** The one with the most revenue; on a tie there is none. */
function leader(channels) {
  const most = Math.max(...channels.map((each) => each.revenue.value ?? 0));
  const leading = channels.filter((each) => most > 0 && each.revenue.value === most);
  return leading.length === 1 ? leading[0].channel : null;
}

function Stack({ channels }) {
  let at = 0;
  return html`
    <svg class="stack" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="share-rest" width="100" height="10" />
      ${channels.map(({ channel, percentage }, index) => {
        const x = at;
        at += percentage.value;
        return html`<rect key=${channel} class="paint-${index}" x=${x} width=${percentage.value} height="10" />`;
      })}
    </svg>
  `;
}

export function SharesCard({ data, go }) {
  const { channels, currency } = data;
  const first = leader(channels);
  return html`
    <section class="card shares" aria-labelledby="shares-title">
      <h2 id="shares-title">Channels</h2>
      <${Stack} channels=${channels} />
      <ul>
        ${channels.map(
          (each, index) => html`
            <li key=${each.channel} class="share-line">
              <span class="swatch swatch-${index}">${channelName(each.channel)}</span>
              ${each.connected || each.orders.value
                ? html`
                    <span class="share-number">${format.decimal(each.percentage.value)}%</span>
                    <span class="share-words">
                      ${each.channel === first && html`<strong>Brings in most</strong> · `}${format.money(each.revenue.value, currency)} from ${format.count(each.orders.value)} orders
                    </span>
                    ${each.incompleteBecause && html`<span class="share-words">${each.incompleteBecause}</span>`}
                  `
                : html`<span class="share-words">Not connected. <${Link} to="/settings" go=${go}>Connect it<//></span>`}
            </li>
          `,
        )}
      </ul>
      <p class="small">${format.capital(data.revenueDefinition)}.</p>
    </section>
  `;
}
