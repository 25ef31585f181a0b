/** The addresses of the page: the one of the app that is in front. */
import { useSyncExternalStore } from "react";

import { isApp, type AppId } from "./apps";

export type Place =
  | { at: "home" }
  | { at: "app"; app: AppId; path: string }
  | { at: "setup"; code: string }
  | { at: "login" };

/** What an address means; an unknown one is the desktop. */
export function placeOf(path: string, hash: string): Place {
  if (path === "/setup") return { at: "setup", code: decode(hash.slice(1)) };
  if (path === "/login") return { at: "login" };
  const word = path.split("/")[1] ?? "";
  return isApp(word) ? { at: "app", app: word, path: path + hash } : { at: "home" };
}

/** The parts of an app's address behind its name, decoded. */
export function partsOf(path: string): { parts: string[]; hash: string } {
  const [before, hash = ""] = path.split("#", 2);
  return { parts: before!.split("/").slice(2).map(decode), hash: decode(hash) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const chatPath = (session: string | null, turn?: string) =>
  (session ? `/chat/${encodeURIComponent(session)}` : "/chat") + (turn ? `#turn-${turn}` : "");

/** Where the way of one message is shown, for the owner. */
export const tracePath = (turn: string) => `/pipeline/messages/${encodeURIComponent(turn)}`;

const watchers = new Set<() => void>();

function changed(): void {
  for (const each of watchers) each();
}

addEventListener("popstate", changed);
addEventListener("hashchange", changed);

/** Go to an address; `replace` leaves no way back. */
export function go(path: string, how: "push" | "replace" = "push"): void {
  if (path === here()) return;
  if (how === "push") history.pushState(null, "", path);
  else history.replaceState(null, "", path);
  changed();
}

/** Hear of every change of the address, until the returned function is called. */
export function onMove(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export const here = () => location.pathname + location.hash;

export const placeNow = (): Place => placeOf(location.pathname, location.hash);

/** Where we are. */
export function usePlace(): Place {
  useSyncExternalStore(onMove, here);
  return placeNow();
}

/** Let a link go there without loading the page anew; other buttons and keys stay the browser's. */
export function goes(event: React.MouseEvent<HTMLAnchorElement>): void {
  if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(event.currentTarget.getAttribute("href") ?? "/");
}
