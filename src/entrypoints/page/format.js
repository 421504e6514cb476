/** Numbers, money and times in the words of the screen. Everything missing is a dash. */

// The page speaks English: a German month name in it would look like a mistake, a British date does not.
const LOCALE = navigator.languages.find((language) => language.startsWith("en")) ?? "en-GB";
const MISSING = "–";

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto", style: "short" });
const moment = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" });
const date = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium" });
const clock = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
// A marketplace's day has no time: it is read and written as UTC, so that no zone can shift it.
const weekday = new Intl.DateTimeFormat(LOCALE, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
const shortDay = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", timeZone: "UTC" });

export const count = (value) => (value == null ? MISSING : whole.format(value));

/** An amount with its currency, in that currency's own number of decimals. */
export function money(amount, currency) {
  if (amount == null || !currency) return MISSING;
  return new Intl.NumberFormat(LOCALE, { style: "currency", currency }).format(amount);
}

/** A large amount without its cents, for a tile. */
export const roundMoney = (amount, currency) =>
  amount == null || !currency || Math.abs(amount) < 10000
    ? money(amount, currency)
    : new Intl.NumberFormat(LOCALE, { style: "currency", currency, maximumFractionDigits: 0 }).format(amount);

/** Short money for an axis: €1.2K. */
export function shortMoney(amount, currency) {
  if (!currency) return String(amount);
  return new Intl.NumberFormat(LOCALE, {
    style: "currency",
    currency,
    notation: "compact",
    minimumFractionDigits: 0,
    maximumFractionDigits: 1,
  }).format(amount);
}

/** How much `now` differs from `before`, as a fraction; null where `before` is 0 or unknown. */
export const change = (now, before) => (now == null || !before ? null : (now - before) / before);

export const percentage = (fraction) => percent.format(Math.abs(fraction));

/** A share or a ratio as it is: 0.234 as "23.4%". */
export const share = (fraction, digits = 1) =>
  fraction == null
    ? MISSING
    : new Intl.NumberFormat(LOCALE, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(fraction);

/** How often something comes back: 4.28 as "4.28×". */
export const times = (ratio) => (ratio == null ? MISSING : `${ratio.toFixed(2)}×`);

export const decimal = (value) => (value == null ? MISSING : value.toFixed(1));

const UNITS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

/** "3 min ago", "in 2 hr"; "just now" within a minute. */
export function ago(time) {
  if (!time) return MISSING;
  const seconds = (new Date(time) - Date.now()) / 1000;
  const found = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  if (!found) return seconds > 5 ? "in a moment" : "just now";
  return relative.format(Math.trunc(seconds / found[1]), found[0]);
}

export const dateTime = (time) => (time ? moment.format(new Date(time)) : MISSING);
export const day = (time) => (time ? date.format(new Date(time)) : MISSING);
export const clockTime = (time) => clock.format(new Date(time));

export const dayName = (day) => weekday.format(new Date(`${day}T00:00:00Z`));
export const dayShort = (day) => shortDay.format(new Date(`${day}T00:00:00Z`));

/** "23 Oct – 21 Nov", of a period's two days. */
export const span = ({ from, to }) => (from === to ? dayShort(from) : `${dayShort(from)} – ${dayShort(to)}`);

/** The calendar day (YYYY-MM-DD) of a moment in a time zone. */
export function dayIn(timeZone, time = Date.now()) {
  // Swedish writes its dates the ISO way.
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(new Date(time));
}

/** A day moved by some days; days are arithmetic in UTC, so summer time can't get in the way. */
export function shiftDay(day, days) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

const countries = new Intl.DisplayNames(LOCALE, { type: "region" });
export const country = (code) => countries.of(code) ?? code;

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** What the API says of a field or a link, as a sentence of its own. */
export const sentence = (text) => capital(text) + (/[.!?]$/.test(text) ? "" : ".");

/** "12 minutes", for a wait in seconds. */
export function wait(seconds) {
  const [size, unit] = seconds >= 90 ? [60, "minute"] : [1, "second"];
  const value = Math.ceil(seconds / size);
  return `${value} ${unit}${value === 1 ? "" : "s"}`;
}
