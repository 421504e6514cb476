/** What codes of the API mean, in words for a seller. */

export const RESOURCES = {
  inventory: "Inventory",
  orders: "Orders",
  reports: "Reports",
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

/** How a connection is doing: a word, and the colour that goes with it. */
export const CONNECTION_STATUSES = {
  connected: { word: "Connected", tone: "good" },
  degraded: { word: "Last sync failed", tone: "warning" },
  reauthorization_required: { word: "Needs your authorization", tone: "danger" },
  disconnected: { word: "Disconnected", tone: "quiet" },
};

/** Why a seller came back from Amazon without a connection. */
export const CONSENT_ERRORS = {
  access_denied: "You declined at Amazon, so nothing was connected. Connect again whenever you like.",
  missing_params: "Amazon's answer was incomplete, so nothing was connected. Please try again.",
  invalid_state: "That authorization had expired, or belonged to another browser or user. Please start again from here.",
  exchange_failed: "Amazon didn't complete the authorization. Please try again in a few minutes.",
  not_configured: "Portside has no Amazon application set up yet, so it can't ask for authorization.",
};

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
