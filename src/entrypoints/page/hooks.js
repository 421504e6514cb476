/** What every view needs: load something, ask again now and then, do something and say what went wrong. */

import { useCallback, useEffect, useRef, useState } from "./vendor/hooks.mjs";

/**
 * Loads at once and whenever `inputs` change; what is there stays on screen meanwhile.
 *
 * @returns {{data: any, error: Error|null, loading: boolean, reload: () => Promise<void>}} `data` is null at first.
 */
export function useLoad(load, inputs) {
  const [state, setState] = useState({ data: null, error: null, loading: true });
  const turn = useRef(0);

  const reload = useCallback(async () => {
    const mine = ++turn.current;
    setState((before) => ({ ...before, loading: true }));
    const after = await load().then(
      (data) => () => ({ data, error: null, loading: false }),
      (error) => (before) => ({ data: before.data, error, loading: false }),
    );
    // Answers may overtake each other: only the latest question counts.
    if (mine === turn.current) setState(after);
  }, inputs);

  useEffect(() => {
    reload();
    return () => {
      turn.current += 1;
    };
  }, [reload]);

  return { ...state, reload };
}

/**
 * Calls `work` again and again, `pause` milliseconds after it last finished; 0 stops it.
 * A hidden tab asks nothing, and catches up when it is looked at.
 */
export function usePolling(work, pause) {
  const latest = useRef(work);
  latest.current = work;

  useEffect(() => {
    if (!pause) return undefined;
    let timer = null;
    let stopped = false;

    async function tick() {
      timer = null;
      if (!document.hidden) await latest.current();
      if (!stopped) timer = setTimeout(tick, pause);
    }
    function look() {
      if (document.hidden || timer === null) return;
      clearTimeout(timer);
      tick();
    }

    timer = setTimeout(tick, pause);
    document.addEventListener("visibilitychange", look);
    return () => {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [pause]);
}

/**
 * Does something that may fail. `run` gives whether it was done; what kept it from that is in `error`.
 *
 * @returns {{run: (...args) => Promise<boolean>, busy: boolean, error: Error|null}}
 */
export function useAction(work) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);

  async function run(...args) {
    setBusy(true);
    setError(null);
    try {
      await work(...args);
      return true;
    } catch (problem) {
      setError(problem);
      return false;
    } finally {
      setBusy(false);
    }
  }
  return { run, busy, error };
}
