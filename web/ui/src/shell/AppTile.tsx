import type { AppId } from "./apps";
import { appOf } from "./apps";
import styles from "./tile.module.css";

/** The sign of an app, in one of its sizes. */
export function AppTile({ app, size }: { app: AppId; size: 18 | 44 | 64 }) {
  const { Icon } = appOf(app);
  const glyph = { 18: 11, 44: 22, 64: 30 }[size];
  return (
    <span className={`${styles.tile} ${styles[app]}`} data-size={size} aria-hidden="true">
      <Icon size={glyph} strokeWidth={size === 18 ? 2.25 : 1.75} />
    </span>
  );
}
