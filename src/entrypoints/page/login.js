/** Logging in, and registering. */

import { useEffect, useId, useRef, useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import * as format from "./format.js";
import { BusyButton, useCountdown } from "./ui.js";

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function Field({ label, name, problem, hint, ...rest }) {
  const id = useId();
  const note = problem ? sentence(problem) : hint;
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

function Names({ problems }) {
  return html`
    <div class="field-pair">
      <${Field} label="First name" name="first_name" autocomplete="given-name" problem=${problems.first_name} hint="Optional" />
      <${Field} label="Last name" name="last_name" autocomplete="family-name" problem=${problems.last_name} hint="Optional" />
    </div>
  `;
}

/** The form itself; `onSent` gets the user. */
function Form({ registering, onSent }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const form = useRef(null);
  const left = useCountdown(error);
  const problems = error?.fields ?? {};

  useEffect(() => {
    // The first thing to mend is the first thing to stand in.
    if (error) form.current.querySelector("[aria-invalid=true]")?.focus();
  }, [error]);

  async function submit(event) {
    event.preventDefault();
    const entries = [...new FormData(form.current)].filter(([, value]) => value !== "");
    setBusy(true);
    setError(null);
    const send = registering ? api.register : api.logIn;
    await send(Object.fromEntries(entries)).then(onSent, setError);
    setBusy(false);
  }

  return html`
    <form ref=${form} onSubmit=${submit}>
      ${error &&
      html`<p class="form-error" role="alert">
        ${error.message}${error.retryAfter ? ` Please try again in ${format.wait(error.retryAfter)}.` : ""}
      </p>`}
      ${registering && html`<${Names} problems=${problems} />`}
      <${Field} label="E-mail" name="email" type="email" required autocomplete="username" problem=${problems.email} />
      <${Field}
        label="Password"
        name="password"
        type="password"
        required
        autocomplete=${registering ? "new-password" : "current-password"}
        hint=${registering ? "A long phrase is better than a complicated word." : undefined}
        problem=${problems.password}
      />
      <${BusyButton} type="submit" class="button-primary button-wide" busy=${busy} busyText="One moment …" disabled=${left > 0}>
        ${left > 0 ? `Wait ${format.wait(left)}` : registering ? "Create account" : "Log in"}
      <//>
    </form>
  `;
}

export function Login({ onLoggedIn }) {
  const [registering, setRegistering] = useState(false);
  const title = registering ? "Create your account" : "Welcome back";
  useEffect(() => {
    document.title = `${registering ? "Register" : "Log in"} · Portside`;
  }, [registering]);

  return html`
    <div class="login">
      <aside class="login-side" aria-label="About Portside">
        <span class="brand"><img src="/assets/icon.svg" alt="" width="32" height="32" />Portside</span>
        <p class="login-claim">Your Amazon store, in calm waters.</p>
        <p>Orders, revenue and stock from every marketplace you sell in, kept in sync in the background.</p>
        <img class="login-art" src="/assets/harbour.svg" alt="" />
      </aside>
      <main class="login-main">
        <div class="login-form">
          <h1>${title}</h1>
          <${Form} key=${registering} registering=${registering} onSent=${onLoggedIn} />
          <p class="login-switch">
            ${registering ? "Already have an account?" : "New to Portside?"}${" "}
            <button type="button" class="button-link" onClick=${() => setRegistering(!registering)}>
              ${registering ? "Log in" : "Create an account"}
            </button>
          </p>
        </div>
      </main>
    </div>
  `;
}
