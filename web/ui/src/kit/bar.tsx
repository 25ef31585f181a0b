import styles from "./bar.module.css";

/** How full something is; the words stand beside it. */
export function Bar({ part, label }: { part: number; label: string }) {
  const percent = Math.round(Math.min(Math.max(part, 0), 1) * 100);
  return (
    <div
      className={styles.bar}
      role="meter"
      aria-label={label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      data-full={part >= 0.95 ? "very" : part >= 0.85 ? "rather" : undefined}
    >
      <span style={{ width: `${percent}%` }} />
    </div>
  );
}
