/** All connections of a user, of every channel alike, each with the name that people know it by. */

import * as api from "./api.js";
import { useLoad } from "./hooks.js";
import { REGIONS } from "./marketplaces.js";
import { CHANNELS } from "./words.js";

const named = (channel, items, name) => items.map((each) => ({ ...each, channel, name: name(each) }));

/** `amazon` are the sellers, who are known already. */
export function useChannels(amazon, revision) {
  const { data, error, reload } = useLoad(async () => {
    const [shops, ads] = await Promise.all([api.connectionsOf("shopify"), api.connectionsOf("ads")]);
    return { shopify: named("shopify", shops, (each) => each.shop), ads: named("ads", ads, () => CHANNELS.ads) };
  }, [revision]);
  const { shopify = [], ads = [] } = data ?? {};
  const sellers = named("amazon", amazon, (each) => `${each.seller_id} · ${REGIONS[each.region] ?? each.region}`);
  return { amazon: sellers, shopify, ads, all: [...sellers, ...ads, ...shopify], known: data !== null, error, reload };
}
