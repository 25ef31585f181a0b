import { Person } from "./Person";
import styles from "./shell.module.css";
import { ThemeSwitch } from "./ThemeSwitch";

/** Who is here, below the list of a small screen. */
export function Foot() {
  return (
    <div className={styles.foot}>
      <Person side="top" />
      <ThemeSwitch />
    </div>
  );
}
