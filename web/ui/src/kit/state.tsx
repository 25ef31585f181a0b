/** How work stands: a shape first, then a word, then a colour. */
import { Ban, CircleCheck, CircleHelp, CircleX, Clock, Hourglass } from "lucide-react";

import styles from "./state.module.css";

export function Spinner() {
  return <span className={styles.spinner} aria-hidden="true" />;
}

export type Work = "queued" | "working" | "waiting" | "done" | "failed" | "stopped" | "unknown";

const ICON = { size: 15, strokeWidth: 1.75, "aria-hidden": true } as const;

/** How a conversation is said to stand. */
export const workWords = (work: Work): string => (work === "waiting" ? "waiting for you" : work);

export function Glyph({ work }: { work: Work }) {
  return <span className={styles.glyph}>{shape(work)}</span>;
}

function shape(work: Work) {
  switch (work) {
    case "queued":
      return <Clock {...ICON} className={styles.quiet} />;
    case "waiting":
      return <Hourglass {...ICON} className={styles.waiting} />;
    case "working":
      return <Spinner />;
    case "done":
      return <CircleCheck {...ICON} className={styles.ok} />;
    case "failed":
      return <CircleX {...ICON} className={styles.failed} />;
    case "stopped":
      return <Ban {...ICON} className={styles.quiet} />;
    case "unknown":
      return <CircleHelp {...ICON} className={styles.unknown} />;
  }
}
