/**
 * Live events: one stream for the page, opened again by itself, going on after the last event that was heard.
 * While there is none (too many listen, a proxy doesn't let it through), the page asks now and then instead.
 */

import { useEffect, useRef, useState } from "./vendor/hooks.mjs";

const KINDS = ["sync.progress", "sync.completed", "sync.failed", "connection.changed", "account.changed", "reset"];
/** How long to leave a server alone that has no stream for us. */
const REFUSED_PAUSE = 30000;
/** A hidden tab gives its stream back: browsers allow six connections to a server, all tabs together. */
const HIDDEN_PAUSE = 10000;

/**
 * Listens as long as the view is there.
 *
 * @param {(kind: string, data: object) => void} onEvent `reset`: what was missed can't be told, read everything anew.
 * @returns {boolean} Whether the stream is open; while it isn't, something may be missed until it is.
 */
export function useLive(onEvent) {
  const [open, setOpen] = useState(false);
  const latest = useRef(onEvent);
  latest.current = onEvent;

  useEffect(() => {
    let source = null;
    let timer = null;
    let lastId = null;

    function hear(event) {
      lastId = event.lastEventId || lastId;
      latest.current(event.type, JSON.parse(event.data));
    }
    function close() {
      clearTimeout(timer);
      timer = null;
      source?.close();
      source = null;
      setOpen(false);
    }
    function listen() {
      close();
      // A new stream of the browser's knows nothing of the one before.
      source = new EventSource(`/api/v1/events${lastId ? `?last_event_id=${lastId}` : ""}`);
      source.onopen = () => setOpen(true);
      source.onerror = () => {
        setOpen(false);
        // A break is the browser's to mend; a refusal is final for it.
        if (source.readyState !== EventSource.CLOSED) return;
        clearTimeout(timer);
        // A hidden tab asks again when it is looked at.
        if (!document.hidden) timer = setTimeout(listen, REFUSED_PAUSE);
      };
      for (const kind of KINDS) source.addEventListener(kind, hear);
    }
    function look() {
      // Whatever was planned was for a tab that was hidden, or was not: a stream to be closed, or asked for again.
      clearTimeout(timer);
      if (document.hidden) {
        if (source) timer = setTimeout(close, HIDDEN_PAUSE);
      } else if (source === null || source.readyState === EventSource.CLOSED) {
        listen();
      }
    }

    if (!document.hidden) listen();
    document.addEventListener("visibilitychange", look);
    return () => {
      close();
      document.removeEventListener("visibilitychange", look);
    };
  }, []);

  return open;
}
