/** Advertising accounts: what Amazon Ads lets us see, how each does, and what can be done to one or many. */

import { useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { Reports } from "./adsreports.js";
import { Dialog } from "./dialog.js";
import { Field, entered } from "./forms.js";
import * as format from "./format.js";
import { useAction, useLoad } from "./hooks.js";
import { REGIONS } from "./marketplaces.js";
import { More, usePages } from "./pages.js";
import { Registering } from "./register.js";
import { BusyButton, Chip, Loading, Notice, Problem, Segments, Time } from "./ui.js";

export const TYPES = {
  ads_account: "Ads account",
  profile: "Profile",
  dsp_advertiser: "DSP advertiser",
};

const CHOICES = [["", "All"], ["ads_account", "Ads accounts"], ["profile", "Profiles"], ["dsp_advertiser", "DSP"]];

/** How an account is: a word, its colour, and what that means. */
export const ACCOUNT_STATUSES = {
  connected: { word: "Connected", tone: "good" },
  pending: { word: "Being made", tone: "info", why: "Amazon is still making it, or a part of it." },
  disabled: { word: "Disabled", tone: "danger", why: "Amazon has disabled it: the advertising console says why." },
  gone: { word: "Gone", tone: "warning", why: "Amazon doesn't name it any more. What is here of it stays." },
  disconnected: { word: "Disconnected", tone: "quiet", why: "By you: it isn't synced. What is here of it stays." },
  reauthorization_required: { word: "Needs your authorization", tone: "danger", why: "Renew Amazon Ads in the settings." },
};

/** What the API says of an account that needs nothing. */
const WELL = "All is well.";

export const VERDICTS = {
  healthy: { word: "All is well", tone: "good" },
  degraded: { word: "Something needs a look", tone: "warning" },
  error: { word: "Nothing can be fetched", tone: "danger" },
};

/** As the API has it. */
const MOST_AT_ONCE = 200;

const count = (number, word) => `${format.count(number)} ${word}${number === 1 ? "" : "s"}`;

/** How all of them do, in a line, and how many are in which state. */
function Health({ health: { data, error, reload } }) {
  if (error && !data) return html`<${Problem} title="How the accounts do couldn't be loaded" error=${error} retry=${reload} />`;
  if (!data) return html`<${Loading} what="how your accounts do" />`;
  const numbers = {};
  for (const { status } of data.accounts) numbers[status] = (numbers[status] ?? 0) + 1;
  return html`
    <section class="card" aria-labelledby="health-title">
      <div class="section-head">
        <h2 id="health-title">Health</h2>
        <${Chip} ...${VERDICTS[data.status] ?? { word: data.status }} />
      </div>
      ${data.reason !== WELL && html`<p>${data.reason}</p>`}
      <p class="counts">
        ${Object.entries(numbers).map(
          ([status, number]) => html`
            <span key=${status}><strong>${format.count(number)}</strong> ${(ACCOUNT_STATUSES[status]?.word ?? status).toLowerCase()}</span>
          `,
        )}
      </p>
    </section>
  `;
}

/** Has Amazon asked for its lists once more, one after the other. */
function Refresh({ type, onDone }) {
  const [found, setFound] = useState(null);
  const { run, busy, error } = useAction(async () => {
    setFound(null);
    const problems = [];
    for (const each of type ? [type] : Object.keys(TYPES)) {
      const listed = await api.listAnew(each);
      problems.push(...listed.problems.map((problem) => ({ ...problem, type: each })));
    }
    setFound(problems);
    await onDone();
  });
  return html`
    <${BusyButton} type="button" busy=${busy} busyText="Asking Amazon …" onClick=${() => run()}>Refresh from Amazon<//>
    ${error && html`<${Problem} title="Amazon's lists couldn't be read" error=${error} />`}
    ${found?.length === 0 && html`<p class="small" role="status">Amazon's lists are read; this is what they hold.</p>`}
    ${found?.length > 0 &&
    html`
      <${Notice} tone="warning" title="Some lists couldn't be read to their end" onDismiss=${() => setFound(null)}>
        <ul class="failures">
          ${found.map(
            ({ type: of, region, message }) => html`<li><strong>${TYPES[of]}s, ${REGIONS[region] ?? region}:</strong> ${message}</li>`,
          )}
        </ul>
        <p class="small">What came is kept, and nothing counts as gone. Try again in some minutes.</p>
      <//>
    `}
  `;
}

function factsOf(account) {
  const id = account.ads_account_id ?? account.profile_id ?? account.dsp_advertiser_id;
  const country = account.country_code ? format.country(account.country_code) : account.country_codes.map(format.country).join(", ");
  const kind = account.account_type ? `${format.capital(account.account_type)}'s profile` : TYPES[account.type];
  return [kind, country || REGIONS[account.region], account.currency_code, html`<code>${id}</code>`].filter(Boolean);
}

/** What there is to say beyond the state: Amazon's own words, or ours. */
function whyOf(account, health) {
  const said = Object.entries(account.problems).map(([country, words]) => `${country}: ${words}`);
  if (health && health.reason !== WELL) return health.reason;
  if (account.last_error) return `The latest sync failed: ${account.last_error.message}`;
  return ACCOUNT_STATUSES[account.status]?.why ?? said.join(" · ");
}

function Rename({ account, onDone, onClose }) {
  return html`
    <${Dialog}
      title="Rename ${account.account_name}"
      action="Save"
      shown=${["account_name"]}
      work=${(form) => api.changeAccount(account.id, { account_name: entered(form).account_name ?? null })}
      onDone=${() => onDone("The name is saved.")}
      onClose=${onClose}
    >
      ${(problems) => html`
        <${Field} label="Name" name="account_name" maxlength="200" autocomplete="off" defaultValue=${account.account_name} problem=${problems.account_name} hint="It is yours, and shown here alone. Leave it empty for Amazon's own." />
      `}
    <//>
  `;
}

/** `onDeed` does one of DEEDS to this account alone; `outcome` is what came of the last one. */
function Row({ account, health, outcome, chosen, onChoose, onDeed, onChanged }) {
  const [renaming, setRenaming] = useState(false);
  const { account_name: name, status } = account;
  const why = whyOf(account, health);
  const action = (words, onClick) =>
    html`<button type="button" class="button-link" aria-label="${words}: ${name}" onClick=${onClick}>${words}</button>`;
  return html`
    <li class="row">
      <input type="checkbox" aria-label="Select ${name}" checked=${chosen} onChange=${(event) => onChoose(event.currentTarget.checked)} />
      <div class="row-text">
        <h3>${name}</h3>
        <p class="row-facts">${factsOf(account).map((fact) => html`<span>${fact}</span>`)}</p>
        ${why && html`<p class="small">${why}</p>`}
        ${outcome?.error && html`<p class="field-error">Not done: ${outcome.error.message}</p>`}
      </div>
      <div class="row-deeds">
        ${action("Rename", () => setRenaming(true))}
        ${!account.is_default && action("Make default", () => onDeed("prefer"))}
        ${status === "disconnected"
          ? action("Connect", () => onDeed("connect"))
          : action("Disconnect", () => onDeed("disconnect"))}
      </div>
      <div class="row-state">
        <p><${Chip} ...${ACCOUNT_STATUSES[status] ?? { word: status }} />${account.is_default && html` <${Chip} word="Default" tone="info" />`}</p>
        <p class="small">Synced <${Time} at=${account.last_synced_at} /></p>
      </div>
      ${renaming && html`<${Rename} account=${account} onDone=${onChanged} onClose=${() => setRenaming(false)} />`}
    </li>
  `;
}

const DEEDS = {
  sync: { operation: "sync" },
  connect: { operation: "update", updates: { status: "connected" } },
  disconnect: { operation: "disconnect" },
  prefer: { operation: "update", updates: { is_default: true } },
};

/** What can be done to all that are chosen at once. */
function Batch({ number, busy, onDeed }) {
  if (number === 0) return null;
  const button = (deed, words) =>
    html`<${BusyButton} type="button" busy=${busy} busyText="…" onClick=${() => onDeed(deed)}>${words}<//>`;
  return html`
    <div class="batch" role="group" aria-label="What to do with the selected accounts">
      <strong>${count(number, "account")} selected</strong>
      ${button("sync", "Sync now")} ${button("connect", "Connect")} ${button("disconnect", "Disconnect")}
    </div>
  `;
}

function List({ type, health, revision, onChanged }) {
  const pages = usePages((cursor) => api.accounts({ type, cursor }), [type], revision);
  const [selected, setSelected] = useState([]);
  const [outcomes, setOutcomes] = useState({});
  const [leaving, setLeaving] = useState(null);
  const { first, items } = pages;
  const chosen = items.map(({ id }) => id).filter((id) => selected.includes(id));
  const healthOf = new Map((health.data?.accounts ?? []).map((each) => [each.id, each]));
  const deed = useAction(async (name, ids) => {
    const { results, succeeded, failed } = await api.accountsBatch({ ...DEEDS[name], account_ids: ids });
    setOutcomes(Object.fromEntries(results.map((each) => [each.account_id, each])));
    // What failed stays selected, to be tried again.
    setSelected(selected.filter((id) => !results.some((each) => each.ok && each.account_id === id)));
    await onChanged(`${count(succeeded, "account")} done${failed ? `, ${format.count(failed)} not: each says why` : ""}.`);
  });
  const ask = (name, ids) => (name === "disconnect" ? setLeaving(ids) : deed.run(name, ids));
  if (first.error && !first.data) {
    return html`<${Problem} title="Your accounts couldn't be loaded" error=${first.error} retry=${first.reload} />`;
  }
  if (!first.data) return html`<${Loading} what="your accounts" />`;
  if (items.length === 0) {
    return html`<p class="empty">None of this kind yet. The first listing takes a minute; “Refresh from Amazon” asks at once.</p>`;
  }
  const most = items.slice(0, MOST_AT_ONCE).map(({ id }) => id);
  return html`
    <label class="check small">
      <input
        type="checkbox"
        checked=${chosen.length === most.length}
        onChange=${(event) => setSelected(event.currentTarget.checked ? most : [])}
      />
      <span>Select ${most.length === 1 ? "it" : `all ${most.length}`}</span>
    </label>
    <${Batch} number=${chosen.length} busy=${deed.busy} onDeed=${(name) => ask(name, chosen)} />
    ${deed.error && html`<${Problem} error=${deed.error} />`}
    <ul class="rows">
      ${items.map(
        (each) => html`
          <${Row} key=${each.id} account=${each} health=${healthOf.get(each.id)} outcome=${outcomes[each.id]} chosen=${selected.includes(each.id)} onChoose=${(on) => setSelected(on ? [...selected, each.id] : selected.filter((id) => id !== each.id))} onDeed=${(name) => ask(name, [each.id])} onChanged=${onChanged} />
        `,
      )}
    </ul>
    <${More} pages=${pages} what="accounts" />
    ${leaving &&
    html`
      <${Dialog}
        title="Disconnect ${count(leaving.length, "account")}?"
        action="Disconnect"
        danger
        work=${() => deed.run("disconnect", leaving)}
        onDone=${() => setLeaving(null)}
        onClose=${() => setLeaving(null)}
      >
        ${() => html`<p>Not synced any more from then on; figures that are here stay. Connect again whenever you like.</p>`}
      <//>
    `}
  `;
}

function NotConnected({ part, go }) {
  const open = html`<button type="button" class="button button-primary" onClick=${() => go("/settings#ads")}>Open the settings</button>`;
  return html`
    <${Notice} title="Amazon Ads isn't connected" actions=${open}>
      <p>
        ${part.status === "configuration_error"
          ? "Whoever runs Portside has to set it up first; the settings say what is missing."
          : "Connect it in the settings, and your advertising accounts are listed here."}
      </p>
    <//>
  `;
}

export function Accounts({ user, store, sync, go }) {
  const [type, setType] = useState("");
  const [done, setDone] = useState({ words: "", times: 0 });
  const revision = `${sync.changes} ${done.times}`;
  const health = useLoad(api.accountsHealth, [revision]);
  const part = store.integrations.amazonAds;
  // After a disconnect the accounts stay, and may be looked at.
  const never = !part.connected && health.data?.accounts.length === 0;
  const changed = async (words = "") => setDone(({ times }) => ({ words, times: times + 1 }));
  return html`
    <header class="store">
      <div>
        <h1>Advertising accounts</h1>
        <p class="store-facts">What your authorization of Amazon Ads can see, in all regions.</p>
      </div>
    </header>
    ${!part.connected && html`<${NotConnected} part=${part} go=${go} />`}
    ${!never &&
    html`
      <${Health} health=${health} />
      <section aria-labelledby="accounts-title">
        <h2 id="accounts-title">Accounts</h2>
        <div class="card">
          <div class="section-head">
            <${Segments} legend="Which accounts" name="type" choices=${CHOICES} value=${type} onChange=${setType} />
            ${part.connected && html`<${Refresh} key=${type} type=${type} onDone=${changed} />`}
          </div>
          <p class="small" role="status">${done.words}</p>
          <${List} key=${type} type=${type} health=${health} revision=${revision} onChanged=${changed} />
        </div>
      </section>
    `}
    ${part.connected &&
    html`
      <${Registering} user=${user} sellers=${store.connections} onChanged=${changed} />
      <${Reports} revision=${sync.changes} />
    `}
  `;
}
