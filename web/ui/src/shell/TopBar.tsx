import { House, Search } from "lucide-react";
import { lazy, Suspense } from "react";

import { IconButton } from "../kit/button";
import { useNow } from "../kit/hooks";
import { clock } from "../kit/words";
import { useAttention } from "./attention";
import { AttentionSign } from "./AttentionSign";
import { Person } from "./Person";
import { useOverlay } from "./overlay";
import { useRest } from "./rest";
import { go, goes } from "./router";
import { serverName } from "./server";
import styles from "./shell.module.css";
import { ThemeSwitch } from "./ThemeSwitch";

/** Whose server this is, what needs a person, and the time. */
export function TopBar({ app }: { app: string | null }) {
  const now = useNow(true, 1_000);
  return (
    <header className={styles.bar} data-region="bar">
      <a href="/" className={styles.server} onClick={goes} title="Show the desktop">
        <House size={16} strokeWidth={1.75} aria-hidden />
        {serverName()}
      </a>
      {app ? <span className={styles.appName}>{app}</span> : null}
      <span className={styles.gap} />
      <Pills />
      <SearchButton />
      <Notices />
      <ThemeSwitch />
      <Person />
      <time className={styles.clock}>{clock(now)}</time>
    </header>
  );
}

const Bell = lazy(() => import("./notices/Bell"));

/** The bell, in the place that is kept for it. */
export function Notices({ size }: { size?: number }) {
  const rest = useRest();
  return (
    <span className={styles.bell}>
      <Suspense>{rest ? <Bell {...(size ? { size } : {})} /> : null}</Suspense>
    </span>
  );
}

/** What waits or has stopped, each a way to it. */
function Pills() {
  const items = useAttention();
  const [first] = items;
  if (!first) return null;
  const kind = items.some((each) => each.kind === "stopped") ? "stopped" : "waits";
  return (
    <button
      type="button"
      className={styles.pill}
      data-kind={kind}
      title={first.says}
      onClick={() => go(first.path)}
    >
      <AttentionSign kind={kind} size={15} />
      {items.length > 1 ? `${items.length} need you` : first.short}
    </button>
  );
}

function SearchButton() {
  return (
    <button
      type="button"
      className={styles.find}
      aria-keyshortcuts="Control+K"
      onClick={() => useOverlay.setState({ shown: "palette" })}
    >
      <Search size={16} strokeWidth={1.75} aria-hidden />
      Search
      <kbd aria-hidden="true">{MAC ? "⌘ K" : "Ctrl K"}</kbd>
    </button>
  );
}

/** The same where there is no room for words. */
export function SearchIcon() {
  return (
    <IconButton label="Search" onClick={() => useOverlay.setState({ shown: "palette" })}>
      <Search size={20} strokeWidth={1.75} aria-hidden />
    </IconButton>
  );
}

const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);
