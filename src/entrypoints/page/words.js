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

/** Whom connections are made with. */
export const CHANNELS = {
  amazon: "Amazon",
  ads: "Amazon Ads",
  shopify: "Shopify",
};

/** The one connection to Amazon Ads has no id that people know. */
export const accountName = (id) => (id === "amazon-ads" ? CHANNELS.ads : (id ?? null));

/** How far an order is, as Amazon has it. */
export const ORDER_STATUSES = {
  PENDING_AVAILABILITY: { word: "Awaiting release", tone: "waiting", means: "Pre-ordered; the product is not on sale yet." },
  PENDING: { word: "Pending", tone: "waiting", means: "Payment is not confirmed, so there is no total yet." },
  UNSHIPPED: { word: "Unshipped", tone: "running" },
  PARTIALLY_SHIPPED: { word: "Partly shipped", tone: "running" },
  SHIPPED: { word: "Shipped", tone: "succeeded" },
  UNFULFILLABLE: { word: "Can't be fulfilled", tone: "failed", means: "Amazon's warehouse can't send it." },
  CANCELLED: { word: "Cancelled" },
  UNKNOWN: { word: "Unknown", means: "Let go before Portside counted orders by status." },
};

/** Whether an item has to be bought again. */
export const STOCK_STATUSES = {
  out: { word: "Out", tone: "danger" },
  low: { word: "Low", tone: "warning" },
  ok: { word: "OK", tone: "good" },
};

/** Where a reorder point comes from. */
export const REORDER_SOURCES = {
  own: { word: "own", means: "set by you" },
  computed: { word: "computed", means: "computed from the units sold in the last 30 days" },
  default: { word: "default", means: "a default, since nothing was sold lately" },
};

export const AD_PRODUCTS = {
  SPONSORED_PRODUCTS: "Sponsored Products",
  SPONSORED_BRANDS: "Sponsored Brands",
  SPONSORED_DISPLAY: "Sponsored Display",
  SPONSORED_TELEVISION: "Sponsored TV",
  DEMAND_SIDE_PLATFORM: "DSP",
};

/** How a connection is doing: a word, and the colour that goes with it. */
export const CONNECTION_STATUSES = {
  connected: { word: "Connected", tone: "good" },
  degraded: { word: "Last sync failed", tone: "warning" },
  reauthorization_required: { word: "Needs your authorization", tone: "danger" },
  disconnected: { word: "Disconnected", tone: "quiet" },
};

/** What that means for the reader; `where` is who honours the authorization. */
export const STATUS_MEANINGS = {
  connected: (where) => `${where} honours the authorization; Portside syncs by itself.`,
  degraded: () => "Portside goes on trying by itself. Figures are as of the last sync that got through.",
  reauthorization_required: (where) =>
    `${where} doesn't honour the authorization any more. Syncing has stopped until you renew it; nothing that is here gets lost.`,
  disconnected: () => "Portside holds no tokens and syncs nothing. Figures stay, as of the last sync.",
};

/** Why somebody came back from a consent page without a connection, and what now. `settings` are whoever runs Portside's to mend. */
export const CONSENT_ERRORS = {
  access_denied: (where) => `You declined at ${where}, so nothing was connected. Connect again whenever you like.`,
  missing_params: (where) => `${where}'s answer was incomplete, so nothing was connected. Please try again.`,
  invalid_state: () =>
    "That authorization had expired, belonged to another browser or user, or was given by another account than the one " +
    "that was asked. Please start again from here.",
  exchange_failed: (where) => `${where} didn't complete the authorization. Please try again in a few minutes.`,
  not_configured: (where, settings) =>
    `${where} doesn't accept Portside's application, or there is none yet. Whoever runs Portside can mend it: ${settings}.`,
};

/** What tells each of them which application asks. */
export const CHANNEL_SETTINGS = {
  amazon: "AMAZON_APP_ID, AMAZON_LWA_APP_ID, AMAZON_LWA_CLIENT_SECRET",
  ads: "AMAZON_ADS_CLIENT_ID, AMAZON_ADS_CLIENT_SECRET, and access to the Ads API",
  shopify: "SHOPIFY_CLIENT_ID, SHOPIFY_CLIENT_SECRET",
};

/** The same in the past, for the log. */
const REFUSALS = {
  access_denied: "declined on the consent page",
  missing_params: "the answer was incomplete",
  invalid_state: "too late, or from another browser, user or account",
  exchange_failed: "it wasn't completed on the other side",
  not_configured: "no application was set up, or it was refused",
};

/** The links of a connection's test, in their order. */
export const LINKS = {
  stored_credentials: "A refresh token is stored",
  key: "Our encryption key opens it",
  token_exchange: "Amazon exchanges it for an access token",
  role: "The AWS role can be assumed",
  call: "Amazon answers a call",
  roles: "The roles are granted",
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
  "user.password_changed": ["Password changed", "plain"],
  "user.changed": ["Name or e-mail taken over from the identity provider", "plain"],
  "user.linked": ["Linked with the identity provider", "good"],
  "connection.connected": ["Connected", "good"],
  "connection.renewed": ["Authorization renewed", "good"],
  "connection.refused": ["An authorization came to nothing", "warning"],
  "connection.renewal_refused": ["Another account answered for a renewal; nothing was changed", "warning"],
  "connection.changed": ["Connection changed", "plain"],
  "connection.revoked": ["The authorization is no longer honoured", "danger"],
  "connection.disconnected": ["Disconnected", "plain"],
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
  key_id: () => null, // the key's name stands beside it
  registration_id: () => null,
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

/** An error of a run or a connection: what it means, and what to do where that helps. `…` is the channel's name. */
const ERRORS = {
  timeout: ["… took too long to answer."],
  error: ["… had a problem answering.", "It passes by itself as a rule. If it lasts, give the request's id to whoever runs Portside."],
  access_denied: ["… refused access.", "A role or a permission is missing: give it to Portside's application, then renew the authorization."],
  reauthorization_required: ["… wants you to authorize Portside again.", "Renew the authorization in the settings."],
  not_connected: ["… isn't connected.", "Connect it again in the settings."],
  rate_limited: ["We were asked to slow down.", "Nothing to be done: it goes on by itself."],
  configuration_error: ["Portside isn't fully set up.", "Whoever runs Portside can mend it; nothing has to be connected again."],
  unavailable: ["Portside is busy right now.", "It goes on by itself."],
  conflict: ["Something else was under way."],
  internal_error: ["Something went wrong inside Portside.", "If it lasts, tell whoever runs Portside when it was."],
};

function meaning({ code }) {
  const [, channel, kind] = /^(?:(amazon|ads|shopify)_)?(.*)$/.exec(code);
  return (ERRORS[kind] ?? []).map((words) => words.replace("…", CHANNELS[channel] ?? "The other side"));
}

/** An error of a run or a connection as one or two sentences: what it means, then what exactly was said. */
export function errorWords(error) {
  const [general] = meaning(error);
  if (!general) return error.message ?? "Something went wrong.";
  return error.message && error.message !== general ? `${general} ${error.message}` : general;
}

/** What to do about it; empty where nobody can say. */
export const mendWords = (error) => meaning(error)[1] ?? "";

/** Says when Amazon's year is nearly over, or is. */
export function renewalWords({ renew_before: end }) {
  return new Date(end) > Date.now()
    ? `Amazon honours this authorization until ${format.day(end)}. Renew it before, so that syncing goes on.`
    : `This authorization ended on ${format.day(end)}. Renew it, so that syncing goes on.`;
}
