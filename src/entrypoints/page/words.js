/** What codes of the API mean, in words for a seller. */

import * as format from "./format.js";
import { REGIONS, marketplaceNames } from "./marketplaces.js";

export const RESOURCES = {
  inventory: "Inventory",
  orders: "Orders",
  reports: "Reports and history",
  ads: "Advertising",
  shopify_orders: "Shopify orders",
};

export const resourceName = (resource) => RESOURCES[resource] ?? resource;

export const RUN_STATUSES = {
  queued: "Queued",
  running: "Running",
  waiting: "Waiting",
  succeeded: "Up to date",
  failed: "Failed",
};

/** What is done about a day that is known to lack orders. */
export const GAP_VERDICTS = {
  gap: "being fetched again",
  lasting: "and fetching them again brought no more",
};

/** How a connection is doing: a word, and the colour that goes with it. */
export const CONNECTION_STATUSES = {
  connected: { word: "Connected", tone: "good" },
  degraded: { word: "Last sync failed", tone: "warning" },
  reauthorization_required: { word: "Needs your authorization", tone: "danger" },
  disconnected: { word: "Disconnected", tone: "quiet" },
};

/** Why a seller came back from Amazon without a connection, and what now. */
export const CONSENT_ERRORS = {
  access_denied: "You declined at Amazon, so nothing was connected. Connect again whenever you like.",
  missing_params: "Amazon's answer was incomplete, so nothing was connected. Please try again.",
  invalid_state:
    "That authorization had expired, belonged to another browser or user, or was given by another seller than the one " +
    "being renewed. Please start again from here.",
  exchange_failed: "Amazon didn't complete the authorization. Please try again in a few minutes.",
  not_configured: "Portside has no Amazon application set up yet, so it can't ask for authorization.",
};

/** The same in the past, for the log. */
const REFUSALS = {
  access_denied: "declined at Amazon",
  missing_params: "Amazon's answer was incomplete",
  invalid_state: "too late, or from another browser, user or seller",
  exchange_failed: "Amazon didn't complete it",
  not_configured: "no Amazon application was set up, or Amazon refused it",
};

/** The links of a connection's test, in their order. */
export const LINKS = {
  stored_credentials: "A refresh token is stored",
  key: "Our encryption key opens it",
  token_exchange: "Amazon exchanges it for an access token",
  role: "The AWS role can be assumed",
  call: "Amazon answers a call",
  authorization_age: "The authorization is recent enough",
};

export const LINK_STATUSES = {
  ok: { word: "Holds", tone: "good" },
  warning: { word: "Look at this", tone: "warning" },
  failed: { word: "Broken", tone: "danger" },
  skipped: { word: "Skipped", tone: "quiet" },
};

/** What was done, and how it is to be looked at. */
export const ACTIONS = {
  "user.registered": ["Account created", "plain"],
  "user.logged_in": ["Logged in", "plain"],
  "user.login_failed": ["A log-in failed", "warning"],
  "user.logged_out": ["Logged out", "plain"],
  "connection.connected": ["Seller connected", "good"],
  "connection.renewed": ["Authorization renewed", "good"],
  "connection.refused": ["An authorization came to nothing", "warning"],
  "connection.renewal_refused": ["Another seller answered for a renewal; nothing was changed", "warning"],
  "connection.changed": ["Connection changed", "plain"],
  "connection.revoked": ["Amazon no longer honours the authorization", "danger"],
  "connection.disconnected": ["Seller disconnected", "plain"],
  "connection.erasure_requested": ["Erasing was asked for", "plain"],
  "connection.erased": ["Everything erased", "plain"],
  "account.changed": ["Advertising account changed", "plain"],
  "account.disconnected": ["Advertising account disconnected", "plain"],
  "account.registration_asked": ["A new ads account was asked for", "plain"],
  "account.registered": ["Amazon has decided on a new ads account", "plain"],
  "data.purged": ["Data that had grown too old was erased", "plain"],
  "figures.differed": ["Sums were found to differ from their orders", "danger"],
  "figures.repaired": ["Sums were set right", "good"],
  "reorder_point.changed": ["Reorder point changed", "plain"],
  "connection.privacy_requested": ["Customer data asked about", "plain"],
  "connection.exported": ["Data exported", "plain"],
  "proxy.called": ["Amazon was called to change something", "plain"],
  "key.created": ["An API key was made", "good"],
  "key.deleted": ["An API key was deleted", "plain"],
  "key.rotated": ["Tokens encrypted with another key", "plain"],
  "client_secret.received": ["A new client secret came from Amazon", "plain"],
};

const DOORS = {
  website: "authorized from here",
  appstore: "authorized from Amazon's Appstore",
  self_authorised: "with a refresh token",
  environment: "from the server's settings",
};

const ACTORS = { console: "somebody at the server's console", system: "Portside itself", unknown: "somebody unknown" };

/** Who did it; `user` is who reads it. */
export const actorWords = (actor, user) => (actor === user.email ? "you" : (ACTORS[actor] ?? actor));

/** "A B → all" as "Germany, France → all". */
function choices(change) {
  const side = (ids) => (ids === "all" ? ids : marketplaceNames(ids.split(" ")));
  return change.split(" → ").map(side).join(" → ");
}

const DETAILS = {
  seller_id: () => null, // it stands beside the deed
  changed: () => null, // what has changed follows by itself
  region: (value) => REGIONS[value] ?? value,
  door: (value) => DOORS[value] ?? null,
  code: (value) => REFUSALS[value] ?? value,
  expected_seller_id: (value) => `asked of seller ${value}`,
  is_default: (value) => (value.endsWith("true") ? "now the default" : "no longer the default"),
  marketplace_ids: (value) => `marketplaces: ${choices(value)}`,
  marketplace_id: (value) => `default marketplace: ${choices(value)}`,
  iam_role_arn: (value) => `AWS role: ${value}`,
  lwa_client_id: (value) => `application: ${value}`,
  lwa_client_secret: (value) => `client secret: ${value}`,
  requested_at: (value) => `asked for at ${format.dateTime(value)}`,
};

/** The details of a deed on one line: a phrase for each that has something to say. */
export function detailWords(details) {
  const phrases = Object.entries(details).map(([name, value]) =>
    name in DETAILS ? DETAILS[name](value) : `${name.replaceAll("_", " ")}: ${value}`,
  );
  return phrases.filter(Boolean).map(format.capital).join(" · ");
}

const ERRORS = {
  amazon_timeout: "Amazon took too long to answer.",
  amazon_error: "Amazon had a problem answering.",
  amazon_access_denied: "Amazon refused access. The application may lack a role.",
  amazon_reauthorization_required: "Amazon wants you to authorize Portside again.",
  amazon_not_connected: "Amazon isn't connected.",
  rate_limited: "Amazon asked us to slow down.",
  configuration_error: "Portside isn't fully set up.",
  unavailable: "Portside is busy right now.",
  internal_error: "Something went wrong inside Portside.",
};

/** An error of a run or a connection as one or two sentences: what it means, then what exactly was said. */
export function errorWords(error) {
  const general = ERRORS[error.code];
  if (!general) return error.message ?? "Something went wrong.";
  return error.message && error.message !== general ? `${general} ${error.message}` : general;
}
