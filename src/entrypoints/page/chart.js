/** Figures per day: bars or lines for the eye, a table for everybody else. */

import { useLayoutEffect, useRef, useState } from "./vendor/hooks.mjs";
import { html } from "./html.js";
import * as format from "./format.js";

const HEIGHT = 240;
/** Room for the labels at the left and below, and for the tallest bar's top. */
const [LEFT, BELOW, ABOVE] = [52, 26, 10];
/** A label of a day needs so many pixels. */
const LABEL = 76;
const WIDEST_BAR = 44;

/** Values for lines across: round ones, from 0 to the first that is not below the most. */
function ticks(most) {
  const rough = most / 4;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max([1, 2, 5, 10].find((each) => each * size >= rough) * size, 1); // half an order is none
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
}

/** How wide an element is, now and after each change. */
function useWidth() {
  const holder = useRef(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setWidth(holder.current.clientWidth);
    const resized = new ResizeObserver(measure);
    measure();
    resized.observe(holder.current);
    return () => resized.disconnect();
  }, []);
  return [holder, width];
}

function Bars({ days, name, slot, xOf, yOf, firstPartial }) {
  const wide = Math.max(1, Math.min(slot * 0.72, WIDEST_BAR));
  return days.map((day, index) => {
    const y = yOf(day[name]);
    return html`<rect key=${day.date} class=${index >= firstPartial ? "partial" : "paint-0"} x=${xOf(index) - wide / 2} y=${y}
      width=${wide} height=${yOf(0) - y} rx=${Math.min(4, wide / 6)} />`;
  });
}

/** The second line is dashed, so that the two differ by more than their colour. */
const Lines = ({ days, values, xOf, yOf }) =>
  values.map(
    ({ name }, index) =>
      html`<polyline key=${name} class="line-${index}" points=${days.map((day, at) => `${xOf(at)},${yOf(day[name])}`).join(" ")} />`,
  );

function Drawing({ width, title, days, values, axis, firstPartial, point, setPoint }) {
  const slot = (width - LEFT) / days.length;
  const marks = ticks(Math.max(...days.flatMap((day) => values.map(({ name }) => day[name]))));
  const xOf = (index) => LEFT + slot * (index + 0.5);
  const yOf = (value) => HEIGHT - BELOW - (value / marks.at(-1)) * (HEIGHT - BELOW - ABOVE);
  const every = Math.ceil(LABEL / slot);
  const follow = (event) => {
    const at = Math.floor((event.clientX - event.currentTarget.getBoundingClientRect().left - LEFT) / slot);
    setPoint(days[at] ? at : null);
  };
  const place = { days, xOf, yOf };
  return html`
    <svg class="plot" width=${width} height=${HEIGHT} role="img" aria-label=${title} onPointerMove=${follow} onPointerLeave=${() => setPoint(null)}>
      ${marks.map(
        (mark) => html`
          <line key=${mark} x1=${LEFT} x2=${width} y1=${yOf(mark)} y2=${yOf(mark)} />
          <text x=${LEFT - 8} y=${yOf(mark) + 4} text-anchor="end">${axis(mark)}</text>
        `,
      )}
      ${days.map(
        ({ date }, index) =>
          index % every === 0 &&
          xOf(index) < width - LABEL / 4 &&
          html`<text key=${date} x=${xOf(index)} y=${HEIGHT - 6} text-anchor="middle">${format.dayShort(date)}</text>`,
      )}
      ${point !== null && html`<rect class="pointed" x=${LEFT + slot * point} y="0" width=${slot} height=${HEIGHT - BELOW} />`}
      ${values.length > 1
        ? html`<${Lines} ...${place} values=${values} />`
        : html`<${Bars} ...${place} name=${values[0].name} slot=${slot} firstPartial=${firstPartial} />`}
    </svg>
  `;
}

