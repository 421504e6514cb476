/** Forms: labelled fields with their problems beside them, and the sending of what was entered. */

import { useEffect, useId, useRef, useState } from "./vendor/hooks.mjs";
import { html } from "./html.js";
import * as format from "./format.js";
import { useAction } from "./hooks.js";
import { useCountdown } from "./ui.js";

/** One labelled input. What is wrong with it, or else a hint, stands under it and is read out with it. */
export function Field({ label, name, problem, hint, ...rest }) {
  const id = useId();
  const note = problem ? format.sentence(problem) : hint;
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <input
        ...${rest}
        id=${id}
        name=${name}
        aria-invalid=${problem ? "true" : undefined}
        aria-describedby=${note ? `${id}-note` : undefined}
      />
      ${note && html`<p id="${id}-note" class=${problem ? "field-error" : "field-hint"}>${note}</p>`}
    </div>
  `;
}

/** A password, which may be looked at while it is typed. */
export function PasswordField({ problem, hint, ...rest }) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const note = problem ? format.sentence(problem) : hint;
  return html`
    <div class="field">
      <label for=${id}>Password</label>
      <div class="password">
        <input
          ...${rest}
          id=${id}
          type=${shown ? "text" : "password"}
          autocapitalize="none"
          spellcheck=${false}
          aria-invalid=${problem ? "true" : undefined}
          aria-describedby=${note ? `${id}-note` : undefined}
        />
        <button type="button" class="button-link" aria-controls=${id} aria-pressed=${shown} aria-label="Show the password" onClick=${() => setShown(!shown)}>
          ${shown ? "Hide" : "Show"}
        </button>
      </div>
      ${note && html`<p id="${id}-note" class=${problem ? "field-error" : "field-hint"}>${note}</p>`}
    </div>
  `;
}

/** A secret to paste: never shown, never remembered by the browser, never taken for a word to correct. */
export function SecretField(props) {
  return html`<${Field} ...${props} type="password" autocomplete="off" autocapitalize="none" spellcheck=${false} />`;
}

/** An identifier to paste, as Amazon issued it. */
export function CodeField(props) {
  return html`<${Field} ...${props} type="text" autocomplete="off" autocapitalize="none" spellcheck=${false} />`;
}

/** Several choices under one legend. `children` are the inputs. */
export function Choices({ legend, problem, hint, children }) {
  const id = useId();
  const note = problem ? format.sentence(problem) : hint;
  return html`
    <fieldset class="choices" data-invalid=${problem ? "true" : undefined} aria-describedby=${note ? `${id}-note` : undefined}>
      <legend>${legend}</legend>
      ${note && html`<p id="${id}-note" class=${problem ? "field-error" : "field-hint"}>${note}</p>`}
      ${children}
    </fieldset>
  `;
}

/** The fields of a form by name, without blanks around them (copying brings them along); empty ones are left out. */
export function entered(form) {
  const fields = [...new FormData(form)].map(([name, value]) => [name, value.trim()]);
  return Object.fromEntries(fields.filter(([, value]) => value !== ""));
}

/** Sends a form with `work(form)`. After a failure the keyboard is in the first field to mend. */
export function useForm(work) {
  const form = useRef(null);
  const { run, busy, error } = useAction(work);
  const left = useCountdown(error);

  useEffect(() => {
    if (error) form.current?.querySelector("[aria-invalid=true], [data-invalid] input")?.focus();
  }, [error]);

  return { ref: form, send: () => run(form.current), busy, error, left, problems: problemsOf(error) };
}

/** What is wrong by field; "marketplace_ids.0" is a problem of `marketplace_ids`. */
function problemsOf(error) {
  const named = Object.entries(error?.fields ?? {}).map(([name, problem]) => [name.split(".")[0], problem]);
  return Object.fromEntries(named);
}

/** What went wrong with a form, but for what stands at the fields `shown`. */
export function FormProblem({ error, shown }) {
  if (!error) return null;
  const problems = problemsOf(error);
  const others = Object.keys(problems).filter((name) => !shown.includes(name));
  const words = others.map((name) => `${name}: ${problems[name]}`).join("; ");
  const marked = Object.keys(problems).length > 0 && others.length === 0;
  const again = error.retryAfter ? ` Please try again in ${format.wait(error.retryAfter)}.` : "";
  return html`
    <div class="form-error" role="alert">
      <p>${marked ? "Please look at what is marked." : words || error.message}${again}</p>
      ${error.details?.missing?.length > 0 &&
      html`<p>Not set, or not accepted: <code>${error.details.missing.join(", ")}</code></p>`}
      ${error.status >= 500 && error.requestId && html`<p class="small">Request <code>${error.requestId}</code></p>`}
    </div>
  `;
}
