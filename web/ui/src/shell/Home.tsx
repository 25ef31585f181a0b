import { lazy, Suspense } from "react";

import { Button } from "../kit/button";
import { visible } from "../kit/visible";
import { pathOf } from "./apps";
import { AppTile } from "./AppTile";
import { askedOf, useAttention } from "./attention";
import { AttentionSign } from "./AttentionSign";
import { useApps } from "./desk";
import styles from "./home.module.css";
import { useOverlay } from "./overlay";
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

const SHOWN = 2;

/** One card for each thing that needs a person; of many, the rest behind one more. */
function Waiting() {
  const items = useAttention();
  const rest = items.length - SHOWN;
  // One more is shown as soon as it takes the place of the line that would name it.
  const cards = (rest > 1 ? items.slice(0, SHOWN) : items).map((item) => (
    // No landmark: two that are the same call have the same name.
    <div
      key={item.id}
      role="group"
      className={styles.waiting}
      data-kind={item.kind}
      aria-label={item.title}
    >
      <AttentionSign kind={item.kind} size={20} />
      <span className={styles.texts}>
        <b>{visible(item.title)}</b>
        <span>{visible(item.says)}</span>
        <small>{askedOf(item)}</small>
      </span>
      <Button onClick={() => go(item.path)}>Look at it</Button>
    </div>
  ));
  return (
    <>
      {cards}
      {rest > 1 ? (
        <Button
          className={styles.rest}
          onClick={() => useOverlay.setState({ shown: "palette" })}
        >{`${rest} more need you`}</Button>
      ) : null}
    </>
  );
}
