/** Revenue per day: bars for the eye, a table for everybody else. */

import { useLayoutEffect, useMemo, useRef, useState } from "./vendor/hooks.mjs";
import { html } from "./html.js";
import * as format from "./format.js";

const HEIGHT = 240;
const NARROWEST = 240;
const { uPlot } = window; // a classic script: see index.html

const seconds = (day) => Date.parse(`${day}T00:00:00Z`) / 1000;
const dayOf = (time) => new Date(time * 1000).toISOString().slice(0, 10);

/** The chart's colours are the style sheet's, so that light and dark are decided in one place. */
function colours() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  return { bar: colour("--accent"), partial: colour("--accent-soft"), text: colour("--ink-soft"), line: colour("--line") };
}

function axes(currency, { text, line }) {
  const font = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
  return [
    {
      stroke: text,
      font,
      grid: { show: false },
      ticks: { show: false },
      size: 28,
      gap: 8,
      space: 72,
      values: (_, times) => times.map((time) => format.dayShort(dayOf(time))),
      // Whole days only: uPlot would otherwise label hours on a short period.
      incrs: [1, 2, 3, 7, 14, 28].map((days) => days * 86400),
    },
    {
      stroke: text,
      font,
      size: 56,
      grid: { stroke: line, width: 1 },
      ticks: { show: false },
      space: 36,
      values: (_, amounts) => amounts.map((amount) => format.shortMoney(amount, currency)),
    },
  ];
}

/** What uPlot needs to draw; `isPartial(index)` says which days are not known to be complete. */
function options({ width, currency, isPartial, onPoint }) {
  const palette = colours();
  const unitIsColour = 3; // uPlot: the facet's values are the paint itself
  const paint = (plot) => plot.data[0].map((_, index) => (isPartial(index) ? palette.partial : palette.bar));
  return {
    width,
    height: HEIGHT,
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), "Etc/UTC"),
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: true, range: (_, low, high) => [low - 43200, high + 43200] }, // half a day: the outer bars stand whole
      y: { range: (_, low, high) => [0, high > 0 ? high * 1.1 : 1] },
    },
    axes: axes(currency, palette),
    series: [
      {},
      {
        fill: palette.bar,
        width: 0,
        points: { show: false },
        paths: uPlot.paths.bars({
          size: [0.72, 44],
          gap: 1,
          radius: 0.12,
          disp: { fill: { unit: unitIsColour, values: paint } },
        }),
      },
    ],
    hooks: { setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)] },
  };
}

/** Keeps a plot of the right size and colours in `holder`, for as long as the chart is on screen. */
function usePlot(holder, series, { currency, firstPartial, onPoint }) {
  const data = useMemo(() => [series.map(({ date }) => seconds(date)), series.map(({ revenue }) => revenue)], [series]);
  const shape = `${currency} ${series.length} ${series[0]?.date} ${firstPartial}`;
  const plot = useRef(null);
  const latest = useRef(data);
  latest.current = data; // a change of colours redraws what is there now, not what was there at first

  // A layout effect: the clean-up of an ordinary one comes after the element has gone, and the observer sees that first.
  useLayoutEffect(() => {
    const element = holder.current;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const widthNow = () => Math.max(NARROWEST, element.clientWidth);
    const isPartial = (index) => index >= firstPartial;
    function draw() {
      plot.current?.destroy();
      plot.current = new uPlot(options({ width: widthNow(), currency, isPartial, onPoint }), latest.current, element);
    }
    const resized = new ResizeObserver(() => {
      if (widthNow() !== plot.current.width) plot.current.setSize({ width: widthNow(), height: HEIGHT });
    });
    draw();
    resized.observe(element);
    dark.addEventListener("change", draw);
    return () => {
      resized.disconnect();
      dark.removeEventListener("change", draw);
      plot.current.destroy();
      plot.current = null;
    };
  }, [shape]);

  useLayoutEffect(() => {
    if (plot.current && plot.current.data !== data) plot.current.setData(data);
  }, [data]);
}

function DaysTable({ series, currency }) {
  return html`
    <details class="days">
      <summary>Show the days as a table</summary>
      <div class="table-wrap days-table" role="group" aria-label="Revenue per day" tabindex="0">
        <table>
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col" class="number">Revenue</th>
              <th scope="col" class="number">Orders</th>
            </tr>
          </thead>
          <tbody>
            ${[...series].reverse().map(
              (day) => html`
                <tr key=${day.date}>
                  <th scope="row">${format.dayName(day.date)}</th>
                  <td class="number">${format.money(day.revenue, currency)}</td>
                  <td class="number">${format.count(day.orders)}</td>
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
function Readout({ series, currency, point }) {
  const best = series.reduce((top, day) => (day.revenue > top.revenue ? day : top), series[0]);
  const day = series[point] ?? best;
  return html`
    <p class="readout">
      <span>${series[point] ? "" : "Best day: "}${format.dayName(day.date)}</span>
      <strong>${format.money(day.revenue, currency)}</strong>
      <span>${format.count(day.orders)} ${day.orders === 1 ? "order" : "orders"}</span>
    </p>
  `;
}

function Plot({ series, currency, firstPartial }) {
  const holder = useRef(null);
  const [point, setPoint] = useState(null);
  usePlot(holder, series, { currency, firstPartial, onPoint: setPoint });
  const span = `from ${format.dayName(series[0].date)} to ${format.dayName(series.at(-1).date)}`;
  const label = `Bar chart of revenue per day ${span}. The table below has the same days.`;
  return html`
    <${Readout} series=${series} currency=${currency} point=${point} />
    <div class="plot" ref=${holder} role="img" aria-label=${label}></div>
  `;
}

export function RevenueChart({ orders, timeZone, syncing }) {
  const { series, currency, completeUntil } = orders;
  const empty = !series.some(({ orders: number }) => number > 0);
  // The day in which completeness ends is itself not complete.
  const lastKnown = completeUntil ? format.dayIn(timeZone, completeUntil) : null;
  const found = lastKnown ? series.findIndex(({ date }) => date >= lastKnown) : -1;
  const firstPartial = found < 0 ? series.length : found;
  return html`
    <section class="card chart" aria-labelledby="chart-title">
      <div class="chart-head">
        <h3 id="chart-title">Revenue per day</h3>
        ${firstPartial < series.length && !empty && html`<span class="key">Not complete yet</span>`}
      </div>
      ${empty
        ? html`<p class="empty">${syncing ? "Orders are being fetched; the first ones appear here." : "No orders in this period."}</p>`
        : html`
            <${Plot} series=${series} currency=${currency} firstPartial=${firstPartial} />
            <${DaysTable} series=${series} currency=${currency} />
          `}
    </section>
  `;
}
