import { ChevronLeft, ChevronRight } from "lucide-react";
import { Suspense, useEffect, useRef } from "react";

import { Skeleton } from "../../kit/page";
import { Head, Title } from "../../shell/frame";
import { goes } from "../../shell/router";
import type { PaneInfo } from "./panes";
import styles from "./settings.module.css";

interface Props {
  panes: readonly PaneInfo[];
  /** The one that is looked at; none while one chooses. */
  pane: PaneInfo | undefined;
}

/** The settings on a phone: a list that one steps into, and back out of. */
export function Stepped({ panes, pane }: Props) {
  return pane ? <Inside key={pane.id} pane={pane} /> : <List panes={panes} />;
}

function List({ panes }: { panes: readonly PaneInfo[] }) {
  const groups = [
    { title: "This server", shown: panes.filter((each) => !each.own) },
    { title: "You", shown: panes.filter((each) => each.own) },
  ];
  return (
    <>
      <Head>
        <Title>Settings</Title>
      </Head>
      <nav className={styles.steps} aria-label="Settings">
        {groups.map(({ title, shown }) => (
          <section key={title} className={styles.group}>
            <h2>{title}</h2>
            <ul>
              {shown.map(({ id, title: name, Icon }) => (
                <li key={id}>
                  <a className={styles.step} href={`/settings/${id}`} onClick={goes}>
                    <span className={styles.icon}>
                      <Icon size={18} strokeWidth={1.75} aria-hidden />
                    </span>
                    {name}
                    <ChevronRight size={18} strokeWidth={1.75} aria-hidden />
                  </a>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
    </>
  );
}

function Inside({ pane: { title, Pane } }: { pane: PaneInfo }) {
  const top = useRef<HTMLElement>(null);
  // The link that was pressed is gone: whoever reads by keys or by ear begins here.
  useEffect(() => top.current?.focus(), []);
  return (
    <>
      <Head>
        <a className={styles.back} href="/settings" aria-label="Back to the list" onClick={goes}>
          <ChevronLeft size={22} strokeWidth={1.75} aria-hidden />
        </a>
        <Title>Settings</Title>
      </Head>
      <section ref={top} className={styles.pane} tabIndex={-1} aria-label={title}>
        <h2>{title}</h2>
        <Suspense fallback={<Skeleton />}>
          <Pane />
        </Suspense>
      </section>
    </>
  );
}
