import { KeyRound, Laptop, Lock, Palette, ShieldCheck } from "lucide-react";
import { Tabs } from "radix-ui";

import type { AppProps } from "../../shell/apps";
import { Head, Title, useFrame } from "../../shell/frame";
import { go, partsOf } from "../../shell/router";
import { Appearance } from "./Appearance";
import { Keys } from "./Keys";
import { Logins } from "./Logins";
import { Password } from "./Password";
import { SecondFactor } from "./SecondFactor";
import styles from "./settings.module.css";

const PANES = [
  { id: "password", title: "Password", Icon: Lock, Pane: Password },
  { id: "factor", title: "Second factor", Icon: ShieldCheck, Pane: SecondFactor },
  { id: "logins", title: "Logins", Icon: Laptop, Pane: Logins },
  { id: "keys", title: "API keys", Icon: KeyRound, Pane: Keys },
  { id: "appearance", title: "Appearance", Icon: Palette, Pane: Appearance },
] as const;

/** The person's own settings; what concerns the server comes beside them later. */
export default function Settings({ path }: AppProps) {
  const { phone } = useFrame();
  const wanted = partsOf(path).parts[0];
  const pane = PANES.find((each) => each.id === wanted)?.id ?? "password";
  return (
    <div className={styles.app}>
      <Head>
        <Title>Settings</Title>
      </Head>
      <Tabs.Root
        value={pane}
        onValueChange={(id) => go(`/settings/${id}`, "replace")}
        orientation={phone ? "horizontal" : "vertical"}
        className={styles.inside}
      >
        <Tabs.List className={styles.nav} aria-label="Settings">
          {PANES.map(({ id, title, Icon }) => (
            <Tabs.Trigger key={id} value={id} className={styles.tab}>
              <Icon size={16} strokeWidth={1.75} aria-hidden />
              {title}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {PANES.map(({ id, title, Pane }) => (
          <Tabs.Content key={id} value={id} className={styles.pane}>
            <h2>{title}</h2>
            <Pane />
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </div>
  );
}
