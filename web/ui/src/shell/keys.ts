/** The keys of the desktop. The place of a key counts (`event.code`), not what is printed on it. */

export type Act =
  | "palette"
  | "next"
  | "previous"
  | "snap-left"
  | "snap-right"
  | "snap-up"
  | "snap-down"
  | "window-menu"
  | "close"
  | "attention"
  | "region-next"
  | "region-previous"
  | "help"
  | `dock-${number}`;

export interface Pressed {
  code: string;
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

const ALT_SHIFT: Record<string, Act> = {
  KeyK: "palette",
  ArrowLeft: "snap-left",
  ArrowRight: "snap-right",
  ArrowUp: "snap-up",
  ArrowDown: "snap-down",
  Space: "window-menu",
  KeyX: "close",
  KeyA: "attention",
};

/** What a key asks of the desktop; `writing` says that it was pressed in a field. */
export function actOf(event: Pressed, writing: boolean): Act | null {
  const { code, ctrlKey, metaKey, altKey, shiftKey } = event;
  const control = ctrlKey || metaKey;
  if (control && !altKey && !shiftKey && code === "KeyK") return "palette";
  if (ctrlKey && !metaKey && !altKey && code === "Backquote") return shiftKey ? "previous" : "next";
  if (altKey && shiftKey && !control) {
    const digit = /^Digit([1-9])$/.exec(code)?.[1];
    return digit ? `dock-${Number(digit)}` : (ALT_SHIFT[code] ?? null);
  }
  if (code === "F6" && !control && !altKey) return shiftKey ? "region-previous" : "region-next";
  if (event.key === "?" && !control && !altKey && !writing) return "help";
  return null;
}

/** The table that `?` shows. */
export const TABLE: readonly { keys: string; does: string }[] = [
  { keys: "Ctrl K", does: "Search everything" },
  { keys: "Ctrl `", does: "Next window; with Shift the one before" },
  { keys: "Alt Shift ← →", does: "Snap to a half; then ↑ ↓ to a quarter" },
  { keys: "Alt Shift ↑", does: "Maximise" },
  { keys: "Alt Shift ↓", does: "Restore, then minimise" },
  { keys: "Alt Shift Space", does: "Menu of the window: move and resize by arrows" },
  { keys: "Alt Shift X", does: "Close the window" },
  { keys: "Alt Shift 1 … 9", does: "Open an app of the dock" },
  { keys: "Alt Shift A", does: "Go to what waits for you" },
  { keys: "F6", does: "Top bar, window, dock; with Shift back" },
  { keys: "?", does: "This table" },
];
