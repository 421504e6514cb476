/** The views: where each is found, what it is called, and the module that is fetched when it is first wanted. */

export const VIEWS = [
  {
    path: "/",
    name: "Overview",
    load: () => import("./overview.js").then((module) => module.Overview),
    icon: "M3 11.5 10 4l7 7.5M5 9.8V16h10V9.8",
    main: true,
  },
  {
    path: "/orders",
    name: "Orders",
    load: () => import("./orders.js").then((module) => module.Orders),
    icon: "M4 3.5h12v13l-2-1.4-2 1.4-2-1.4-2 1.4-2-1.4-2 1.4zM7 7.5h6M7 10.5h6",
    main: true,
  },
  {
    path: "/stock",
    name: "Stock",
    load: () => import("./stock.js").then((module) => module.Stock),
    icon: "M10 3 16.5 6.3v7.4L10 17l-6.5-3.3V6.3zM3.5 6.3 10 9.6l6.5-3.3M10 9.6V17",
    main: true,
  },
  {
    path: "/advertising",
    name: "Advertising",
    short: "Ads",
    load: () => import("./advertising.js").then((module) => module.Advertising),
    icon: "M3.5 8.5v3h2.8L13 15.5v-11L6.3 8.5zM15.5 8a3 3 0 0 1 0 4M6.5 11.5l1.2 4.5",
    main: true,
  },
  {
    path: "/accounts",
    name: "Accounts",
    load: () => import("./accounts.js").then((module) => module.Accounts),
    icon: "M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 17c.4-3.2 2.7-5 6-5s5.6 1.8 6 5",
  },
  {
    path: "/sync",
    name: "Sync",
    load: () => import("./syncview.js").then((module) => module.SyncView),
    icon: "M4 9a6.2 6.2 0 0 1 11.2-2.5M15.5 3v3.7h-3.7M16 11a6.2 6.2 0 0 1-11.2 2.5M4.5 17v-3.7h3.7",
  },
  {
    path: "/usage",
    name: "Usage",
    load: () => import("./usage.js").then((module) => module.Usage),
    icon: "M3.5 14.5a6.5 6.5 0 1 1 13 0M10 14.5l3.5-4.5",
  },
  {
    path: "/settings",
    name: "Settings",
    load: () => import("./settings.js").then((module) => module.Settings),
    icon: "M3 6h8M15 6h2M3 14h2M9 14h8M13 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM7 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  },
];

export const viewAt = (path) => VIEWS.find((view) => view.path === path) ?? VIEWS[0];

const loads = new Map();

/** Fetches a view's module once, however often it is asked for; a failure is not remembered. */
export function fetchView(view) {
  if (!loads.has(view.path)) {
    const load = view.load();
    load.catch(() => loads.delete(view.path));
    loads.set(view.path, load);
  }
  return loads.get(view.path);
}
