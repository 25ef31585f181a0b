import { House } from "lucide-react";

import { useNow } from "../kit/hooks";
import { clock } from "../kit/words";
import { Person } from "./Person";
import { goes } from "./router";
import { serverName } from "./server";
import styles from "./shell.module.css";
import { ThemeSwitch } from "./ThemeSwitch";

/** Whose server this is, what needs a person, and the time. */
export function TopBar({ app }: { app: string }) {
  const now = useNow(true, 1_000);
  return (
    <header className={styles.bar}>
      <a href="/" className={styles.server} onClick={goes}>
        <House size={16} strokeWidth={1.75} aria-hidden />
        {serverName()}
      </a>
      <span className={styles.appName}>{app}</span>
      <span className={styles.gap} />
      <ThemeSwitch />
      <Person />
      <time className={styles.clock}>{clock(now)}</time>
    </header>
  );
}
