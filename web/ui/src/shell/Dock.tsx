import { useRef, type KeyboardEvent } from "react";

import type { AppInfo } from "./apps";
import { AppTile } from "./AppTile";
import { useAttention } from "./attention";
import { press, useApps, useDesk } from "./desk";
import styles from "./dock.module.css";
import { find, front } from "./windows";

/** The apps at the bottom: one stop for Tab, arrows between them. */
export function Dock() {
  const apps = useApps();
  const bar = useRef<HTMLDivElement>(null);
  const top = useDesk((desk) => front(desk)?.app ?? null);

  function onKeyDown(event: KeyboardEvent): void {
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 };
    const items = [...bar.current!.querySelectorAll("button")];
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    const way = steps[event.key];
    const to =
      event.key === "Home" ? 0 : event.key === "End" ? items.length - 1 : way ? at + way : null;
    if (to === null || at < 0) return;
    event.preventDefault();
    items[(to + items.length) % items.length]!.focus();
  }

  return (
    <div
      ref={bar}
      className={styles.dock}
      role="toolbar"
      tabIndex={-1}
      aria-label="Dock"
      data-region="dock"
      onKeyDown={onKeyDown}
    >
      {apps.map((app, at) => (
        <Item key={app.id} app={app} stop={top ? top === app.id : at === 0} />
      ))}
    </div>
  );
}

function Item({ app, stop }: { app: AppInfo; stop: boolean }) {
  const state = useDesk((desk) => {
    if (front(desk)?.app === app.id) return "front";
    return find(desk, app.id) ? "open" : "closed";
  });
  const count = useAttention().filter((each) => each.app === app.id).length;
  const words = [app.title, STATES[state], count ? `${count} need${count > 1 ? "" : "s"} you` : ""];
  // Hovered or focused, it will be opened next, in all likelihood.
  const preload = () => void app.load().catch(() => undefined);
  return (
    <button
      type="button"
      className={styles.item}
      data-state={state}
      data-app={app.id}
      aria-label={words.filter(Boolean).join(", ")}
      tabIndex={stop ? 0 : -1}
      onClick={() => press(app.id)}
      onPointerEnter={preload}
      onFocus={preload}
    >
      <AppTile app={app.id} size={44} />
      {count ? (
        <b className={styles.badge} aria-hidden="true">
          {Math.min(count, 99)}
        </b>
      ) : null}
      <i className={styles.mark} aria-hidden="true" />
      <span className={styles.tip} aria-hidden="true">
        {app.title}
      </span>
    </button>
  );
}

const STATES = { front: "open, in front", open: "open", closed: "" } as const;
