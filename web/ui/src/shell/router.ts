/** The few addresses of the page. */
import { useSyncExternalStore } from "react";

export type Place =
  | { at: "chat"; session: string | null; turn: string | null }
  | { at: "setup"; code: string }
  | { at: "login" };

/** What an address means; an unknown one is the chat. */
export function placeOf(path: string, hash: string): Place {
  if (path === "/setup") return { at: "setup", code: decode(hash.slice(1)) };
  if (path === "/login") return { at: "login" };
  const session = /^\/chat\/([^/]+)$/.exec(path)?.[1];
  return {
    at: "chat",
    session: session === undefined ? null : decode(session),
    turn: hash.startsWith("#turn-") ? decode(hash.slice(6)) : null,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const chatPath = (session: string | null, turn?: string) =>
  (session ? `/chat/${encodeURIComponent(session)}` : "/") + (turn ? `#turn-${turn}` : "");

const watchers = new Set<() => void>();

function changed(): void {
  for (const each of watchers) each();
}

addEventListener("popstate", changed);
addEventListener("hashchange", changed);

/** Go to an address; `replace` leaves no way back. */
export function go(path: string, how: "push" | "replace" = "push"): void {
  if (path === location.pathname + location.hash) return;
  if (how === "push") history.pushState(null, "", path);
  else history.replaceState(null, "", path);
  changed();
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

const here = () => location.pathname + location.hash;

/** Where we are. */
export function usePlace(): Place {
  useSyncExternalStore(subscribe, here);
  return placeOf(location.pathname, location.hash);
}

/** Let a link go there without loading the page anew; other buttons and keys stay the browser's. */
export function goes(event: React.MouseEvent<HTMLAnchorElement>): void {
  if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(event.currentTarget.getAttribute("href") ?? "/");
}
