import { CircleX } from "lucide-react";

import styles from "./system.module.css";

export type Shine = "on" | "off" | "failed";

/** How something stands, as a shape: full, hollow, crossed. The word beside it says the same. */
export function Light({ shine }: { shine: Shine }) {
  if (shine === "failed") {
    return <CircleX size={15} strokeWidth={2} className={styles.failed} aria-hidden />;
  }
  return <i className={styles.light} data-on={shine === "on" || undefined} aria-hidden="true" />;
}
