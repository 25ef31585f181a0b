/** Where windows are: plain geometry, in pixels of the work area. */

export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Room {
  w: number;
  h: number;
}

export type Mode =
  "free" | "max" | "left" | "right" | "top-left" | "top-right" | "bottom-left" | "bottom-right";

export type Edge = "n" | "s" | "e" | "w" | "ne" | "nw" | "se" | "sw";

export const SMALLEST = { w: 360, h: 280 };
const GAP = 8;
const STEP = 28;
/** How near to an edge a pointer snaps. */
const NEAR = 12;

/** The box inside the room: first as large as there is place, then moved wholly inside. */
export function inside(box: Box, room: Room): Box {
  const w = Math.min(Math.max(box.w, SMALLEST.w), Math.max(room.w - 2 * GAP, SMALLEST.w));
  const h = Math.min(Math.max(box.h, SMALLEST.h), Math.max(room.h - GAP, SMALLEST.h));
  return {
    w,
    h,
    x: clamp(box.x, GAP, room.w - w - GAP),
    y: clamp(box.y, GAP, room.h - h),
  };
}

/** The box with its title bar where it can be taken hold of. */
function reachable(box: Box, room: Room): Box {
  const { w, h } = inside(box, room);
  return moved({ ...box, w, h }, 0, 0, room);
}

const isSame = (one: Room, other: Room) => one.w === other.w && one.h === other.h;

/**
 * Where a window stands.
 *
 * Its own box is what it wishes, and stays so: on a page of another size than the one it was laid
 * out on it stands wholly inside, as large as there is place, and there again as it was left.
 */
export function placed(mode: Mode, free: Box, room: Room, laidIn: Room | null = null): Box {
  if (mode === "free") {
    return laidIn && !isSame(laidIn, room) ? inside(free, room) : reachable(free, room);
  }
  const [w, h] = [room.w - 2 * GAP, room.h - GAP];
  if (mode === "max") return { x: GAP, y: GAP, w, h };
  const half = Math.floor((w - GAP) / 2);
  const low = Math.floor((h - GAP) / 2);
  const right = mode.endsWith("right");
  const bottom = mode.startsWith("bottom");
  const quarter = mode.includes("-");
  return {
    x: right ? room.w - GAP - half : GAP,
    y: bottom ? room.h - low : GAP,
    w: half,
    h: quarter ? low : h,
  };
}

/** What a window becomes when it is let go with the pointer there. */
export function snapAt(x: number, y: number, room: Room): Mode | null {
  const side = x <= NEAR ? "left" : x >= room.w - NEAR ? "right" : null;
  if (side) {
    if (y < room.h * 0.2) return `top-${side}`;
    return y > room.h * 0.8 ? `bottom-${side}` : side;
  }
  return y <= NEAR ? "max" : null;
}

export type Arrow = "left" | "right" | "up" | "down";

/** What an arrow makes of a window; null minimises it. */
export function snapBy(mode: Mode, arrow: Arrow): Mode | null {
  if (arrow === "left" || arrow === "right") return arrow;
  if (mode === "left" || mode === "right") return `${arrow === "up" ? "top" : "bottom"}-${mode}`;
  if (arrow === "up") return mode.startsWith("bottom-") ? side(mode) : "max";
  if (mode === "max") return "free";
  return mode.startsWith("top-") ? side(mode) : null;
}

const side = (mode: Mode) => (mode.endsWith("left") ? "left" : "right");

/** A box whose edge was pulled; the other edges stay where they are. */
export function pulled(box: Box, edge: Edge, dx: number, dy: number, room: Room): Box {
  let { x, y, w, h } = box;
  if (edge.includes("e")) w = clamp(w + dx, SMALLEST.w, room.w - x);
  if (edge.includes("s")) h = clamp(h + dy, SMALLEST.h, room.h - y);
  if (edge.includes("w")) {
    const left = clamp(x + dx, 0, x + w - SMALLEST.w);
    w += x - left;
    x = left;
  }
  if (edge.includes("n")) {
    const top = clamp(y + dy, 0, y + h - SMALLEST.h);
    h += y - top;
    y = top;
  }
  return { x, y, w, h };
}

/** Moved, with enough of its title bar left to take hold of again. */
export function moved(box: Box, dx: number, dy: number, room: Room): Box {
  return {
    ...box,
    x: clamp(box.x + dx, 96 - box.w, room.w - 96),
    y: clamp(box.y + dy, 0, room.h - 40),
  };
}

/** What a box that was only moved wishes: where it is now, as large as it wished to be. */
export const movedTo = ({ x, y }: Box, { w, h }: Box): Box => ({ x, y, w, h });

/** A fresh window's box: in the middle, or a step below the one in front; wholly inside. */
export function fresh(size: Room, front: Box | null, room: Room): Box {
  const fits = inside({ x: 0, y: 0, ...size }, room);
  const middle = { ...fits, x: (room.w - fits.w) / 2, y: Math.max((room.h - fits.h) / 3, GAP) };
  if (!front) return rounded(inside(middle, room));
  const next = inside({ ...fits, x: front.x + STEP, y: front.y + STEP }, room);
  // In the last corner it would cover the other one wholly: it begins again at the first.
  const stuck = next.x - front.x < STEP / 2 && next.y - front.y < STEP / 2;
  return rounded(stuck ? inside({ ...fits, x: GAP, y: GAP }, room) : next);
}

function rounded(box: Box): Box {
  return { x: Math.round(box.x), y: Math.round(box.y), w: Math.round(box.w), h: Math.round(box.h) };
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(Math.min(value, high), Math.min(low, high));
}
