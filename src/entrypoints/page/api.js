/** Portside's HTTP API, as this page uses it: one function per call, and one kind of error. */

/** What the API (or the way to it) says went wrong. `status` is 0 when there was no answer at all. */
export class ApiError extends Error {
  constructor(status, { error = "unknown", message, details = {}, request_id: requestId = null }, retryAfter = null) {
    super(message);
    this.status = status;
    this.code = error;
    this.details = details ?? {};
    this.requestId = requestId;
    this.retryAfter = retryAfter; // seconds
  }

  /** What is wrong with each field of a form, by the field's name. */
  get fields() {
    return this.details.fields ?? {};
  }
}

let onLoggedOut = () => {};

/** Sets what happens when any call finds that the session has ended. */
export function whenLoggedOut(callback) {
  onLoggedOut = callback;
}

async function send(method, path, body, accept = "application/json") {
  const headers = { Accept: accept };
  const unsafe = method !== "GET";
  if (unsafe) {
    // A header that no plain form can send: another site would have to ask for it first, and be refused.
    headers["X-Portside"] = "1";
    headers["Content-Type"] = "application/json";
  }
  try {
    return await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      body: unsafe ? JSON.stringify(body ?? {}) : undefined,
    });
  } catch (cause) {
    throw new ApiError(0, {
      error: "unreachable",
      message: "Portside can't be reached. Check your connection; we'll keep trying.",
      details: { cause: String(cause) },
    });
  }
}

async function failure(answer) {
  const plain = { error: "unknown", message: `Portside answered ${answer.status}, and didn't say why.` };
  // A proxy in front of Portside may answer in HTML.
  const body = await answer.json().catch(() => plain);
  const wait = Number.parseInt(answer.headers.get("Retry-After"), 10);
  const error = new ApiError(answer.status, body.message ? body : plain, Number.isNaN(wait) ? null : wait);
  // A wrong password is 401 as well, but ends no session.
  if (error.status === 401 && error.code !== "invalid_credentials") onLoggedOut();
  return error;
}

async function call(method, path, body) {
  const answer = await send(method, path, body);
  if (!answer.ok) throw await failure(answer);
  return answer.status === 204 ? null : answer.json();
}

/** Some families of paths wrap their answer in `{success, data}`. */
async function enveloped(method, path, body) {
  return (await call(method, path, body)).data;
}

function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value != null);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

const get = (path) => call("GET", path);

export const me = () => get("/api/v1/auth/me");
export const changePassword = (form) => call("POST", "/api/v1/auth/password", form);
export const logIn = (form) => call("POST", "/api/v1/auth/login", form);
export const register = (form) => call("POST", "/api/v1/auth/register", form);
export const logOut = () => call("POST", "/api/v1/auth/logout");

export const connection = () => get("/api/v1/amazon/connection");
/** Connections of all channels are listed, changed and left alike. */
const listOf = (channel) => `/api/v1/${channel}/connections`;
const oneConnection = (id, channel) => `${listOf(channel)}/${encodeURIComponent(id)}`;
/** All of a channel's, from page to page. */
export async function connectionsOf(channel, cursor) {
  const { items, next_cursor: next } = await get(`${listOf(channel)}${query({ limit: 200, cursor })}`);
  return next ? items.concat(await connectionsOf(channel, next)) : items;
}

/** Where to go for a consent: of a marketplace's sellers, or to renew that of a connection. */
export const authorizeAmazon = ({ marketplaceId, connectionId }) =>
  get(`/api/v1/amazon/oauth/authorize${query({ marketplace_id: marketplaceId, connection_id: connectionId })}`);

/** The same of a store's owner, and of an advertiser; without a region, on the page where they logged in the last time. */
export const authorizeShopify = ({ shop }) => get(`/api/v1/shopify/oauth/authorize${query({ shop })}`);
export const authorizeAds = ({ region }) => get(`/api/v1/ads/oauth/authorize${query({ region })}`);

/** Connects a seller by a refresh token that was brought along; one that is connected already is renewed. */
export const bringConnection = (form) => call("POST", "/api/v1/amazon/connections", form);
export const bringStore = (form) => call("POST", "/api/v1/shopify/connections", form);
export const changeConnection = (id, changes, channel = "amazon") => call("PATCH", oneConnection(id, channel), changes);

/** Forgets a connection's secrets and stops its syncs; what was synced stays. */
export const disconnect = (id, channel = "amazon") => call("DELETE", oneConnection(id, channel));

