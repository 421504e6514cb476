/** Stock, item by item: found, filtered and sorted, with reorder points that can be changed where they stand. */

import { useEffect, useId, useLayoutEffect, useRef, useState } from "./vendor/hooks.mjs";
import * as api from "./api.js";
import { html } from "./html.js";
import { DataTable, Empty, Freshness, NoSeller, StockTiles, TwoLines, WAITING, asStock, counts } from "./figures.js";
import * as format from "./format.js";
import { useLoad } from "./hooks.js";
import { marketplaceName } from "./marketplaces.js";
import { More, usePages } from "./pages.js";
import { CsvButton, MarketplaceChoice, keepInAddress, marketplacesOf, useRevision } from "./period.js";
import { Chip, Problem, Segments, Select } from "./ui.js";
import { REORDER_SOURCES, STOCK_STATUSES } from "./words.js";

const LARGEST = 1000000;
const SHOWN = [["", "All"], ...Object.entries(STOCK_STATUSES).map(([status, { word }]) => [status, word])];
const SORTS = [
  ["sku", "SKU"],
  ["status", "Most urgent"],
  ["daysOfCover", "Fewest days of cover"],
  ["-unitsLast30Days", "Most sold"],
  ["-totalQuantity", "Most in stock"],
  ["-reorderPoint", "Highest reorder point"],
];

const keyOf = (item) => `${item.sku} ${item.marketplaceId} ${item.connectionId}`;
/**
 * Which rows an answer to a new reorder point is of: the point holds for the whole stock, so for rows of other
 * marketplaces too.
 */
const sameItem = (one, other) => keyOf(one) === keyOf(other);

/** The point as a button; pressed, a field. Enter saves, Escape leaves it as it was, an empty field means the computed one. */
function ReorderPoint({ item, onChanged }) {
  const [editing, setEditing] = useState(false);
  const [problem, setProblem] = useState("");
  // What is being saved is shown already; undefined when nothing is.
  const [saving, setSaving] = useState(undefined);
  const field = useRef(null);
  const button = useRef(null);
  const back = useRef(false);
  const id = useId();
  // Before the next paint, so that what is typed at once goes into the field.
  useLayoutEffect(() => {
    if (editing) {
      field.current.focus();
      field.current.select();
    } else if (back.current) button.current.focus();
    back.current = false;
  }, [editing]);

  function leave() {
    back.current = true;
    setProblem("");
    setEditing(false);
  }
  async function save(event) {
    event.preventDefault();
    if (saving !== undefined) return;
    const text = field.current.value.trim();
    const point = text === "" ? null : Number(text);
    if (point !== null && !(/^\d+$/.test(text) && point <= LARGEST)) {
      setProblem(`A whole number from 0 to ${format.count(LARGEST)}, or nothing for the computed one.`);
      return;
    }
    setProblem("");
    setSaving(point);
    try {
      const { items } = await api.setReorderPoint(item, point);
      onChanged(items, point);
      back.current = true;
      setEditing(false);
    } catch (error) {
      setProblem(error.fields.reorderPoint ? format.sentence(error.fields.reorderPoint) : error.message);
    } finally {
      setSaving(undefined);
    }
  }
  if (!editing) {
    return html`
      <button type="button" class="editable" ref=${button} onClick=${() => setEditing(true)}>
        <span>${format.count(item.reorderPoint)}</span>${" "}
        <span class="source" title=${REORDER_SOURCES[item.reorderPointSource].means}>${REORDER_SOURCES[item.reorderPointSource].word}</span>
        <span class="sr-only">, reorder point of ${item.sku}: change it</span>
      </button>
    `;
  }
  return html`
    <form class="edit" onSubmit=${save} onKeyDown=${(event) => event.key === "Escape" && leave()}>
      <input
        ref=${field}
        type="text"
        inputmode="numeric"
        autocomplete="off"
        defaultValue=${item.reorderPointSource === "own" ? item.reorderPoint : ""}
        placeholder=${item.reorderPointSource === "own" ? "computed" : item.reorderPoint}
        aria-label="Reorder point of ${item.sku}"
        aria-invalid=${problem ? "true" : undefined}
        aria-describedby="${id}-note"
        readonly=${saving !== undefined}
      />
      <button type="submit" class="button button-small button-primary" aria-busy=${saving !== undefined}>Save</button>
      <button type="button" class="button button-small" onClick=${leave}>Cancel</button>
      <span id="${id}-note" class=${problem ? "field-error" : "field-hint"} role=${problem ? "alert" : undefined}>
        ${problem || "Units. Empty: computed."}
      </span>
    </form>
  `;
}

function columnsOf({ everywhere, onChanged }) {
  const number = (name, title, more) => counts(name, title, { sort: "down", ...more });
  return [
    {
      name: "sku",
      title: "SKU",
      sort: "up",
      cell: ({ sku, title, marketplaceId: id }) =>
        html`<${TwoLines} first=${sku} second=${[title, everywhere && marketplaceName(id)]} />`,
    },
    { name: "status", title: "Status", sort: "up", cell: (item) => html`<${Chip} ...${STOCK_STATUSES[item.status]} />` },
    number("fulfillable", "Sellable"),
    number("inbound", "Inbound", { wide: true }),
    number("reserved", "Reserved", { roomy: true }),
    number("unitsLast30Days", "Sold, 30 days", { wide: true }),
    {
      name: "daysOfCover",
      title: "Days of cover",
      number: true,
      sort: "up",
      cell: (item) => (item.daysOfCover === null ? html`<span title="Nothing was sold in the last 30 days">–</span>` : format.decimal(item.daysOfCover)),
    },
    { name: "reorderPoint", title: "Reorder point", number: true, sort: "down", cell: (item) => html`<${ReorderPoint} item=${item} onChanged=${onChanged} />` },
  ];
}

