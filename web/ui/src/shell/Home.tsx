import { CircleX } from "lucide-react";
import { lazy, Suspense } from "react";

import { Button } from "../kit/button";
import { pathOf } from "./apps";
import { AppTile } from "./AppTile";
import { useAttention } from "./attention";
import { useApps } from "./desk";
import styles from "./home.module.css";
import { useRest } from "./rest";
import { go, goes } from "./router";

const Widgets = lazy(() => import("./widgets/Widgets"));

/** What is behind the windows: what waits, how things stand, the apps. */
export function Home() {
  return (
    <div className={styles.home}>
      <h1 className="unseen">Home</h1>
      <div className={styles.widgets}>
        <Waiting />
        <Suspense fallback={<section className={styles.widget} />}>
          {useRest() ? <Widgets /> : <section className={styles.widget} />}
        </Suspense>
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
