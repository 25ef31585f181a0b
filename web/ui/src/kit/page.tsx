/** What stands where there is nothing else: empty, failed, not yet there. */
import { Unplug } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";

import { Button } from "./button";
import styles from "./page.module.css";

interface Props {
  icon: ReactNode;
  title: string;
  says: ReactNode;
  bad?: boolean;
  children?: ReactNode;
}

/** An icon tile, the fact, one action. */
export function FactPage({ icon, title, says, bad = false, children }: Props) {
  return (
    <div className={styles.page}>
      <span className={`${styles.tile} ${bad ? styles.bad : ""}`}>{icon}</span>
      <h2 className={styles.title}>{title}</h2>
      <p className={styles.says}>{says}</p>
      {children ? <div className={styles.act}>{children}</div> : null}
    </div>
  );
}

const AGAIN = 5;

/** Nobody answers: says so, and tries again by itself. */
export function SilentPage({ onTry }: { onTry: () => void }) {
  const [left, setLeft] = useState(AGAIN);
  useEffect(() => {
    const timer = setInterval(() => setLeft((now) => now - 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (left > 0) return;
    setLeft(AGAIN);
    onTry();
  }, [left, onTry]);
  return (
    <FactPage
      bad
      icon={<Unplug size={22} strokeWidth={1.75} aria-hidden />}
      title="The server does not answer"
      says={`Trying again in ${Math.max(left, 0)} s.`}
    >
      <Button onClick={onTry}>Try now</Button>
    </FactPage>
  );
}

/** The shape of what will be there; nothing at all for the first 150 ms. */
export function Skeleton({ rows = 3 }: { rows?: number }) {
  return (
    <div className={styles.skeleton} aria-hidden="true">
      {Array.from({ length: rows }, (_, at) => (
        <div key={at} className={styles.bars}>
          <div className={styles.bar} />
          <div className={styles.bar} />
          <div className={styles.bar} />
        </div>
      ))}
    </div>
  );
}
