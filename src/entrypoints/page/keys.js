/** API keys: made, shown once, taken back. */

import { useEffect, useRef, useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { Dialog } from "./dialog.js";
import { DataTable } from "./figures.js";
import { Field, FormProblem, entered, useForm } from "./forms.js";
import * as format from "./format.js";
import { useLoad } from "./hooks.js";
import { BusyButton, Loading, Notice, Problem, Time } from "./ui.js";

/** A key that was just made: nothing will ever show it again. */
function NewKey({ made, onDismiss }) {
  const field = useRef(null);
  const [copied, setCopied] = useState("");
  useEffect(() => field.current.select(), [made]);
  async function copy() {
    field.current.select();
    // Browsers have a clipboard on https and on this machine only.
    await (navigator.clipboard?.writeText(made.key) ?? Promise.reject()).then(
      () => setCopied("Copied."),
      () => setCopied("Your browser didn't let us copy it. It is selected: copy it yourself."),
    );
  }
  const done = html`<button type="button" class="button" onClick=${onDismiss}>I have kept it</button>`;
  return html`
    <${Notice} tone="warning" title="Copy this key now: it is never shown again" actions=${done}>
      <p>Whoever has it may do what you may, except making keys. Keep it where you keep passwords.</p>
      <div class="key-line">
        <input class="key-text" readonly aria-label="The key ${made.name}" value=${made.key} ref=${field} />
        <button type="button" class="button button-primary" onClick=${copy}>Copy</button>
      </div>
      <p class="small" role="status">${copied}</p>
    <//>
  `;
}

function MakeKey({ onMade }) {
  const { ref, send, busy, error, left, problems } = useForm(async (form) => {
    const made = await api.makeKey({ name: "", ...entered(form) });
    form.reset();
    await onMade(made);
  });
  function submit(event) {
    event.preventDefault();
    send();
  }
  return html`
    <form ref=${ref} onSubmit=${submit}>
      <div class="connect-form">
        <${Field} label="Name of a new key" name="name" required maxlength="100" autocomplete="off" placeholder="price tool" problem=${problems.name} />
        <${BusyButton} type="submit" class="button-primary" busy=${busy} busyText="Making …" disabled=${left > 0}>Make a key<//>
      </div>
      <${FormProblem} error=${error} shown=${["name"]} />
    </form>
  `;
}

function KeyTable({ keys, onDelete }) {
  if (keys.length === 0) return html`<p class="small">No key yet. Programs need one to ask for your figures.</p>`;
  const remove = (key) =>
    html`<button type="button" class="button-link danger" aria-label="Delete the key ${key.name}" onClick=${() => onDelete(key)}>Delete</button>`;
  const columns = [
    { name: "name", title: "Name", cell: (key) => key.name },
    { name: "made", title: "Made", wide: true, cell: (key) => format.day(key.created_at) },
    { name: "used", title: "Last used", cell: (key) => html`<${Time} at=${key.last_used_at} />` },
    { name: "deed", title: html`<span class="sr-only">What can be done</span>`, number: true, cell: remove },
  ];
  return html`<${DataTable} label="API keys" columns=${columns} rows=${keys} keyOf=${(key) => key.id} />`;
}

/** `onChanged` is told what was done. */
export function ApiKeys({ onChanged }) {
  const { data, error, reload } = useLoad(api.apiKeys, []);
  const [made, setMade] = useState(null);
  const [leaving, setLeaving] = useState(null);
  async function keep(key) {
    setMade(key);
    await reload();
    onChanged("");
  }
  async function gone() {
    const { id, name } = leaving;
    setLeaving(null);
    if (made?.id === id) setMade(null);
    await reload();
    onChanged(`The key ${name} is deleted.`);
  }
  return html`
    ${made && html`<${NewKey} made=${made} onDismiss=${() => setMade(null)} />`}
    <div class="card">
      <p class="small">
        A program sends its key as <code>Authorization: Bearer pk_…</code>. A key doesn't run out: delete what isn't needed
        any more. What the API answers is described <a href="/docs">here</a>.
      </p>
      <${MakeKey} onMade=${keep} />
      ${error && html`<${Problem} title="Your keys couldn't be loaded" error=${error} retry=${reload} />`}
      ${!data && !error && html`<${Loading} what="your keys" />`}
      ${data && html`<${KeyTable} keys=${data.items} onDelete=${setLeaving} />`}
    </div>
    ${leaving &&
    html`
      <${Dialog}
        title="Delete the key ${leaving.name}?"
        action="Delete"
        danger
        work=${() => api.deleteKey(leaving.id)}
        onDone=${gone}
        onClose=${() => setLeaving(null)}
      >
        ${() => html`<p>Programs that use it are refused from then on. This can't be undone; a new key can be made.</p>`}
      <//>
    `}
  `;
}
