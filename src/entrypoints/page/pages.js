/** Lists that come in pages: the first by itself, more on demand, and all that are shown anew when something has changed. */

import { useEffect, useRef } from "./vendor/hooks.mjs";
import { html } from "./html.js";
import { useLoad } from "./hooks.js";
import { BusyButton, Problem } from "./ui.js";

/**
 * `load(cursor)` gives `{items, next_cursor}`, without a cursor the first page.
 *
 * @param {string[]} question What is asked for: another question begins at its first page.
 * @param {any} revision When it changes, the pages that are shown are asked for again.
 */
export function usePages(load, question, revision) {
  const asked = useRef({});
  const now = question.join("\n");
  if (asked.current.question !== now) asked.current = { question: now, pages: 1 };
  const first = useLoad(async () => {
    let [items, cursor, answer] = [[], undefined, {}];
    for (let page = 0; page < asked.current.pages && cursor !== null; page += 1) {
      answer = await load(cursor);
      items = [...items, ...answer.items];
      cursor = answer.next_cursor;
    }
    return { ...answer, items, next: cursor };
  }, [now, revision]);
  function more() {
    asked.current.pages += 1;
    first.reload();
  }
  return { first, items: first.data?.items ?? [], next: first.data?.next ?? null, more, paged: asked.current.pages > 1 };
}

/** "Show more", until there is no more to show. `what` is what is listed, in the plural. */
export function More({ pages: { first, next, more, paged, items }, what }) {
  const end = useRef(null);
  const isOver = paged && next === null;
  useEffect(() => {
    // The button that had the keyboard has gone.
    if (isOver) end.current?.focus();
  }, [isOver]);
  return html`
    <p class="sr-only" role="status">${paged ? `${items.length} ${what} are shown.` : ""}</p>
    ${first.error && html`<${Problem} title="The ${what} couldn't be loaded" error=${first.error} retry=${first.reload} />`}
    ${next !== null
      ? html`<div class="actions">
          <${BusyButton} type="button" busy=${paged && first.loading} busyText="Loading …" onClick=${more}>Show more<//>
        </div>`
      : paged && html`<p class="small" tabindex="-1" ref=${end}>That is everything.</p>`}
  `;
}