/** Takes a connection away with everything that was synced from it. */
export const erase = (id, channel = "amazon") => call("DELETE", `${oneConnection(id, channel)}?permanent=true`);

/** Tries every link from the stored token to Amazon's answer; a broken one is part of the answer. */
export const testConnection = (id) => enveloped("GET", `/api/amazon/test/status${query({ amazonAccountId: id })}`);

export const audit = ({ connectionId, cursor, limit = 10 }) =>
  get(`/api/v1/audit${query({ connection_id: connectionId, cursor, limit })}`);

export const setupStatus = () => enveloped("GET", "/api/v1/dashboard/setup-status");
export const inventory = ({ marketplaceId }) =>
  enveloped("GET", `/api/v1/dashboard/amazon-inventory${query({ marketplaceId })}`);
export const orders = ({ from, to, marketplaceId, currency }) =>
  enveloped("GET", `/api/v1/dashboard/amazon-orders${query({ from, to, marketplaceId, currency })}`);
export const executive = (asked) => enveloped("GET", `/api/v1/dashboard/executive${query(asked)}`);
export const bestSellers = (asked) => enveloped("GET", `/api/v1/dashboard/amazon-orders/top${query(asked)}`);

const ITEMS = "/api/v1/dashboard/amazon-inventory/items";
export const stockItems = (asked) => enveloped("GET", `${ITEMS}${query(asked)}`);
/** `null` returns to the computed one. The answer has the items as they are now. */
export const setReorderPoint = ({ sku, marketplaceId, connectionId }, reorderPoint) =>
  enveloped("PUT", `${ITEMS}/${encodeURIComponent(sku)}/reorder-point${query({ marketplaceId, connectionId })}`, { reorderPoint });

export const adsPerformance = (asked) => get(`/api/v1/ads/performance${query(asked)}`);

/** The same lists for a spreadsheet. */
const CSVS = { orders: "/api/v1/dashboard/amazon-orders", stock: ITEMS, ads: "/api/v1/ads/performance" };
/** The list as a file's content, and the file's name. */
export async function csv(which, asked) {
  const answer = await send("GET", `${CSVS[which]}${query(asked)}`, undefined, "text/csv");
  if (!answer.ok) throw await failure(answer);
  return { name: answer.headers.get("Content-Disposition").split("=")[1], blob: await answer.blob() };
}

export const syncRuns = ({ connectionId, resource, status, cursor, limit = 10 } = {}) =>
  get(`/api/v1/sync/runs${query({ connection_id: connectionId, resource, status, cursor, limit })}`);
export const syncStates = () => enveloped("GET", "/api/v1/integrations/amazon/sync");
/** Of everything, or of what the wish names: `connectionId`, `resources`. */
export const startSync = (wish) => enveloped("POST", "/api/v1/integrations/amazon/sync", wish);

export const usage = ({ from, to, cursor }) => get(`/api/v1/amazon/usage${query({ from, to, cursor, limit: 200 })}`);

const KEYS = "/api/v1/auth/api-keys";
export const apiKeys = () => get(`${KEYS}?limit=200`);
/** The answer holds the key itself, this once. */
export const makeKey = (form) => call("POST", KEYS, form);
export const deleteKey = (id) => call("DELETE", `${KEYS}/${encodeURIComponent(id)}`);

const ACCOUNTS = "/api/v1/accounts";
export const accounts = ({ type, cursor, limit = 50 }) => get(`${ACCOUNTS}${query({ type, cursor, limit })}`);
export const accountsHealth = () => get(`${ACCOUNTS}/health`);
/** Has Amazon asked for all accounts of a type; what could not be read is in `problems`. */
export const listAnew = (type) => get(`${ACCOUNTS}/${LISTINGS[type]}?limit=1`);
const LISTINGS = { ads_account: "amazon-ads-accounts", profile: "amazon-profiles", dsp_advertiser: "amazon-dsp-accounts" };
export const changeAccount = (id, changes) => call("PATCH", `${ACCOUNTS}/${encodeURIComponent(id)}`, changes);
export const accountsBatch = (wish) => call("POST", `${ACCOUNTS}/batch`, wish);
export const registerAccount = (wish) => call("POST", `${ACCOUNTS}/register`, wish);
export const registration = (id) => get(`${ACCOUNTS}/registrations/${encodeURIComponent(id)}`);

export const adsReports = ({ cursor }) => get(`/api/v1/ads/reports${query({ purpose: "asked", cursor, limit: 10 })}`);
export const askAdsReport = (wish) => call("POST", "/api/v1/ads/reports", wish);
