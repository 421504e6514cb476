/** Having Amazon make a new ads account: the wish, its terms, and how it gets on. */

import { useEffect, useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { Dialog } from "./dialog.js";
import { CodeField, Field, entered } from "./forms.js";
import * as format from "./format.js";
import { useAction, useLoad, usePolling } from "./hooks.js";
import { BusyButton, Chip, Problem } from "./ui.js";

export const REGISTRATIONS = {
  terms_required: { word: "Terms to be accepted", tone: "warning", why: "Amazon wants its advertising terms accepted first." },
  pending: { word: "Under way", tone: "info", why: "Amazon is making the account. That takes minutes, at times hours." },
  partially_created: { word: "Partly there", tone: "info", why: "Some of its countries can be used already." },
  created: { word: "Created", tone: "good", why: "The account is there, and in the list above." },
  disabled: { word: "Refused", tone: "danger", why: "Amazon refused it." },
  failed: { word: "Failed", tone: "danger", why: "It came to nothing." },
};

const OPEN = ["terms_required", "pending", "partially_created"];

const COUNTRIES = "US CA MX BR GB DE FR IT ES NL BE IE SE PL TR AE SA EG ZA IN JP AU SG".split(" ");

const KINDS = {
  seller: "A seller's account",
  vendor: "A vendor",
  author: "An author (KDP)",
};

/** What was entered as the API has it. */
function wishOf(form) {
  const { account_name = "", country, kind, seller_id, vendorGroup = "", email = "" } = entered(form);
  const association = {
    vendor: { amazonVendor: { vendorGroup } },
    author: { amazonAuthor: { email } },
  }[kind];
  return {
    account_name,
    country_codes: [country],
    ...(kind === "seller" && { seller_id }),
    ...(association && { associations: [association] }),
  };
}

function For({ kind, sellers, problems }) {
  if (kind === "seller") {
    return html`
      <${CodeField} label="Seller id" name="seller_id" required defaultValue=${sellers[0]?.seller_id} problem=${problems.seller_id} hint="Of the account whose products are to be advertised." />
    `;
  }
  if (kind === "vendor") return html`<${CodeField} label="Vendor group" name="vendorGroup" required problem=${problems.associations} />`;
  return html`<${Field} label="The author's e-mail" name="email" type="email" required problem=${problems.associations} />`;
}

function RegisterDialog({ sellers, onAsked, onClose }) {
  const [kind, setKind] = useState("seller");
  return html`
    <${Dialog}
      title="Register a new ads account"
      action="Register"
      shown=${["account_name", "country_codes", "seller_id", "associations"]}
      work=${async (form) => {
        const wish = wishOf(form);
        onAsked({ wish, ...(await api.registerAccount(wish)) });
      }}
      onDone=${onClose}
      onClose=${onClose}
    >
      ${(problems) => html`
        <p class="small">Amazon makes the account; nothing is advertised, and nothing spent, before you do so yourself.</p>
        <${Field} label="Name of the account" name="account_name" required maxlength="200" autocomplete="off" problem=${problems.account_name} />
        <label class="field">
          <span>Country</span>
          <select name="country">
            ${COUNTRIES.map((code) => html`<option key=${code} value=${code}>${format.country(code)}</option>`)}
          </select>
          ${problems.country_codes && html`<p class="field-error">${format.sentence(problems.country_codes)}</p>`}
        </label>
        <label class="field">
          <span>For</span>
          <select name="kind" value=${kind} onChange=${(event) => setKind(event.currentTarget.value)}>
            ${Object.entries(KINDS).map(([id, words]) => html`<option key=${id} value=${id}>${words}</option>`)}
          </select>
        </label>
        <${For} kind=${kind} sellers=${sellers} problems=${problems} />
      `}
    <//>
  `;
}

/** A link of Amazon's that a browser may safely follow. */
const safe = (url) => (/^https?:\/\//.test(url ?? "") ? url : null);

function Terms({ kept, onAsked }) {
  const accept = useAction(async () => {
    const { wish, terms_token } = kept;
    onAsked({ wish, ...(await api.registerAccount({ ...wish, terms_token })) });
  });
  return html`
    <div class="actions">
      ${safe(kept.terms_url) &&
      html`<a class="button button-primary" href=${kept.terms_url} target="_blank" rel="noopener noreferrer">Read the terms at Amazon</a>`}
      ${kept.wish &&
      html`<${BusyButton} type="button" busy=${accept.busy} busyText="Asking Amazon …" onClick=${() => accept.run()}>I have accepted them<//>`}
    </div>
    <p class="small">They open in a tab of their own. Portside looks now and then whether you have accepted them.</p>
    ${accept.error && html`<${Problem} error=${accept.error} />`}
  `;
}

/** Which registration this browser asked for last, so that a reload finds it again. The wish itself is kept by the page alone. */
function useKept(user) {
  const key = `portside-registration-${user.id}`;
  const [kept, setKept] = useState(() => {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null; // nothing is kept here, or nothing that can be read
    }
  });
  function keep(registration) {
    setKept(registration);
    try {
      if (!registration) return localStorage.removeItem(key);
      const { id, account_name, country_codes, status } = registration;
      return localStorage.setItem(key, JSON.stringify({ id, account_name, country_codes, status }));
    } catch {
      return undefined; // this browser keeps nothing for us: it is known until the page is left
    }
  }
  return [kept, keep];
}

function Progress({ kept, keep, onChanged }) {
  const { data, error, reload } = useLoad(() => api.registration(kept.id), [kept.id]);
  const now = data ?? kept;
  usePolling(reload, OPEN.includes(now.status) ? 5000 : 0);
  useEffect(() => {
    if (error?.status === 404) keep(null); // its connection was erased
  }, [error]);
  useEffect(() => {
    if (data?.status === "created") onChanged("");
  }, [data?.status]);
  function asked(next) {
    keep(next);
    reload();
  }
  const { word, tone, why } = REGISTRATIONS[now.status] ?? { word: now.status };
  return html`
    <div class="row-text">
      <div class="section-head">
        <h3>${now.account_name}</h3>
        <${Chip} word=${word} tone=${tone} />
      </div>
      <p class="row-facts">
        <span>${now.country_codes.map(format.country).join(", ")}</span>
        ${now.ads_account_id && html`<code>${now.ads_account_id}</code>`}
      </p>
      <p role="status">${why}${now.error ? ` ${now.error.message}` : ""}</p>
    </div>
    ${error && error.status !== 404 && html`<${Problem} title="We can't see how it gets on" error=${error} retry=${reload} />`}
    ${now.status === "terms_required" && html`<${Terms} kept=${{ ...now, wish: kept.wish }} onAsked=${asked} />`}
    ${!OPEN.includes(now.status) &&
    html`<div class="actions"><button type="button" class="button" onClick=${() => keep(null)}>Put it away</button></div>`}
  `;
}

export function Registering({ user, sellers, onChanged }) {
  const [kept, keep] = useKept(user);
  const [open, setOpen] = useState(false);
  return html`
    <section aria-labelledby="register-title">
      <h2 id="register-title">A new ads account</h2>
      <div class="card">
        ${kept
          ? html`<${Progress} kept=${kept} keep=${keep} onChanged=${onChanged} />`
          : html`
              <p class="small">Amazon can make one for a seller, a vendor or an author, one country at a time.</p>
              <div class="actions"><button type="button" class="button" onClick=${() => setOpen(true)}>Register an ads account</button></div>
            `}
      </div>
      ${open && html`<${RegisterDialog} sellers=${sellers} onAsked=${keep} onClose=${() => setOpen(false)} />`}
    </section>
  `;
}
