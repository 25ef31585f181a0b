import { House, type LucideIcon } from "lucide-react";
import { useMemo, useState } from "react";

import { AppBody } from "./AppBody";
import { pathOf, type AppId } from "./apps";
import { useAttention } from "./attention";
import { useApps, useDesk } from "./desk";
import { FrameProvider } from "./frame";
import { Home } from "./Home";
import { Person } from "./Person";
import styles from "./phone.module.css";
import { go, usePlace } from "./router";
import { serverName } from "./server";
import { ThemeSwitch } from "./ThemeSwitch";
import { Notices, SearchIcon } from "./TopBar";
import { find } from "./windows";

/** The page on a phone: one app at a time, the same dock. */
export default function Phone() {
  const place = usePlace();
  const app = place.at === "app" ? place.app : null;
  return (
    <div className={styles.phone} data-home={app ? undefined : ""}>
      {app && place.at === "app" ? (
        <Screen key={app} app={app} path={place.path} />
      ) : (
        <>
          <header className={styles.head} data-region="bar">
            <span className={styles.server}>{serverName()}</span>
            <SearchIcon />
            <Notices size={20} />
            <ThemeSwitch />
            <Person />
          </header>
          <main className={styles.body}>
            <Home />
          </main>
        </>
      )}
      <Tabs app={app} />
    </div>
  );
}

function Screen({ app, path }: { app: AppId; path: string }) {
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  const around = useMemo(() => ({ slot, phone: true, seen: true, front: true }), [slot]);
  return (
    <>
      <header className={styles.head} data-region="bar">
        <div className={styles.slot} ref={setSlot} />
        <Notices size={20} />
      </header>
      <main className={styles.body} data-region="window">
        <FrameProvider value={around}>
          <AppBody app={app} path={path} />
        </FrameProvider>
      </main>
    </>
  );
}

function Tabs({ app }: { app: AppId | null }) {
  return (
    <nav className={styles.dock} aria-label="Dock" data-region="dock">
      <Tab title="Home" Icon={House} count={0} on={app === null} onGo={() => go("/")} />
      {useApps().map(({ id, title, Icon }) => (
        <AppTab key={id} id={id} title={title} Icon={Icon} on={app === id} />
      ))}
    </nav>
  );
}

interface AppTabProps {
  id: AppId;
  title: string;
  Icon: LucideIcon;
  on: boolean;
}

function AppTab({ id, ...rest }: AppTabProps) {
  const count = useAttention().filter((each) => each.app === id).length;
  // Pressed again, an app goes back to its beginning.
  const path = useDesk((desk) => find(desk, id)?.path ?? pathOf(id));
  return <Tab {...rest} count={count} onGo={() => go(rest.on ? pathOf(id) : path)} />;
}

interface TabProps {
  title: string;
  Icon: LucideIcon;
  count: number;
  on: boolean;
  onGo: () => void;
}

function Tab({ title, Icon, count, on, onGo }: TabProps) {
  return (
    <button
      type="button"
      className={styles.tab}
      aria-current={on ? "page" : undefined}
      aria-label={count ? `${title}, ${count} ${count === 1 ? "needs" : "need"} you` : title}
      onClick={onGo}
    >
      <span className={styles.icon}>
        <Icon size={22} strokeWidth={1.75} aria-hidden />
        {count ? <b aria-hidden="true">{Math.min(count, 99)}</b> : null}
      </span>
      {title}
    </button>
  );
}
