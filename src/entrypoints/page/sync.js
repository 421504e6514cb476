/** The sync: following its runs, starting one, and showing how far it is and when it comes again. */

import { useEffect, useRef, useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { DataTable } from "./figures.js";
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

/** What tells that connections or accounts are others than before. */
const CHANGES = new Set(["connection.changed", "account.changed", "reset"]);
const GATHERING = 400;

const ACTIVE = new Set(["queued", "running", "waiting"]);
const isActive = (run) => ACTIVE.has(run.status);
/** Reports are waited for at Amazon, for hours at times: nobody has to wait with them. */
const isFollowing = ({ resource, status }) => resource === "reports" || (resource === "ads" && status === "waiting");
const isAwaited = (run) => isActive(run) && !isFollowing(run);

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
 * Follows the runs, by events as long as they come and by asking otherwise. `revision` grows whenever figures may have changed:
 * now and then during a run, and at its end; `changes` when connections or accounts have.
 *
 * @param {boolean} expecting A first sync is due: it is looked for eagerly, so that its beginning isn't missed.
 */
export function useSync(expecting) {
  const { data, error, reload } = useLoad(api.syncRuns, []);
  const [told, setTold] = useState(new Map());
  const [revision, setRevision] = useState(0);
  const [changes, setChanges] = useState(0);
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
  const soon = useRef(null);
  /** Many changes at once, of a batch of accounts, are one. */
  function changed() {
    soon.current ??= setTimeout(() => {
      soon.current = null;
      setChanges((before) => before + 1);
      setRevision((before) => before + 1);
    }, GATHERING);
  }
  const live = useLive((kind, event) => {
    if (CHANGES.has(kind)) changed();
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
  return { runs, followed, active, revision, changes, error, start, starting, startError, live, reload };
}

/** How far a run is, as a fraction; null where nobody knows how much there is. */
function fraction(run) {
  const { status, progress } = run;
  if (status === "succeeded") return 1;
  // What Amazon will still make is in no estimate.
  if (!progress?.total_estimate || isFollowing(run)) return null;
  return Math.min(1, progress.records / progress.total_estimate);
}

/** What there is to say of a run: how far it is, what it waits for, or why it failed. */
export function runWords(run) {
  const { pages = 0, records = 0, total_estimate: total = null } = run.progress ?? {};
  const of = total ? ` of about ${format.count(total)}` : "";
  // Most of what is done about reports is to look whether Amazon has finished them.
  const so = isFollowing(run)
    ? `Following the reports that Amazon makes${records ? ` · ${format.count(records)} records so far` : ""}`
    : `${format.count(records)}${of} records · ${format.count(pages)} ${pages === 1 ? "page" : "pages"}`;
  if (run.status === "queued") return "Starts in a moment";
  if (run.status === "waiting") {
    const until = run.waiting_until ? `, goes on at ${format.clockTime(run.waiting_until)}` : "";
    return isFollowing(run) ? so + until.replace("goes on", "looks again") : `${so} · keeping to Amazon's pace${until}`;
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

function nameIn(connections, id) {
  const found = connections.find((connection) => connection.id === id);
  return found?.name ?? found?.seller_id;
}

export function SyncProgress({ sync, connections }) {
  const runs = sync.followed;
  const several = connections.length > 1;
  const title = runs.some(isActive) ? "Sync under way" : "Sync finished";
  return html`
    <div class="sr-only" role="status">${announcement(runs)}</div>
    ${sync.error && html`<${Problem} title="We can't see how the sync is doing" error=${sync.error} />`}
    ${runs.length > 0 &&
    html`
      <section class="card progress-card" aria-labelledby="progress-title">
        <h2 id="progress-title">${title}</h2>
        <ul class="bars">
          ${runs.map(
            (run) => html`<${Bar} key=${run.id} run=${run} seller=${several && nameIn(connections, run.connection_id)} />`,
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

/** Whose it is, below what it is, where there are several. */
export const Whose = ({ name }) => name && html`<br /><span class="small">${name}</span>`;

function State({ connectionId, state, onAsked }) {
  const word = state.setAside ? "Set aside" : (RUN_STATUSES[state.status] ?? "Not yet");
  return html`
    <span class="dot dot-${state.status ?? "none"}">${word}</span>
    ${state.setAside && html`<${TryAgain} connectionId=${connectionId} state=${state} onAsked=${onAsked} />`}
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
  const columns = [
    {
      name: "resource",
      title: "Resource",
      cell: ({ state, connectionId }) =>
        html`${resourceName(state.resource)}<${Whose} name=${several && nameIn(connections, connectionId)} />`,
    },
    { name: "status", title: "Status", cell: (row) => html`<${State} ...${row} onAsked=${reload} />` },
    { name: "last", title: "Last run", wide: true, cell: ({ state }) => (isActive(state) ? "under way" : html`<${Time} at=${state.lastRun} />`) },
    { name: "next", title: "Next run", cell: ({ state }) => (state.nextRun ? html`<${Time} at=${state.nextRun} />` : "stopped") },
    { name: "records", title: "Records", number: true, wide: true, cell: ({ state }) => format.count(state.records) },
  ];
  return html`
    <section class="card" aria-labelledby="schedule-title">
      <h2 id="schedule-title">Background sync</h2>
      <${DataTable} label="Background sync" columns=${columns} rows=${rows} keyOf=${({ key }) => key} />
      ${data.connections.map(
        ({ connectionId, history, gaps }) =>
          html`<${Known} key=${connectionId} seller=${several && nameIn(connections, connectionId)} history=${history} gaps=${gaps} />`,
      )}
    </section>
  `;
}
