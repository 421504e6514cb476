/** The small parts that views are made of. */

import { useEffect, useLayoutEffect, useRef, useState } from "./vendor/hooks.mjs";
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
export function MissingSettings({ missing = [], message }) {
  return html`
    <${Notice} tone="warning" title="Amazon isn't set up yet">
      <p>${message ?? "Portside needs an Amazon application before a store can be connected."}</p>
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

export function StatusChip({ status }) {
  const { word, tone } = CONNECTION_STATUSES[status] ?? { word: status, tone: "quiet" };
  return html`<span class="chip chip-${tone}">${word}</span>`;
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

/** Asks before something that can't be taken back. Escape means no. */
export function Confirm({ title, children, action, busy, error, onConfirm, onCancel }) {
  const dialog = useRef(null);
  // Before the next paint, so that a quick Escape finds it open.
  useLayoutEffect(() => dialog.current.showModal(), []);
  return html`
    <dialog ref=${dialog} aria-labelledby="confirm-title" onClose=${onCancel}>
      <h2 id="confirm-title">${title}</h2>
      ${children}
      ${error && html`<p class="field-error" role="alert">${error.message}</p>`}
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${() => dialog.current.close()}>Cancel</button>
        <${BusyButton} type="button" class="button-danger" busy=${busy} busyText="Working …" onClick=${onConfirm}>
          ${action}
        <//>
      </div>
    </dialog>
  `;
}

/** A time in words, with the exact moment behind it. */
export function Time({ at }) {
  if (!at) return html`<span>never</span>`;
  return html`<time datetime=${at} title=${format.dateTime(at)}>${format.ago(at)}</time>`;
}
