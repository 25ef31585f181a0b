/** How a provider is reached, as it is written in two fields, and which of them a refusal is about. */
import type { Reach } from "../../api/panel";

/** What is written in the two fields, as far as it is new. */
export function reachOf(key: string, server: string, before: string): Reach {
  const moved = server.trim() !== before;
  return {
    ...(key.trim() ? { key: key.trim() } : {}),
    ...(moved ? { base_url: server.trim() } : {}),
  };
}

/** Codes of refusals that are about the key, wherever it was tried. */
const OF_KEY = new Set(["bad_key", "no_key", "conflict"]);

export type Faulty = "key" | "server";

/** Which field a refusal is about: where the server is another one, its address unless it says. */
export function faulty(code: string, { base_url }: Reach): Faulty {
  return base_url && !OF_KEY.has(code) ? "server" : "key";
}
