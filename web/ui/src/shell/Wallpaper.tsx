import styles from "./shell.module.css";

/** The picture behind everything, on a layer of its own. */
export function Wallpaper() {
  return <div className={styles.wallpaper} aria-hidden="true" />;
}
