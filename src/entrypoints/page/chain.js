/** Trying a connection out: the links from the stored token to Amazon's answer, one by one. */

import { html } from "./html.js";
import * as format from "./format.js";
import { marketplaceNames, withNames } from "./marketplaces.js";
import { Chip } from "./ui.js";
import { LINKS, LINK_STATUSES } from "./words.js";

/** What a link that holds has to say for itself. */
function note({ name, details = {} }) {
  if (name === "call" && details.marketplaceIds?.length) return `Amazon names ${marketplaceNames(details.marketplaceIds)}.`;
  if (name === "token_exchange" && details.expiresInSeconds) {
    return `A fresh access token, good for ${format.wait(details.expiresInSeconds)}.`;
  }
  if (name === "authorization_age" && details.daysLeft > 0) return `${format.count(details.daysLeft)} days left.`;
  return "";
}

/** A link that only has to wait for Amazon's pace is not broken. */
const waits = ({ status, details = {} }) => status === "failed" && details.retryAfterSeconds > 0;

function look(link) {
  if (waits(link)) return { word: "Not now", tone: "warning" };
  return LINK_STATUSES[link.status] ?? { word: link.status };
}

function Link({ link }) {
  const words = link.cause ? format.sentence(withNames(link.cause)) : note(link);
  return html`
    <li>
      <span class="link-name">${LINKS[link.name] ?? link.name}</span>
      <${Chip} ...${look(link)} />
      ${words && html`<p class="link-words">${words}</p>`}
      ${link.mend && html`<p class="link-words"><strong>What to do:</strong> ${format.sentence(withNames(link.mend))}</p>`}
      ${link.requestId && html`<p class="small link-words">Amazon's request <code>${link.requestId}</code></p>`}
    </li>
  `;
}

function summary({ ok, checks }) {
  const broken = checks.find(({ status }) => status === "failed");
  if (broken) {
    const name = LINKS[broken.name] ?? broken.name;
    return waits(broken) ? `The test has to wait at: ${name}.` : `The chain breaks at: ${name}.`;
  }
  const odd = checks.some(({ status }) => status === "warning");
  return ok && !odd ? "Every link holds." : "Every link holds, but one should be looked at.";
}

/** The result of a test; null before the first one. */
export function Chain({ result, onHide }) {
  return html`
    <div class="chain" hidden=${!result}>
      <div class="chain-head">
        <p role="status">${result ? summary(result) : ""}</p>
        <button type="button" class="button-link" onClick=${onHide}>Hide the test</button>
      </div>
      <ol class="links">
        ${result?.checks.map((link) => html`<${Link} key=${link.name} link=${link} />`)}
      </ol>
    </div>
  `;
}
