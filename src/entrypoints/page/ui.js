/** The small parts that views are made of. */

import { useEffect, useState } from "./vendor/hooks.mjs";
import { html } from "./html.js";
import * as format from "./format.js";
import { CONNECTION_STATUSES } from "./words.js";

/** A message that stands in the page. Bad news interrupts a screen reader, good news waits its turn. */
export function Notice({ tone = "info", title, children, actions, onDismiss }) {
  const urgent = tone === "danger" || tone === "warning";
  return html`
    <div class="notice notice-${tone}" role=${urgent ? "alert" : "status"}>
      <div class="notice-text">
        ${title && html`<p class="notice-title">${title}</p>`}
        <div>${children}</div>
      </div>
      ${actions && html`<div class="notice-actions">${actions}</div>`}
      ${onDismiss &&
      html`<button type="button" class="button-icon" aria-label="Dismiss this message" onClick=${onDismiss}>
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path d="M4 4l8 8M12 4l-8 8" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" />
        </svg>
      </button>`}
    </div>
  `;
}

/** Says what could not be loaded or done, and offers to try again. */
export function Problem({ error, title = "That didn't work", retry }) {
  const again = retry && html`<button type="button" class="button" onClick=${retry}>Try again</button>`;
  return html`
    <${Notice} tone="danger" title=${title} actions=${again}>
      <p>${error.message}</p>
      ${error.requestId && html`<p class="small">Request <code>${error.requestId}</code></p>`}
    <//>
  `;
}

/** Which settings the operator still has to give. */
export function MissingSettings({ missing = [], message, what = "Amazon" }) {
  return html`
    <${Notice} tone="warning" title="${what} isn't set up yet">
      <p>${(missing.length === 0 && message) || `Whoever runs Portside has to register an application with ${what} first.`}</p>
      ${missing.length > 0 &&
      html`
        <p>Still missing:</p>
        <ul class="settings-missing">
          ${missing.map((name) => html`<li key=${name}><code>${name}</code></li>`)}
        </ul>
        <p class="small">Set them in the environment or in the <code>.env</code> file, then start Portside again.</p>
      `}
    <//>
  `;
}

export const Chip = ({ word, tone = "quiet" }) => html`<span class="chip chip-${tone}">${word}</span>`;

export function StatusChip({ status }) {
  return html`<${Chip} ...${CONNECTION_STATUSES[status] ?? { word: status }} />`;
}

export function Loading({ what }) {
  return html`<p class="loading" role="status"><span class="spinner" aria-hidden="true"></span>Loading ${what} …</p>`;
}

/** A button that says what it is doing and can't be pressed twice. */
export function BusyButton({ busy, busyText, children, class: look = "", ...rest }) {
  return html`
    <button ...${rest} class="button ${look}" disabled=${busy || rest.disabled} aria-busy=${busy}>
      ${busy && html`<span class="spinner" aria-hidden="true"></span>`}${busy ? busyText : children}
    </button>
  `;
}

/** Seconds left of a wait, counting down to 0 from whenever `error` (a 429) arrived. */
export function useCountdown(error) {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const end = Date.now() + (error?.retryAfter ?? 0) * 1000;
    const show = () => setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1000)));
    show();
    if (!error?.retryAfter) return undefined;
    const timer = setInterval(show, 1000);
    return () => clearInterval(timer);
  }, [error]);
  return left;
}

/** A labelled select, small enough for a toolbar. */
export function Select({ label, value, onChange, children }) {
  return html`
    <label class="select">
      <span class="select-label">${label}</span>
      <select value=${value} onChange=${(event) => onChange(event.currentTarget.value)}>${children}</select>
    </label>
  `;
}

/** A choice between a few ways, all of them in sight. */
export function Segments({ legend, name, choices, value, onChange }) {
  return html`
    <fieldset class="segments">
      <legend class="sr-only">${legend}</legend>
      ${choices.map(
        ([each, words]) => html`
          <label key=${each}>
            <input type="radio" name=${name} checked=${each === value} onChange=${() => onChange(each)} />
            <span>${words}</span>
          </label>
        `,
      )}
    </fieldset>
  `;
}

/** A time in words, with the exact moment behind it. */
export function Time({ at }) {
  if (!at) return html`<span>never</span>`;
  return html`<time datetime=${at} title=${format.dateTime(at)}>${format.ago(at)}</time>`;
}
