/** Where a window would snap to, shown while it is held there. */
import { create } from "zustand";

import type { Box } from "./boxes";

export const useGhost = create<{ box: Box | null }>()(() => ({ box: null }));

/** Who only passes by an edge sees nothing. */
const PATIENCE = 80;
let timer: ReturnType<typeof setTimeout> | undefined;
let wanted = "";

export function showGhost(box: Box | null): void {
  const key = box ? JSON.stringify(box) : "";
  if (key === wanted) return;
  wanted = key;
  clearTimeout(timer);
  if (box) timer = setTimeout(() => useGhost.setState({ box }), PATIENCE);
  else useGhost.setState({ box: null });
}
