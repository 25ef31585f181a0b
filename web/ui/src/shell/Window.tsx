import { Copy, Minus, Square, X } from "lucide-react";
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import { IconButton } from "../kit/button";
import { useAdjust } from "./adjust";
import { AppBody } from "./AppBody";
import { appOf } from "./apps";
import { placed, type Room } from "./boxes";
import { close, hide, raise, toggleMax } from "./desk";
import { FrameProvider } from "./frame";
import { useWindowDrag, write } from "./useWindowDrag";
import styles from "./window.module.css";
import { WindowMenu } from "./WindowMenu";
import type { Win } from "./windows";

const EDGES = ["n", "s", "e", "w", "ne", "nw", "se", "sw"] as const;
const ICON = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

interface Props {
  win: Win;
  /** How far to the front, from 0. */
  depth: number;
  front: boolean;
  space: Room;
}

/** An app in its window. */
export const Window = memo(function Window({ win, depth, front, space }: Props) {
  const { app, path, box, room, mode, hidden } = win;
  const info = appOf(app);
  const frame = useRef<HTMLElement>(null);
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  const adjusting = useAdjust((state) => (state.app === app ? state.kind : null));
  useWindowDrag(app, frame);
  useFocus(frame, front);
  useLayoutEffect(() => {
    write(frame.current!, placed(mode, box, space, room));
    frame.current!.style.zIndex = String(10 + depth);
  }, [mode, box, room, space, depth]);
  const around = useMemo(
    () => ({ slot, phone: false, seen: !hidden, front }),
    [slot, hidden, front],
  );
  return (
    <section
      ref={frame}
      role="dialog"
      aria-label={info.title}
      tabIndex={-1}
      className={styles.window}
      data-front={front || undefined}
      data-region={front ? "window" : undefined}
      hidden={hidden}
      onPointerDownCapture={() => (front ? undefined : raise(app))}
      onFocusCapture={() => (front || hidden ? undefined : raise(app))}
    >
      <header className={styles.bar} data-bar>
        <WindowMenu app={info} free={mode === "free"} />
        <div className={styles.slot} ref={setSlot} />
        <IconButton label={`Minimise ${info.title}`} onClick={() => hide(app)}>
          <Minus {...ICON} />
        </IconButton>
        <IconButton
          label={`${mode === "free" ? "Maximise" : "Restore"} ${info.title}`}
          onClick={() => toggleMax(app)}
        >
          {mode === "free" ? <Square {...ICON} size={14} /> : <Copy {...ICON} size={14} />}
        </IconButton>
        <IconButton label={`Close ${info.title}`} onClick={() => close(app)}>
          <X {...ICON} />
        </IconButton>
      </header>
      <div className={styles.body}>
        <FrameProvider value={around}>
          <AppBody app={app} path={path} />
        </FrameProvider>
      </div>
      {adjusting ? (
        <p className={styles.hint} role="status">
          Arrows {adjusting} it, with Shift by one pixel; Enter keeps it, Esc puts it back
        </p>
      ) : null}
      {EDGES.map((edge) => (
        <i key={edge} className={styles.edge} data-edge={edge} aria-hidden="true" />
      ))}
    </section>
  );
});

/** Who comes to the front by a key has the focus, there where it was last. */
function useFocus(frame: React.RefObject<HTMLElement | null>, front: boolean): void {
  const last = useRef<HTMLElement | null>(null);
  useEffect(() => {
    const element = frame.current!;
    const note = (event: FocusEvent) => {
      if (event.target instanceof HTMLElement) last.current = event.target;
    };
    element.addEventListener("focusin", note);
    return () => element.removeEventListener("focusin", note);
  }, [frame]);
  useEffect(() => {
    const element = frame.current!;
    if (!front || element.contains(document.activeElement)) return;
    // An open dialog or menu keeps what it has.
    if (document.activeElement?.closest("[role=menu], [role=alertdialog], [data-modal]")) return;
    const to = last.current?.isConnected ? last.current : element;
    to.focus({ preventScroll: true });
  }, [frame, front]);
}
