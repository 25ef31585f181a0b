import { CircleX } from "lucide-react";

import { useAccount } from "../api/account";
import { Button } from "../kit/button";
import { pathOf } from "./apps";
import { AppTile } from "./AppTile";
import { useAttention } from "./attention";
import { useApps } from "./desk";
import styles from "./home.module.css";
import { Assistant } from "./widgets/Assistant";
import { Health } from "./widgets/Health";
import { Storage } from "./widgets/Storage";
import { go, goes } from "./router";

/** What is behind the windows: what waits, how things stand, the apps. */
export function Home() {
  const owner = useAccount((state) => state.me?.role === "owner");
  return (
    <div className={styles.home}>
      <h1 className="unseen">Home</h1>
      <div className={styles.widgets}>
        <Waiting />
        {owner ? <Storage /> : null}
        {owner ? <Health /> : null}
        <Assistant />
      </div>
      <nav className={styles.apps} aria-label="Apps">
        {useApps().map(({ id, title }) => (
          <a key={id} href={pathOf(id)} className={styles.app} onClick={goes}>
            <AppTile app={id} size={64} />
            <span>{title}</span>
          </a>
        ))}
      </nav>
    </div>
  );
}

/** One card for each thing that needs a person. */
function Waiting() {
  return useAttention().map(({ id, title, says, path }) => (
    <section key={id} className={styles.waiting} aria-label={title}>
      <CircleX size={20} strokeWidth={2} aria-hidden />
      <span className={styles.texts}>
        <b>{title}</b>
        <span>{says}</span>
      </span>
      <Button onClick={() => go(path)}>Look at it</Button>
    </section>
  ));
}
