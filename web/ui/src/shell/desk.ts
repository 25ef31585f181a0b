/** The desktop of this tab: its windows, kept over a reload, in step with the page's address. */
import { create } from "zustand";

import { useAccount } from "../api/account";
import { PHONE } from "../kit/hooks";
import { appOf, appsFor, isApp, pathOf, type AppId } from "./apps";
import { snapBy, type Arrow, type Box, type Mode, type Room } from "./boxes";
import { go, here, onMove, placeNow } from "./router";
import * as windows from "./windows";

export const BAR = 36;
export const DOCK = 90;

/** Where windows may be. */
export const room = (): Room => ({ w: innerWidth, h: innerHeight - BAR - DOCK });

/** A phone has no windows: what is opened there is laid out for a page that has. */
const USUAL: Room = { w: 1440, h: 774 };

export const useDesk = create<windows.Desk>()(() => windows.EMPTY);

const key = () => `livos.desk.${useAccount.getState().me?.id ?? ""}`;

function put(desk: windows.Desk): void {
  if (desk === useDesk.getState()) return;
  useDesk.setState(desk, true);
  try {
    localStorage.setItem(key(), JSON.stringify(desk));
  } catch {
    // Then the layout lasts as long as the page.
  }
}

const now = () => useDesk.getState();

/** Begin: the layout as it was, the address's app in front. Returns how to end. */
export function begin(): () => void {
  const before = kept();
  useDesk.setState(before ?? windows.EMPTY, true);
  if (placeNow().at !== "app") {
    const phone = matchMedia(PHONE).matches;
    // Who is here for the first time finds the chat open; a phone begins at home.
    const first = before ? (windows.front(before)?.path ?? "/") : pathOf("chat");
    go(phone ? "/" : first, "replace");
  }
  if (placeNow().at === "app") arrive();
  return onMove(arrive);
}

/** Take a layout that was kept elsewhere; what the address names stays in front. */
export function lay(desk: windows.Desk): void {
  const first = here() === pathOf("chat") || placeNow().at === "home";
  put(desk);
  if (first) follow();
  else arrive();
}

/** The address changed: show what it names. */
function arrive(): void {
  const place = placeNow();
  if (place.at === "home") put(windows.hideAll(now()));
  if (place.at !== "app") return;
  const space = matchMedia(PHONE).matches ? USUAL : room();
  put(windows.open(now(), place.app, place.path, appOf(place.app).size, space));
}

/** Let the address say what is in front. */
function follow(): void {
  go(windows.front(now())?.path ?? "/", "replace");
}

function kept(): windows.Desk | null {
  try {
    return windows.read(JSON.parse(localStorage.getItem(key()) ?? "null"), isApp);
  } catch {
    return null;
  }
}

/** Open an app, or bring it to the front as it was left. */
export function show(app: AppId): void {
  go(windows.find(now(), app)?.path ?? pathOf(app));
}

/** What a press in the dock does: open, bring to the front, or put away. */
export function press(app: AppId): void {
  const top = windows.front(now());
  if (top?.app === app && here() === top.path) hide(app);
  else show(app);
}

export function raise(app: AppId): void {
  put(windows.toFront(now(), app));
  follow();
}

export function hide(app: AppId): void {
  put(windows.change(now(), app, { hidden: true }));
  follow();
}

export function close(app: AppId): void {
  put(windows.close(now(), app));
  follow();
}

export function turn(way: 1 | -1): void {
  put(windows.turned(now(), way));
  follow();
}

/** Snap or maximise; a box says where it is once it is free again. */
export function setMode(app: AppId, mode: Mode, box?: Box): void {
  put(windows.change(now(), app, { mode, ...(box ? { box, room: room() } : {}) }));
}

export function setBox(app: AppId, box: Box): void {
  put(windows.change(now(), app, { mode: "free", box, room: room() }));
}

/** Have a window stand as it did. */
export function putBack({ app, mode, box, room: laidIn }: windows.Win): void {
  put(windows.change(now(), app, { mode, box, room: laidIn }));
}

export function toggleMax(app: AppId): void {
  const mode = windows.find(now(), app)?.mode;
  setMode(app, mode === "free" ? "max" : "free");
}

export function snap(app: AppId, arrow: Arrow): void {
  const found = windows.find(now(), app);
  if (!found) return;
  const mode = snapBy(found.mode, arrow);
  if (mode === null) hide(app);
  else setMode(app, mode);
}

/** Something an app showed has an address now: the same window goes on there. */
export function settle(app: AppId, from: string, to: string): void {
  if (windows.find(now(), app)?.path === from) put(windows.change(now(), app, { path: to }));
  if (here() === from) go(to, "replace");
}

/** The apps of who is here. */
export const useApps = () => appsFor(useAccount((state) => state.me?.role));

/** The app of a place in the dock, counted from 1. */
export const nth = (number: number): AppId | null =>
  appsFor(useAccount.getState().me?.role)[number - 1]?.id ?? null;
