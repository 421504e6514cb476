/** Logging in, and registering. */

import { useEffect, useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { Field, FormProblem, useForm } from "./forms.js";
import * as format from "./format.js";
import { BusyButton } from "./ui.js";

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

  return html`
    <form ref=${ref} onSubmit=${submit}>
      <${FormProblem} error=${error} shown=${FIELDS} />
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

/** `fromAmazon`: the seller has begun an authorization there, and goes on with it afterwards. */
export function Login({ onLoggedIn, fromAmazon }) {
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
          ${fromAmazon &&
          html`<p>
            ${registering ? "Register" : "Log in"} to go on with what you began at Amazon: connecting your store.
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
