import type { Exchange } from "../exchange.ts";
import { type Answer, json } from "../http/answer.ts";

/** end-1: that this is a registry, and that who asks may come in. */
export async function ping(_exchange: Exchange): Promise<Answer> {
  return json({});
}
