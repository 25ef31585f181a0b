import { useEffect } from "react";

import { adjustBy, useAdjust } from "./adjust";
import { attentionNow } from "./attention";
import type { Arrow } from "./boxes";
import { close, nth, show, snap, turn, useDesk } from "./desk";
import { actOf, type Act } from "./keys";
import { useOverlay } from "./overlay";
import { go } from "./router";
import { front } from "./windows";

/** The keys of the desktop, before any app sees them. */
export function useKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing) return;
      if (adjustBy(event.key, event.shiftKey)) return taken(event);
      const act = actOf(event, writing(event.target));
      if (act && doIt(act)) taken(event);
    };
    const root = document.documentElement;
    const byKeys = () => {
      root.dataset["by"] = "keys";
    };
    const byHand = () => {
      root.dataset["by"] = "hand";
    };
    addEventListener("keydown", byKeys, true);
    addEventListener("keydown", onKey, true);
    addEventListener("pointerdown", byHand, true);
    return () => {
      removeEventListener("keydown", byKeys, true);
      removeEventListener("keydown", onKey, true);
      removeEventListener("pointerdown", byHand, true);
    };
  }, []);
}

function taken(event: KeyboardEvent): void {
  event.preventDefault();
  event.stopPropagation();
}

function writing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Do it; false when there is nothing to do it to, and the key is left to others. */
function doIt(act: Act): boolean {
  const { shown } = useOverlay.getState();
  if (act === "palette" || act === "help") {
    const wanted = act === "help" ? "keys" : act;
    useOverlay.setState({ shown: shown === wanted ? null : wanted });
    return true;
  }
  // What holds the page is answered first.
  if (shown || document.querySelector("[role=alertdialog], [data-modal]")) return false;
  if (act === "region-next" || act === "region-previous") return toRegion(act === "region-next");
  if (act === "next" || act === "previous") {
    turn(act === "next" ? 1 : -1);
    return true;
  }
  if (act === "attention") {
    const [first] = attentionNow();
    if (first) go(first.path);
    return true;
  }
  if (act.startsWith("dock-")) {
    const app = nth(Number(act.slice(5)));
    if (app) show(app);
    return app !== null;
  }
  const app = front(useDesk.getState())?.app;
  if (!app) return false;
  if (act === "close") close(app);
  else if (act === "window-menu") useAdjust.setState({ menu: app });
  else snap(app, act.slice(5) as Arrow);
  return true;
}

const REGIONS = ["bar", "window", "dock"];

/** Go to the next part of the page that is there. */
function toRegion(on: boolean): boolean {
  const there = REGIONS.map((name) =>
    document.querySelector<HTMLElement>(`[data-region=${name}]`),
  ).filter((each) => each !== null);
  const at = there.findIndex((each) => each.contains(document.activeElement));
  const to = there.at((at + (on ? 1 : at < 0 ? 0 : -1)) % there.length);
  if (!to) return false;
  const inner = to.matches("[role=dialog]")
    ? to
    : to.querySelector<HTMLElement>("a, [tabindex='0'], button");
  inner?.focus();
  return true;
}
