/** The sync: following its runs, starting one, and showing how far it is and when it comes again. */

import { useEffect, useRef, useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { useLoad, usePolling } from "./hooks.js";
import { useLive } from "./live.js";
import * as format from "./format.js";
import { Known } from "./known.js";
import { BusyButton, Loading, Problem, Time } from "./ui.js";
import { RUN_STATUSES, errorWords, resourceName } from "./words.js";

const BUSY_POLL = 1000;
const IDLE_POLL = 15000;
/** While events tell of runs, they are asked for to be sure, and because nothing tells that one waits. */
const LIVE_BUSY_POLL = 5000;
const LIVE_IDLE_POLL = 60000;
const FIGURES_POLL = 3000;
/** How long finished bars stay, so that the eye catches that they are full. */
const AFTERGLOW = 6000;

const ACTIVE = new Set(["queued", "running", "waiting"]);
const isActive = (run) => ACTIVE.has(run.status);
/** Reports are waited for at Amazon, for hours at times: nobody has to wait with them. */
const isAwaited = (run) => isActive(run) && run.resource !== "reports";

/** The newest run of each resource that failed; runs come newest first. */
export function latestFailures(runs) {
  const newest = new Map();
  for (const run of runs) {
    const key = `${run.connection_id} ${run.resource}`;
    if (!newest.has(key)) newest.set(key, run);
  }
  return [...newest.values()].filter((run) => run.status === "failed" && run.error);
}

/** Runs that are under way, and those that have just ended while we were looking. */
function useFollowed(runs, active) {
  const [followed, setFollowed] = useState(new Set());
  const fresh = runs.filter((run) => isActive(run) && !followed.has(run.id)).map((run) => run.id);
  useEffect(() => {
    if (fresh.length) setFollowed(new Set([...followed, ...fresh]));
  }, [fresh.join()]);
  useEffect(() => {
    if (active) return undefined;
    const timer = setTimeout(() => setFollowed(new Set()), AFTERGLOW);
    return () => clearTimeout(timer);
  }, [active]);
  return runs.filter((run) => isActive(run) || followed.has(run.id));
}

/** A run as an event has told of it since it was asked for: the newer of the two counts. */
function withTold(run, event) {
  if (!event || !isActive(run) || event.pages <= (run.progress?.pages ?? 0)) return run;
  const { pages, records, total_estimate } = event;
  return { ...run, status: "running", progress: { ...run.progress, pages, records, total_estimate } };
}

/**
 * Follows the runs, by events as long as they come and by asking otherwise. `revision` grows whenever figures may have changed: now and then during a run, and at its end.
 *
 * @param {boolean} expecting A first sync is due: it is looked for eagerly, so that its beginning isn't missed.
 */
export function useSync(expecting) {
  const { data, error, reload } = useLoad(api.syncRuns, []);
  const [told, setTold] = useState(new Map());
  const [revision, setRevision] = useState(0);
  const [starting, setStarting] = useState(false);
  const [startError, setStartError] = useState(null);
  const runs = (data?.items ?? []).map((run) => withTold(run, told.get(run.id)));
  const active = runs.some(isAwaited);
  const moving = active || runs.some((run) => run.status === "running");
  const eager = moving || (expecting && latestFailures(runs).length === 0);
  const followed = useFollowed(runs, active);
  const finished = runs.filter((run) => !isActive(run)).map((run) => run.id);
  const seen = useRef(null);

  useEffect(() => {
    if (!data) return;
    if (seen.current && finished.some((id) => !seen.current.has(id))) setRevision((before) => before + 1);
    seen.current = new Set(finished);
  }, [finished.join()]);
  const known = useRef(new Set());
  known.current = new Set(runs.filter(isActive).map((run) => run.id));
  const live = useLive((kind, event) => {
    if (kind === "connection.changed" || kind === "reset") setRevision((before) => before + 1);
    if (kind === "sync.progress") setTold((before) => new Map(before).set(event.run_id, event));
    // A page of a run that is on screen is shown as it is told; anything else has to be asked for.
    if (kind !== "sync.progress" || !known.current.has(event.run_id)) reload();
  });
  useEffect(() => {
    // What happened before the stream was open, or while it was not.
    if (live && data) reload();
  }, [live]);
  const [busyPoll, idlePoll] = live ? [LIVE_BUSY_POLL, LIVE_IDLE_POLL] : [BUSY_POLL, IDLE_POLL];
  usePolling(reload, eager ? busyPoll : idlePoll);
  usePolling(async () => setRevision((before) => before + 1), moving ? FIGURES_POLL : 0);

  async function start() {
    setStarting(true);
    setStartError(null);
    await api.startSync().catch(setStartError);
    await reload();
    setStarting(false);
  }
  return { runs, followed, active, revision, error, start, starting, startError };
}

/** How far a run is, as a fraction; null where nobody knows how much there is. */
function fraction({ status, progress }) {
  if (status === "succeeded") return 1;
  if (!progress?.total_estimate) return null;
  return Math.min(1, progress.records / progress.total_estimate);
}

function runWords(run) {
  const { pages = 0, records = 0, total_estimate: total = null } = run.progress ?? {};
  const of = total ? ` of about ${format.count(total)}` : "";
  // Most of what is done about reports is to look whether Amazon has finished them.
  const looking = run.resource === "reports" && records === 0;
  const so = looking
    ? "Following the reports that Amazon makes"
    : `${format.count(records)}${of} records · ${format.count(pages)} ${pages === 1 ? "page" : "pages"}`;
  if (run.status === "queued") return "Starts in a moment";
  if (run.status === "waiting") {
    const until = run.waiting_until ? `, goes on at ${format.clockTime(run.waiting_until)}` : "";
    return `${so} · keeping to Amazon's pace${until}`;
  }
  if (run.status === "succeeded") return `Done: ${format.count(records)} records`;
  return run.status === "failed" && run.error ? errorWords(run.error) : so;
}

function Bar({ run, seller }) {
  const done = fraction(run);
  const name = resourceName(run.resource) + (seller ? ` · ${seller}` : "");
  // Without a `value` the bar is indeterminate; a queued or failed run has no movement to show.
  const value = done ?? (run.status === "running" || run.status === "waiting" ? undefined : 0);
  return html`
    <li class="bar bar-${run.status}">
      <span class="bar-name">${name}</span>
      <span class="bar-share">${done === null ? "" : format.percentage(Math.floor(done * 100) / 100)}</span>
      <progress max="1" value=${value} aria-label="${name}, sync progress"></progress>
      <span class="bar-words">${runWords(run)}</span>
    </li>
  `;
}

/** What is said aloud: it changes by quarters and by status, not with every page. */
function announcement(runs) {
  return runs
    .map((run) => {
      const done = fraction(run);
      const quarter = run.status === "running" && done !== null ? ` ${Math.floor(done * 4) * 25} per cent` : "";
      return `${resourceName(run.resource)}: ${RUN_STATUSES[run.status] ?? run.status}${quarter}.`;
    })
    .join(" ");
}

const sellerOf = (connections, id) => connections.find((connection) => connection.id === id)?.seller_id;

export function SyncProgress({ sync, connections }) {
  const runs = sync.followed;
  const several = connections.length > 1;
  const title = runs.some(isActive) ? "Syncing with Amazon" : "Sync finished";
  return html`
    <div class="sr-only" role="status">${announcement(runs)}</div>
    ${sync.error && html`<${Problem} title="We can't see how the sync is doing" error=${sync.error} />`}
    ${runs.length > 0 &&
    html`
      <section class="card progress-card" aria-labelledby="progress-title">
        <h2 id="progress-title">${title}</h2>
        <ul class="bars">
          ${runs.map(
            (run) => html`<${Bar} key=${run.id} run=${run} seller=${several && sellerOf(connections, run.connection_id)} />`,
          )}
        </ul>
      </section>
    `}
  `;
}

/** What failed again and again is tried no more, until somebody asks. */
function TryAgain({ connectionId, state, onAsked }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  async function ask() {
    setBusy(true);
    setError(null);
    await api.startSync({ connectionId, resources: [state.resource] }).catch(setError);
    setBusy(false);
    await onAsked();
  }
  return html`
    <p class="small">
      Set aside <${Time} at=${state.setAside.at} />, after failing again and again: ${errorWords(state.setAside)}
    </p>
    <${BusyButton} type="button" busy=${busy} busyText="Asking …" onClick=${ask}>Try again<//>
    ${error && html`<p class="small" role="alert">${error.message}</p>`}
  `;
}

function StateRow({ connectionId, state, seller, onAsked }) {
  const word = state.setAside ? "Set aside" : (RUN_STATUSES[state.status] ?? "Not yet");
  return html`
    <tr>
      <th scope="row">${resourceName(state.resource)}${seller && html` <span class="small">${seller}</span>`}</th>
      <td>
        <span class="dot dot-${state.status ?? "none"}">${word}</span>
        ${state.setAside && html`<${TryAgain} connectionId=${connectionId} state=${state} onAsked=${onAsked} />`}
      </td>
      <td><${Time} at=${state.lastRun} /></td>
      <td>${state.nextRun ? html`<${Time} at=${state.nextRun} />` : "stopped"}</td>
      <td class="number wide-only">${format.count(state.records)}</td>
    </tr>
  `;
}

/** Per resource: how the last run went, when the next one is due. */
export function SyncTable({ connections, revision }) {
  const { data, error, reload } = useLoad(api.syncStates, [revision]);
  if (error && !data) return html`<${Problem} title="The sync's schedule couldn't be loaded" error=${error} retry=${reload} />`;
  if (!data) return html`<${Loading} what="the sync's schedule" />`;
  const several = data.connections.length > 1;
  const rows = data.connections.flatMap(({ connectionId, resources }) =>
    resources.map((state) => ({ key: `${connectionId} ${state.resource}`, connectionId, state })),
  );
  if (rows.length === 0) return null;
  return html`
    <section class="card" aria-labelledby="schedule-title">
      <h2 id="schedule-title">Background sync</h2>
      <div class="table-wrap" role="group" aria-labelledby="schedule-title" tabindex="0">
        <table>
          <thead>
            <tr>
              <th scope="col">Resource</th>
              <th scope="col">Status</th>
              <th scope="col">Last run</th>
              <th scope="col">Next run</th>
              <th scope="col" class="number wide-only">Records</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              ({ key, connectionId, state }) =>
                html`<${StateRow}
                  key=${key}
                  connectionId=${connectionId}
                  state=${state}
                  seller=${several && sellerOf(connections, connectionId)}
                  onAsked=${reload}
                />`,
            )}
          </tbody>
        </table>
      </div>
      ${data.connections.map(
        ({ connectionId, history, gaps }) =>
          html`<${Known}
            key=${connectionId}
            seller=${several && sellerOf(connections, connectionId)}
            history=${history}
            gaps=${gaps}
          />`,
      )}
    </section>
  `;
}