function Summary({ stock, onStatus }) {
  const { data, error, reload } = stock;
  if (error && !data) return html`<${Problem} title="The stock's sums couldn't be loaded" error=${error} retry=${reload} />`;
  const show = (status) =>
    html`<button type="button" class="button-link tile-note" onClick=${() => onStatus(status)}>Show them</button>`;
  return html`<dl class="tiles stock-tiles" aria-busy=${stock.loading}><${StockTiles} stock=${data && asStock(data)} show=${show} /></dl>`;
}

/** A text that is only asked for once nothing more has been typed for a moment. */
function useSettled(text, pause = 300) {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text.trim()), pause);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

function Screen({ store, sync }) {
  const query = new URLSearchParams(location.search);
  const [marketplaceId, setMarketplace] = useState("");
  const [status, setStatus] = useState(query.get("status") in STOCK_STATUSES ? query.get("status") : "");
  const [text, setText] = useState(query.get("search") ?? "");
  const [sort, setSort] = useState("sku");
  const [changes, setChanges] = useState([]);
  const [news, setNews] = useState("");
  const search = useSettled(text);
  const asked = { marketplaceId, status, search, sort };
  useEffect(() => keepInAddress({ status, search }), [status, search]);

  const stock = useLoad(() => api.inventory({ marketplaceId }), [marketplaceId]);
  const pages = usePages(async (cursor) => {
    const { items, nextCursor, ...rest } = await api.stockItems({ ...asked, cursor, limit: 50 });
    return { items, next_cursor: nextCursor, ...rest };
  }, [marketplaceId, status, search, sort]);
  const { first } = pages;
  useEffect(() => setChanges([]), [first.data]);
  useRevision(sync.revision, stock, ...(pages.paged ? [] : [first])); // more pages are not taken away from who reads them

  const rows = pages.items.map((item) => changes.find((each) => sameItem(each, item)) ?? item);
  function changed(items, point) {
    setChanges((before) => [...items, ...before]);
    setNews(point === null ? `${items[0].sku} has its computed reorder point again.` : `The reorder point of ${items[0].sku} is ${point} now.`);
    stock.reload();
  }
  const everywhere = marketplacesOf(store).length > 1 && !marketplaceId;
  const filtered = status || search;
  const all = html`<button type="button" class="button" onClick=${() => (setStatus(""), setText(""))}>Show all items</button>`;
  return html`
    <${Summary} stock=${stock} onStatus=${setStatus} />
    <div class="toolbar">
      <label class="select search">
        <span class="select-label">Search</span>
        <input type="search" value=${text} maxlength="200" placeholder="SKU, ASIN or title" onInput=${(event) => setText(event.currentTarget.value)} />
      </label>
      <${Segments} legend="Status" name="status" choices=${SHOWN} value=${status} onChange=${setStatus} />
      <${MarketplaceChoice} ids=${marketplacesOf(store)} value=${marketplaceId} onChange=${setMarketplace} all="Each stock once" />
      <${Select} label="Sort by" value=${sort} onChange=${setSort}>
        ${SORTS.some(([each]) => each === sort) || html`<option value=${sort}>The chosen column</option>`}
        ${SORTS.map(([each, words]) => html`<option key=${each} value=${each}>${words}</option>`)}
      <//>
    </div>
    <p class="sr-only" role="status">${news}</p>
    ${first.error && html`<${Problem} title="The stock couldn't be loaded" error=${first.error} retry=${first.reload} />`}
    ${!first.data && !first.error && WAITING}
    ${first.data &&
    rows.length === 0 &&
    (filtered
      ? html`<${Empty} title="No item is like that" action=${all}><p>Nothing of your stock fits what you are looking for.</p><//>`
      : html`<${Empty} title="No stock yet"><p>${sync.active ? "It is being fetched; the first items appear here." : "Amazon lists no stock for you here."}</p><//>`)}
    ${rows.length > 0 &&
    html`
      <section class="card stock" aria-label="Items">
        <${DataTable} label="Items" columns=${columnsOf({ everywhere, onChanged: changed })} rows=${rows}
          keyOf=${keyOf} sort=${sort} onSort=${setSort} busy=${first.loading} />
        <${More} pages=${pages} what="items" />
      </section>
      <div class="foot">
        <${Freshness} data=${first.data} />
        <${CsvButton} which="stock" asked=${asked} />
      </div>
    `}
  `;
}

export function Stock({ store, sync, go }) {
  return html`
    <header class="store"><h1>Stock</h1></header>
    ${store.connection
      ? html`<${Screen} store=${store} sync=${sync} />`
      : html`<${NoSeller} go=${go}>
          What lies in Amazon's warehouses appears here, with days of cover and reorder points, once you have connected Amazon.
        <//>`}
  `;
}
