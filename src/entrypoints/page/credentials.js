/** A seller's own credentials: a refresh token that is brought along, an LWA client, a role at AWS. */

import { useLayoutEffect, useRef, useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { MarketplaceBoxes } from "./choice.js";
import { Dialog } from "./dialog.js";
import { Choices, CodeField, FormProblem, SecretField, entered, useForm } from "./forms.js";
import { REGIONS, marketplacesIn } from "./marketplaces.js";
import { BusyButton } from "./ui.js";

const renewed = (seller) => `The authorization of seller ${seller} is renewed.`;

const OWN_FIELDS = ["lwa_client_id", "lwa_client_secret", "iam_role_arn"];
const TOKEN_FIELDS = ["seller_id", "refresh_token", "marketplace_ids", ...OWN_FIELDS];

const TokenField = ({ problems }) => html`
  <${SecretField} label="Refresh token" name="refresh_token" required problem=${problems.refresh_token} hint="It begins with Atzr|." />
`;

function ClientFields({ problems, id = "", hint }) {
  return html`
    <${CodeField} label="LWA client id" name="lwa_client_id" defaultValue=${id} problem=${problems.lwa_client_id} hint="It begins with amzn1.application-oa2-client." />
    <${SecretField} label="LWA client secret" name="lwa_client_secret" problem=${problems.lwa_client_secret} hint=${hint} />
  `;
}

const RoleField = ({ problems, value = "" }) => html`
  <${CodeField} label="AWS role" name="iam_role_arn" defaultValue=${value} problem=${problems.iam_role_arn} hint="Optional. Amazon has needed none since October 2023." />
`;

/** Connecting with a refresh token from the Solution Provider Portal or Seller Central. `onChanged` gets what to say. */
export function TokenForm({ connections, onChanged }) {
  const [region, setRegion] = useState("na");
  const [chosen, setChosen] = useState([]);
  const own = useRef(null);
  const { ref, send, busy, error, left, problems } = useForm(async (form) => {
    const given = { seller_id: "", refresh_token: "", ...entered(form), region, marketplace_ids: chosen };
    const known = connections.some((each) => each.seller_id === given.seller_id && each.region === region);
    const { seller_id: seller } = await api.bringConnection(given);
    form.reset();
    setChosen([]);
    own.current.open = false;
    onChanged(known ? renewed(seller) : `Seller ${seller} is connected; its first sync begins.`);
  });
  useLayoutEffect(() => {
    // Opened for what has to be mended in there, before the keyboard is taken to it; closed by nobody but the reader.
    if (OWN_FIELDS.some((name) => problems[name])) own.current.open = true;
  }, [error]);
  function submit(event) {
    event.preventDefault();
    send();
  }
  return html`
    <form class="token-form" ref=${ref} onSubmit=${submit}>
      <p class="small">
        For sellers who have authorized an application themselves and hold the refresh token. It is tried at Amazon before
        it is kept, encrypted, and is never shown again.
      </p>
      <${CodeField} label="Seller id" name="seller_id" required problem=${problems.seller_id} hint="Also called merchant token, such as A3TH9S8BH6GOGM." />
      <${TokenField} problems=${problems} />
      <label class="field">
        <span>Region</span>
        <select
          value=${region}
          onChange=${(event) => {
            setRegion(event.currentTarget.value);
            setChosen([]);
          }}
        >
          ${Object.entries(REGIONS).map(([id, name]) => html`<option key=${id} value=${id}>${name}</option>`)}
        </select>
      </label>
      <${Choices} legend="Marketplaces where you sell" problem=${problems.marketplace_ids}>
        <${MarketplaceBoxes} ids=${marketplacesIn(region)} chosen=${chosen} onChange=${setChosen} />
      <//>
      <details class="more" ref=${own}>
        <summary>The token belongs to an application of my own</summary>
        <div class="more-body">
          <${ClientFields} problems=${problems} />
          <${RoleField} problems=${problems} />
        </div>
      </details>
      <${FormProblem} error=${error} shown=${TOKEN_FIELDS} />
      <div class="actions">
        <${BusyButton} type="submit" class="button-primary" busy=${busy} busyText="Asking Amazon …" disabled=${left > 0}>
          Connect with this token
        <//>
      </div>
    </form>
  `;
}

/** Renewing where the seller's own application was authorized: Portside's would be another grant. */
export function NewTokenDialog({ connection, onChanged, onClose }) {
  const { seller_id: seller, region, marketplace_id: home, marketplace_ids: synced } = connection;
  const named = connection.participating_marketplace_ids;
  async function renew(form) {
    // The first is the default one.
    const ids = [home, ...synced.filter((id) => id !== home)];
    const given = { refresh_token: "", ...entered(form), seller_id: seller, region, marketplace_ids: ids };
    const kept = await api.bringConnection(given);
    // Bringing a token chooses marketplaces; who had all of them goes on having all.
    if (named.length === synced.length) await api.changeConnection(kept.id, { marketplace_ids: null });
  }
  return html`
    <${Dialog}
      title="Renew the authorization of seller ${seller}"
      action="Renew"
      work=${renew}
      shown=${["refresh_token", ...OWN_FIELDS]}
      onDone=${() => onChanged(renewed(seller))}
      onClose=${onClose}
    >
      ${(problems) => html`
        <p>This seller is connected by an application of its own. Authorize it again at Amazon, and bring the new token.</p>
        <${TokenField} problems=${problems} />
        <${ClientFields} problems=${problems} id=${connection.lwa_client_id} />
      `}
    <//>
  `;
}

/** Changing the application and the role of a connection. Only what is another than before is sent. */
export function CredentialsDialog({ connection, onChanged, onClose }) {
  const { seller_id: seller, lwa_client_id: client, iam_role_arn: role } = connection;
  async function save(form) {
    const { lwa_client_id: id = null, lwa_client_secret: secret, iam_role_arn: arn = null } = entered(form);
    const changes = arn === role ? {} : { iam_role_arn: arn };
    if (id === null && !secret) {
      if (client !== null) Object.assign(changes, { lwa_client_id: null, lwa_client_secret: null });
    } else if (id !== client || secret) {
      Object.assign(changes, { lwa_client_id: id }, secret && { lwa_client_secret: secret });
    }
    if (Object.keys(changes).length) await api.changeConnection(connection.id, changes);
  }
  return html`
    <${Dialog}
      title="Application and role of seller ${seller}"
      action="Save"
      work=${save}
      shown=${OWN_FIELDS}
      onDone=${() => onChanged(`Application and role of seller ${seller} are saved.`)}
      onClose=${onClose}
    >
      ${(problems) => html`
        <p class="small">
          The application that the refresh token belongs to. Leave id and secret empty for Portside's own; another one is
          tried at Amazon before it is kept.
        </p>
        <${ClientFields} problems=${problems} id=${client ?? ""} hint=${client ? "Only when it is a new one." : "It is never shown again."} />
        <${RoleField} problems=${problems} value=${role ?? ""} />
      `}
    <//>
  `;
}
