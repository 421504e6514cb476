/** Logging in, and registering. */

import { useEffect, useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { Field, FormProblem, PasswordField, useForm } from "./forms.js";
import * as format from "./format.js";
import { BusyButton } from "./ui.js";

/** As the API has it. */
const SHORTEST = 12;
const FIELDS = ["first_name", "last_name", "email", "password"];

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
  const { ref, send, busy, error, left, problems } = useForm(async (form) => {
    // As it was typed: a password may begin or end with a blank.
    const entries = [...new FormData(form)].filter(([, value]) => value !== "");
    const ask = registering ? api.register : api.logIn;
    onSent(await ask(Object.fromEntries(entries)));
  });

  function submit(event) {
    event.preventDefault();
    send();
  }

  const taken = registering && error?.code === "conflict";
  return html`
    <form ref=${ref} onSubmit=${submit}>
      <${FormProblem} error=${error} shown=${FIELDS} />
      ${taken && html`<p class="small">It may be yours already: log in instead, below.</p>`}
      ${registering && html`<${Names} problems=${problems} />`}
      <${Field} label="E-mail" name="email" type="email" required autocomplete=${registering ? "email" : "username"} autocapitalize="none" spellcheck=${false} problem=${problems.email} />
      <${PasswordField} name="password" required minlength=${registering ? SHORTEST : undefined} autocomplete=${registering ? "new-password" : "current-password"} hint=${registering ? `At least ${SHORTEST} characters. A long phrase is better than a complicated word.` : undefined} problem=${problems.password} />
      <${BusyButton} type="submit" class="button-primary button-wide" busy=${busy} busyText="One moment …" disabled=${left > 0}>
        ${left > 0 ? `Wait ${format.wait(left)}` : registering ? "Create account" : "Log in"}
      <//>
    </form>
  `;
}

/** `from`: where they have begun an authorization, and go on with it afterwards. */
export function Login({ onLoggedIn, from }) {
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
        <p>Orders, revenue, stock and advertising from every place you sell in, kept in sync in the background.</p>
        <img class="login-art" src="/assets/harbour.svg" alt="" />
      </aside>
      <main class="login-main">
        <div class="login-form">
          <h1>${title}</h1>
          ${from &&
          html`<p>
            ${registering ? "Register" : "Log in"} to go on with what you began at ${from}: connecting your store.
          </p>`}
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
