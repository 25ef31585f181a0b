/** Moving and resizing by the arrow keys. */
import { create } from "zustand";

import type { AppId } from "./apps";
import { moved, movedTo, placed, pulled } from "./boxes";
import { putBack, room, setBox, useDesk } from "./desk";
import { find, type Win } from "./windows";

interface Adjust {
  /** Whose menu is open. */
  menu: AppId | null;
  app: AppId | null;
  kind: "move" | "resize";
  /** As it was, for Esc. */
  from: Win | null;
  begin: (app: AppId, kind: "move" | "resize") => void;
}

export const useAdjust = create<Adjust>()((set) => ({
  menu: null,
  app: null,
  kind: "move",
  from: null,
  begin: (app, kind) => {
    const win = find(useDesk.getState(), app);
    if (win) set({ app, kind, from: win });
  },
}));

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Take a key while a window is adjusted; false leaves it to others. */
export function adjustBy(key: string, fine: boolean): boolean {
  const { app, kind, from } = useAdjust.getState();
  if (!app || !from) return false;
  const arrow = ARROWS[key];
  const win = find(useDesk.getState(), app);
  if (arrow && win) {
    const box = placed(win.mode, win.box, room(), win.room);
    const [dx, dy] = arrow.map((each) => each * (fine ? 1 : 8)) as [number, number];
    if (kind === "resize") setBox(app, pulled(box, "se", dx, dy, room()));
    // Out of its place it keeps the size it had there; else the one it wishes.
    else setBox(app, movedTo(moved(box, dx, dy, room()), win.mode === "free" ? win.box : box));
    return true;
  }
  if (key !== "Enter" && key !== "Escape") return false;
  if (key === "Escape") putBack(from);
  useAdjust.setState({ app: null, from: null });
  return true;
}
