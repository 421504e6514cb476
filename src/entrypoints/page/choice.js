/** Which of a seller's marketplaces are synced, and which of them is the default. */

import { useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { Dialog } from "./dialog.js";
import { Choices } from "./forms.js";
import { inOrder, marketplaceName, marketplacesIn } from "./marketplaces.js";

const same = (some, others) => some.length === others.length && some.every((each) => others.includes(each));

/** Boxes to tick, one for each marketplace. `chosen` are ids, in the order of `ids`. */
export function MarketplaceBoxes({ ids, chosen, onChange }) {
  const toggle = (id, on) => onChange(ids.filter((each) => (each === id ? on : chosen.includes(each))));
  return html`
    <div class="boxes">
      ${ids.map(
        (id) => html`
          <label key=${id} class="check">
            <input
              type="checkbox"
              checked=${chosen.includes(id)}
              onChange=${(event) => toggle(id, event.currentTarget.checked)}
            />
            <span>${marketplaceName(id)}</span>
          </label>
        `,
      )}
    </div>
  `;
}

function Way({ name, checked, onChoose, children }) {
  return html`
    <label class="check">
      <input type="radio" name=${name} checked=${checked} onChange=${onChoose} />
      <span>${children}</span>
    </label>
  `;
}

export function MarketplacesDialog({ connection, onChanged, onClose }) {
  const { marketplace_ids: synced, participating_marketplace_ids: named } = connection;
  // Until Amazon has named them, any of the region may be one; what is synced now can always be seen.
  const possible = inOrder(new Set([...(named.length ? named : marketplacesIn(connection.region)), ...synced]));
  const wasAll = named.length > 0 && same(synced, named);
  const [all, setAll] = useState(wasAll);
  const [chosen, setChosen] = useState(possible.filter((id) => synced.includes(id)));
  const [home, setHome] = useState(connection.marketplace_id);
  const effective = all ? inOrder(named.length ? named : synced) : chosen;
  const first = effective.includes(home) ? home : effective[0];

  async function save() {
    const changes = {};
    if (all !== wasAll || (!all && !same(chosen, synced))) changes.marketplace_ids = all ? null : chosen;
    if (first && first !== connection.marketplace_id) changes.marketplace_id = first;
    if (Object.keys(changes).length) await api.changeConnection(connection.id, changes);
  }
  return html`
    <${Dialog}
      title="Marketplaces of seller ${connection.seller_id}"
      action="Save"
      work=${save}
      shown=${["marketplace_ids", "marketplace_id"]}
      onDone=${() => onChanged(`The marketplaces of seller ${connection.seller_id} are saved.`)}
      onClose=${onClose}
    >
      ${(problems) => html`
        <${Choices} legend="Sync" problem=${problems.marketplace_ids}>
          <${Way} name="which" checked=${all} onChoose=${() => setAll(true)}>
            Every marketplace where this seller sells, new ones included
          <//>
          <${Way} name="which" checked=${!all} onChoose=${() => setAll(false)}>Only these:<//>
          ${!all && html`<${MarketplaceBoxes} ids=${possible} chosen=${chosen} onChange=${setChosen} />`}
        <//>
        <label class="field">
          <span>Default marketplace</span>
          <select value=${first} disabled=${effective.length === 0} onChange=${(event) => setHome(event.currentTarget.value)}>
            ${effective.map((id) => html`<option key=${id} value=${id}>${marketplaceName(id)}</option>`)}
          </select>
          ${problems.marketplace_id && html`<p class="field-error">${problems.marketplace_id}</p>`}
        </label>
        <p class="small">
          Stock of a marketplace that is no longer synced is taken off the lists; orders that are here stay. Whatever is
          added gets its history.
        </p>
      `}
    <//>
  `;
}
