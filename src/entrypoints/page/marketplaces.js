/** The marketplaces a seller can connect, the region each one belongs to, and the time zone in which its day begins. */

const ROWS = [
  ["ATVPDKIKX0DER", "United States", "America/Los_Angeles", "North America"],
  ["A2EUQ1WTGCTBG2", "Canada", "America/Los_Angeles", "North America"],
  ["A1AM78C64UM0Y8", "Mexico", "America/Los_Angeles", "North America"],
  ["A2Q3Y263D00KWC", "Brazil", "America/Sao_Paulo", "North America"],
  ["A1F83G8C2ARO7P", "United Kingdom", "Europe/London", "Europe"],
  ["A1PA6795UKMFR9", "Germany", "Europe/Berlin", "Europe"],
  ["A13V1IB3VIYZZH", "France", "Europe/Paris", "Europe"],
  ["APJ6JRA9NG5V4", "Italy", "Europe/Rome", "Europe"],
  ["A1RKKUPIHCS9HS", "Spain", "Europe/Madrid", "Europe"],
  ["A1805IZSGTT6HS", "Netherlands", "Europe/Amsterdam", "Europe"],
  ["AMEN7PMS3EDWL", "Belgium", "Europe/Brussels", "Europe"],
  ["A28R8C7NBKEWEA", "Ireland", "Europe/Dublin", "Europe"],
  ["A2NODRKZP88ZB9", "Sweden", "Europe/Stockholm", "Europe"],
  ["A1C3SOZRARQ6R3", "Poland", "Europe/Warsaw", "Europe"],
  ["A33AVAJ2PDY3EV", "Türkiye", "Europe/Istanbul", "Europe"],
  ["A2VIGQ35RCS4UG", "United Arab Emirates", "Asia/Dubai", "Middle East, Africa and India"],
  ["A17E79C6D8DWNP", "Saudi Arabia", "Asia/Riyadh", "Middle East, Africa and India"],
  ["ARBP9OOSHTCHU", "Egypt", "Africa/Cairo", "Middle East, Africa and India"],
  ["AE08WJ6YKNBMC", "South Africa", "Africa/Johannesburg", "Middle East, Africa and India"],
  ["A21TJRUUN4KGV", "India", "Asia/Kolkata", "Middle East, Africa and India"],
  ["A1VC38T7YXB528", "Japan", "Asia/Tokyo", "Asia and Australia"],
  ["A39IBJ37TRP1C6", "Australia", "Australia/Sydney", "Asia and Australia"],
  ["A19VAU5U5O7RUS", "Singapore", "Asia/Singapore", "Asia and Australia"],
];

/** Amazon's regions: one authorization of a seller covers one of them. */
export const REGIONS = { na: "North America", eu: "Europe", fe: "Far East" };

const REGION_OF_AREA = {
  "North America": "na",
  Europe: "eu",
  "Middle East, Africa and India": "eu",
  "Asia and Australia": "fe",
};

export const MARKETPLACES = ROWS.map(([id, name, timeZone, area]) => ({
  id,
  name,
  timeZone,
  area,
  region: REGION_OF_AREA[area],
}));
export const AREAS = [...new Set(MARKETPLACES.map(({ area }) => area))];

const BY_ID = new Map(MARKETPLACES.map((marketplace) => [marketplace.id, marketplace]));

// Amazon opens new marketplaces now and then: one we don't know yet is shown by its id.
export const marketplaceName = (id) => BY_ID.get(id)?.name ?? id;
/** The API sorts by id; people look for countries in the order of the list above. Unknown ones come last. */
export function inOrder(ids) {
  const place = (id) => (BY_ID.has(id) ? MARKETPLACES.indexOf(BY_ID.get(id)) : MARKETPLACES.length);
  return [...ids].sort((one, other) => place(one) - place(other));
}

export const marketplaceNames = (ids) => inOrder(ids).map(marketplaceName).join(", ");
export const marketplacesIn = (region) => MARKETPLACES.filter((each) => each.region === region).map(({ id }) => id);

/** A text of the API's with names in place of marketplace ids. */
export const withNames = (text) => text.replace(/\bA[A-Z0-9]{12,13}\b/g, marketplaceName);

export const timeZoneOf = (id) => BY_ID.get(id)?.timeZone ?? "UTC";
