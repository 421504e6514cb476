/** Templates without a build step: htm bound to Preact. Every view imports its `html` from here. */

import { h } from "./vendor/preact.mjs";
import htm from "./vendor/htm.mjs";

export const html = htm.bind(h);
