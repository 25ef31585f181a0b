import { lazy, Suspense } from "react";

import { PHONE, useMedia } from "../kit/hooks";
import { Skeleton } from "../kit/page";
import { loadChat } from "./apps";
import { Person } from "./Person";
import { usePlace } from "./router";
import styles from "./shell.module.css";
import { useShell } from "./state";
import { ThemeSwitch } from "./ThemeSwitch";
import { TopBar } from "./TopBar";

const Chat = lazy(loadChat);
const Settings = lazy(() => import("../apps/settings/Settings"));

/** The desktop around the apps; today there is one app, and it fills the work area. */
export function Shell() {
  const place = usePlace();
  const phone = useMedia(PHONE);
  const settings = useShell((state) => state.settings);
  const session = place.at === "chat" ? place.session : null;
  const turn = place.at === "chat" ? place.turn : null;
  const foot = (
    <div className={styles.foot}>
      <Person side="top" />
      <ThemeSwitch />
    </div>
  );
  const chat = (
    <Suspense fallback={<Skeleton />}>
      <Chat session={session} turn={turn} foot={phone ? foot : null} />
    </Suspense>
  );
  return (
    <>
      {phone ? (
        chat
      ) : (
        <div className={styles.shell}>
          <TopBar app="Chat" />
          <div className={styles.work}>{chat}</div>
        </div>
      )}
      {settings ? (
        <Suspense fallback={null}>
          <Settings />
        </Suspense>
      ) : null}
    </>
  );
}
