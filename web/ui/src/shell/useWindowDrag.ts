/** Moving and resizing a window by pointer: written to the element per frame, kept at the end. */
import { useEffect, type RefObject } from "react";

import type { AppId } from "./apps";
import {
  moved,
  movedTo,
  placed,
  pulled,
  snapAt,
  type Box,
  type Edge,
  type Mode,
  type Room,
} from "./boxes";
import { BAR, room, setBox, setMode, toggleMax, useDesk } from "./desk";
import { follow } from "./drag";
import { showGhost } from "./ghost";
import { find } from "./windows";

/** Write a box to a window's element. */
export function write(element: HTMLElement, box: Box): void {
  element.style.transform = `translate(${box.x}px, ${box.y}px)`;
  element.style.width = `${box.w}px`;
  element.style.height = `${box.h}px`;
}

export function useWindowDrag(app: AppId, frame: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = frame.current!;
    const onPress = (event: PointerEvent) => {
      if (event.button !== 0 || !(event.target instanceof HTMLElement)) return;
      const edge = event.target.dataset["edge"] as Edge | undefined;
      if (edge) follow(event, event.target, () => resizing(app, element, edge));
      else if (inBar(event.target)) {
        follow(event, event.target, () => moving(app, element, event));
      }
    };
    const onTwice = (event: MouseEvent) => {
      if (event.target instanceof HTMLElement && inBar(event.target)) toggleMax(app);
    };
    element.addEventListener("pointerdown", onPress);
    element.addEventListener("dblclick", onTwice);
    return () => {
      element.removeEventListener("pointerdown", onPress);
      element.removeEventListener("dblclick", onTwice);
    };
  }, [app, frame]);
}

/** On the title bar, and on nothing there that does something itself. */
function inBar(target: HTMLElement): boolean {
  return Boolean(target.closest("[data-bar]")) && !target.closest("button, a, input, [role=tab]");
}

function standing(app: AppId, space: Room): { mode: Mode; box: Box; free: Box } {
  const { mode, box, room: laidIn } = find(useDesk.getState(), app)!;
  return { mode, box: placed(mode, box, space, laidIn), free: box };
}

function moving(app: AppId, element: HTMLElement, press: PointerEvent) {
  const space = room();
  const { mode, box, free } = standing(app, space);
  // Dragged out of its place, it has its own size again, with the bar still under the pointer.
  const part = (press.clientX - box.x) / box.w;
  const own = placed("free", free, space);
  const from = mode === "free" ? box : { ...own, x: press.clientX - own.w * part, y: box.y };
  let to = from;
  let snap: Mode | null = null;
  return {
    move: (dx: number, dy: number, at: { x: number; y: number }) => {
      to = moved(from, dx, dy, space);
      write(element, to);
      snap = snapAt(at.x, at.y - BAR, space);
      showGhost(snap && placed(snap, to, space));
    },
    end: (kept: boolean) => {
      showGhost(null);
      if (!kept) write(element, box);
      else if (snap) setMode(app, snap, movedTo(from, free));
      else setBox(app, movedTo(to, free));
      // Kept where it already was: nothing is drawn anew, so the element says it itself.
      if (kept && snap) write(element, placed(snap, from, space));
    },
  };
}

function resizing(app: AppId, element: HTMLElement, edge: Edge) {
  const space = room();
  const { box } = standing(app, space);
  let to = box;
  return {
    move: (dx: number, dy: number) => {
      to = pulled(box, edge, dx, dy, space);
      write(element, to);
    },
    end: (kept: boolean) => {
      if (kept) setBox(app, to);
      else write(element, box);
    },
  };
}
