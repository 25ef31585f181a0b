import styles from "./setup.module.css";
import type { Strength } from "./strength";

export function StrengthMeter({ strength }: { strength: Strength }) {
  return (
    <span className={styles.meter} data-level={strength.level}>
      <span className={styles.bars} aria-hidden="true">
        {[1, 2, 3].map((at) => (
          <span key={at} data-on={at <= strength.level || undefined} />
        ))}
      </span>
      <span aria-live="polite">{strength.word}</span>
    </span>
  );
}