function DaysTable({ title, days, values }) {
  return html`
    <details class="days">
      <summary>Show the days as a table</summary>
      <div class="table-wrap days-table" role="group" aria-label=${title} tabindex="0">
        <table>
          <thead>
            <tr>
              <th scope="col">Day</th>
              ${values.map(({ name, label }) => html`<th key=${name} scope="col" class="number">${label}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${[...days].reverse().map(
              (day) => html`
                <tr key=${day.date}>
                  <th scope="row">${format.dayName(day.date)}</th>
                  ${values.map(({ name, show }) => html`<td key=${name} class="number">${show(day[name])}</td>`)}
                </tr>
              `,
            )}
          </tbody>
        </table>
      </div>
    </details>
  `;
}

/** The day under the pointer, or the best day when there is none. */
function Readout({ days, values, drawn, point }) {
  const [{ name }] = values;
  const best = days.reduce((top, day) => (day[name] > top[name] ? day : top), days[0]);
  const day = days[point] ?? best;
  return html`
    <p class="readout">
      <span>${days[point] ? "" : "Best day: "}${format.dayName(day.date)}</span>
      ${values.map(
        (each, index) =>
          html`<span key=${each.name} class=${drawn > 1 && `swatch swatch-${index}`}>
            ${each.label} <strong class="readout-${index}">${each.show(day[each.name])}</strong>
          </span>`,
      )}
    </p>
  `;
}

function Plot({ title, days, values, told, axis, firstPartial }) {
  const [holder, width] = useWidth();
  const [point, setPoint] = useState(null);
  const span = `${title}, from ${format.dayName(days[0].date)} to ${format.dayName(days.at(-1).date)}. The table below has the same days.`;
  return html`
    <${Readout} days=${days} values=${told} drawn=${values.length} point=${point} />
    <div class="plot-holder" ref=${holder}>
      ${width > LEFT && html`<${Drawing} title=${span} ...${{ width, days, values, axis, firstPartial, point, setPoint }} />`}
    </div>
    <${DaysTable} title=${title} days=${days} values=${told} />
  `;
}

/**
 * @param {object[]} days Each with its `date` and its values.
 * @param {{name: string, label: string, show: (value: number) => string}[]} values What is drawn: bars of one, lines of two.
 * @param {object[]} told What is told of a day in words, the first of `values` first.
 * @param {(value: number) => string} axis
 * @param {string|null} partialFrom The first day that is not known to be complete.
 * @param {string} empty What is said when there is nothing to draw.
 */
export function DayChart({ title, days, values, told = values, axis, partialFrom = null, empty, children }) {
  const found = partialFrom ? days.findIndex(({ date }) => date >= partialFrom) : -1;
  const firstPartial = found < 0 ? days.length : found;
  const nothing = !days.some((day) => values.some(({ name }) => day[name] > 0));
  return html`
    <section class="card chart" aria-label=${title}>
      <div class="chart-head">
        <h2>${title}</h2>
        ${days.slice(firstPartial).some((day) => day[values[0].name] > 0) && html`<span class="key">Not complete yet</span>`}
        ${children}
      </div>
      ${nothing ? html`<p class="empty">${empty}</p>` : html`<${Plot} ...${{ title, days, values, told, axis, firstPartial }} />`}
    </section>
  `;
}

/** Orders and revenue of Amazon, day by day; `by` is drawn, both are told. */
export function OrdersChart({ orders: { series, currency, completeUntil }, title, by, timeZone, syncing, children }) {
  const told = [
    { name: "revenue", label: "Revenue", show: (amount) => format.money(amount, currency) },
    { name: "orders", label: "Orders", show: format.count },
  ].sort((one) => (one.name === by ? -1 : 1));
  return html`
    <${DayChart}
      title=${title}
      days=${series}
      values=${told.slice(0, 1)}
      told=${told}
      axis=${by === "revenue" ? (amount) => format.shortMoney(amount, currency) : format.count}
      partialFrom=${completeUntil && format.dayIn(timeZone, completeUntil)}
      empty=${syncing ? "Orders are being fetched; the first ones appear here." : "No orders in this period."}
    >
      ${children}
    <//>
  `;
}
