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

async function send(method, path, body) {
  const headers = { Accept: "application/json" };
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

async function problem(answer) {
  const plain = { error: "unknown", message: `Portside answered ${answer.status}, and didn't say why.` };
  // A proxy in front of Portside may answer in HTML.
  const body = await answer.json().catch(() => plain);
  const wait = Number.parseInt(answer.headers.get("Retry-After") ?? "", 10);
  return new ApiError(answer.status, body.message ? body : plain, Number.isNaN(wait) ? null : wait);
}

async function call(method, path, body) {
  const answer = await send(method, path, body);
  if (!answer.ok) {
    const error = await problem(answer);
    // A wrong password is 401 as well, but ends no session.
    if (error.status === 401 && error.code !== "invalid_credentials") onLoggedOut();
    throw error;
  }
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
export const logIn = (form) => call("POST", "/api/v1/auth/login", form);
export const register = (form) => call("POST", "/api/v1/auth/register", form);
export const logOut = () => call("POST", "/api/v1/auth/logout");

export const connection = () => get("/api/v1/amazon/connection");
export const connections = () => get("/api/v1/amazon/connections?limit=200");
const oneConnection = (id) => `/api/v1/amazon/connections/${encodeURIComponent(id)}`;

/** Where to go for a consent: of a marketplace's sellers, or to renew that of a connection. */
export const authorizeAmazon = ({ marketplaceId, connectionId }) =>
  get(`/api/v1/amazon/oauth/authorize${query({ marketplace_id: marketplaceId, connection_id: connectionId })}`);

/** Connects a seller by a refresh token that was brought along; one that is connected already is renewed. */
export const bringConnection = (form) => call("POST", "/api/v1/amazon/connections", form);
export const changeConnection = (id, changes) => call("PATCH", oneConnection(id), changes);

/** Forgets a connection's secrets and stops its syncs; what was synced stays. */
export const disconnect = (id) => call("DELETE", oneConnection(id));

/** Takes a connection away with everything that was synced from it. */
export const erase = (id) => call("DELETE", `${oneConnection(id)}?permanent=true`);

/** Tries every link from the stored token to Amazon's answer; a broken one is part of the answer. */
export const testConnection = (id) => enveloped("GET", `/api/amazon/test/status${query({ amazonAccountId: id })}`);

export const audit = ({ connectionId, cursor, limit = 10 }) =>
  get(`/api/v1/audit${query({ connection_id: connectionId, cursor, limit })}`);

export const setupStatus = () => enveloped("GET", "/api/v1/dashboard/setup-status");
export const inventory = ({ marketplaceId }) =>
  enveloped("GET", `/api/v1/dashboard/amazon-inventory${query({ marketplaceId })}`);
export const orders = ({ from, to, marketplaceId, currency }) =>
  enveloped("GET", `/api/v1/dashboard/amazon-orders${query({ from, to, marketplaceId, currency })}`);

export const syncRuns = () => get("/api/v1/sync/runs?limit=10");
export const syncStates = () => enveloped("GET", "/api/v1/integrations/amazon/sync");
/** Of everything, or of what the wish names: `connectionId`, `resources`. */
export const startSync = (wish) => enveloped("POST", "/api/v1/integrations/amazon/sync", wish);
