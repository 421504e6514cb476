/** Another password. */

import * as api from "./api.js";
import { html } from "./html.js";
import { Field, FormProblem, useForm } from "./forms.js";
import { BusyButton } from "./ui.js";

const FIELDS = { current_password: ["Present password", "current"], new_password: ["New password", "new"] };

export function Password({ onChanged }) {
  const { ref, send, busy, error, left, problems } = useForm(async (form) => {
    await api.changePassword(Object.fromEntries(new FormData(form)));
    form.reset();
    onChanged("Your password is changed. You are logged out everywhere else.");
  });
  const submit = (event) => (event.preventDefault(), send());
  return html`
    <form class="card" ref=${ref} onSubmit=${submit}>
      <div class="connect-form">
        ${Object.entries(FIELDS).map(
          ([name, [label, kind]]) => html`<${Field} key=${name} label=${label} name=${name} type="password" required autocomplete="${kind}-password" problem=${problems[name]} />`,
        )}
        <${BusyButton} busy=${busy} busyText="Changing …" disabled=${left > 0}>Change password<//>
      </div>
      <${FormProblem} error=${error} shown=${["new_password"]} />
    </form>
  `;
}
