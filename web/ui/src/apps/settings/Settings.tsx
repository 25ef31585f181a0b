import { Tabs } from "radix-ui";
import { Suspense } from "react";

import { useAccount } from "../../api/account";
import { Skeleton } from "../../kit/page";
import type { AppProps } from "../../shell/apps";
import { Head, Title, useFrame } from "../../shell/frame";
import { go, partsOf } from "../../shell/router";
import { panesFor } from "./panes";
import { Proof } from "./Proof";
import { Stepped } from "./Stepped";
import styles from "./settings.module.css";

/** What the server does, for its owner; and everybody's own. */
export default function Settings({ path }: AppProps) {
  const { phone } = useFrame();
  const owner = useAccount((state) => state.me?.role === "owner");
  const panes = panesFor(owner);
  const wanted = partsOf(path).parts[0];
  const pane = panes.find((each) => each.id === wanted);
  if (phone) {
    return (
      <div className={styles.app}>
        <Stepped panes={panes} pane={pane} />
        <Proof />
      </div>
    );
  }
  return (
    <div className={styles.app}>
      <Head>
        <Title>Settings</Title>
      </Head>
      <Tabs.Root
        value={(pane ?? panes[0]!).id}
        onValueChange={(id) => go(`/settings/${id}`, "replace")}
        orientation="vertical"
        className={styles.inside}
      >
        <Tabs.List className={styles.nav} aria-label="Settings">
          {panes.map(({ id, title, Icon, own }) => (
            <Tabs.Trigger key={id} value={id} className={styles.tab} data-own={own}>
              <Icon size={16} strokeWidth={1.75} aria-hidden />
              {title}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {panes.map(({ id, title, Pane }) => (
          <Tabs.Content key={id} value={id} className={styles.pane}>
            <h2>{title}</h2>
            <Suspense fallback={<Skeleton />}>
              <Pane />
            </Suspense>
          </Tabs.Content>
        ))}
      </Tabs.Root>
      <Proof />
    </div>
  );
}
