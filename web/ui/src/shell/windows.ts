/** Which windows are open, in which order: a value and what can be done to it. */
import type { AppId } from "./apps";
import { fresh, placed, type Box, type Mode, type Room } from "./boxes";

export interface Win {
  app: AppId;
  /** What it shows; the page's address while it is in front. */
  path: string;
  /** Where it would be when it is neither snapped nor maximised, with all the place it wants. */
  box: Box;
  /** The work area it was laid out in; null where that is not known. */
  room: Room | null;
  mode: Mode;
  hidden: boolean;
}

export interface Desk {
  /** From the back to the front. */
  windows: readonly Win[];
  /** What closed windows had, for when they are opened again. */
  last: Partial<Record<AppId, { box: Box; room: Room | null; mode: Mode }>>;
}

export const EMPTY: Desk = { windows: [], last: {} };

export const find = (desk: Desk, app: AppId) => desk.windows.find((each) => each.app === app);

/** The window in front; null when none is seen. */
export const front = (desk: Desk): Win | null =>
  desk.windows.findLast((one) => !one.hidden) ?? null;

/** Open an app, or bring it to the front, at this address. */
export function open(desk: Desk, app: AppId, path: string, size: Room, room: Room): Desk {
  const found = find(desk, app);
  if (found) return toFront(change(desk, app, { path, hidden: false }), app);
  const before = desk.last[app];
  const above = front(desk);
  const on = above && placed(above.mode, above.box, room, above.room);
  const win: Win = before
    ? { app, path, hidden: false, ...before }
    : // It keeps the size it wants, for when the page has more place.
      { app, path, hidden: false, mode: "free", box: { ...fresh(size, on, room), ...size }, room };
  return { ...desk, windows: [...desk.windows, win] };
}

export function toFront(desk: Desk, app: AppId): Desk {
  const found = find(desk, app);
  if (!found || desk.windows.at(-1) === found) return desk;
  return { ...desk, windows: [...desk.windows.filter((each) => each !== found), found] };
}

/** Change a window where it is; the same value when nothing changes. */
export function change(desk: Desk, app: AppId, to: Partial<Win>): Desk {
  const found = find(desk, app);
  if (!found) return desk;
  const same = Object.entries(to).every(([name, value]) => found[name as keyof Win] === value);
  if (same) return desk;
  return {
    ...desk,
    windows: desk.windows.map((each) => (each === found ? { ...each, ...to } : each)),
  };
}

export function close(desk: Desk, app: AppId): Desk {
  const found = find(desk, app);
  if (!found) return desk;
  return {
    windows: desk.windows.filter((each) => each !== found),
    last: { ...desk.last, [app]: { box: found.box, room: found.room, mode: found.mode } },
  };
}

export function hideAll(desk: Desk): Desk {
  if (!front(desk)) return desk;
  return { ...desk, windows: desk.windows.map((each) => ({ ...each, hidden: true })) };
}

/** The window that comes next: from the back when going on, behind the front when going back. */
export function turned(desk: Desk, way: 1 | -1): Desk {
  const seen = desk.windows.filter((each) => !each.hidden);
  if (seen.length < 2) return seen.length ? desk : shown(desk);
  const top = seen.at(-1)!;
  if (way === 1) return toFront(desk, seen[0]!.app);
  return { ...desk, windows: [top, ...desk.windows.filter((each) => each !== top)] };
}

/** With everything hidden, the last one that was seen. */
function shown(desk: Desk): Desk {
  const top = desk.windows.at(-1);
  return top ? change(desk, top.app, { hidden: false }) : desk;
}

/** A layout as it was kept; what cannot be read is left out. */
export function read(kept: unknown, known: (app: string) => app is AppId): Desk | null {
  if (typeof kept !== "object" || kept === null) return null;
  const { windows, last } = kept as { windows?: unknown; last?: unknown };
  if (!Array.isArray(windows)) return null;
  const whole = windows.filter((each: Partial<Win> | null): each is Win =>
    Boolean(each && typeof each.app === "string" && known(each.app) && isBox(each.box)),
  );
  const once = whole.filter((each, at) => whole.findLastIndex((w) => w.app === each.app) === at);
  return {
    windows: once.map(({ app, path, box, room, mode, hidden }) => ({
      app,
      box,
      room: isRoom(room) ? room : null,
      path: typeof path === "string" && inApp(path, app) ? path : `/${app}`,
      mode: MODES.has(mode) ? mode : "free",
      hidden,
    })),
    last: Object.fromEntries(
      Object.entries((last ?? {}) as Desk["last"])
        .filter(([app, one]) => known(app) && one && isBox(one.box) && MODES.has(one.mode))
        .map(([app, one]) => [app, { ...one, room: isRoom(one.room) ? one.room : null }]),
    ),
  };
}

const inApp = (path: string, app: AppId) => new RegExp(`^/${app}(?:[/#]|$)`).test(path);

const MODES = new Set<Mode>([
  "free",
  "max",
  "left",
  "right",
  "top-left",
  "top-right",
  "bottom-left",
  "bottom-right",
]);

const isNumber = (each: unknown) => typeof each === "number" && Number.isFinite(each);

function isBox(box: unknown): box is Box {
  const { x, y, w, h } = (box ?? {}) as Record<string, unknown>;
  return [x, y, w, h].every(isNumber);
}

function isRoom(room: unknown): room is Room {
  const { w, h } = (room ?? {}) as Record<string, unknown>;
  return [w, h].every(isNumber);
}
