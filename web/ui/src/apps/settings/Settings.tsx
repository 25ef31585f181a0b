import {
  BrainCircuit,
  KeyRound,
  Laptop,
  ListChecks,
  Lock,
  MessageCircle,
  Palette,
  ShieldCheck,
  ShieldHalf,
  Users,
  Zap,
} from "lucide-react";
import { Tabs } from "radix-ui";
import { lazy, Suspense } from "react";

import { useAccount } from "../../api/account";
import { Skeleton } from "../../kit/page";
import type { AppProps } from "../../shell/apps";
import { Head, Title, useFrame } from "../../shell/frame";
import { go, partsOf } from "../../shell/router";
import { Appearance } from "./Appearance";
import { Keys } from "./Keys";
import { Logins } from "./Logins";
import { Password } from "./Password";
import { Proof } from "./Proof";
import { SecondFactor } from "./SecondFactor";
import styles from "./settings.module.css";

const Models = lazy(() => import("./Models"));
const Policy = lazy(() => import("./Policy"));
const Approvals = lazy(() => import("./Approvals"));
const Channels = lazy(() => import("./Channels"));
const People = lazy(() => import("./People"));
const Events = lazy(() => import("./Events"));

const DECIDED = { id: "approvals", title: "Approvals", Icon: ListChecks, Pane: Approvals };
const SERVER = [
  { id: "models", title: "Models", Icon: BrainCircuit, Pane: Models },
  { id: "rules", title: "Tool policy", Icon: ShieldHalf, Pane: Policy },
  DECIDED,
  { id: "channels", title: "Channels", Icon: MessageCircle, Pane: Channels },
  { id: "people", title: "People", Icon: Users, Pane: People },
  { id: "events", title: "Events", Icon: Zap, Pane: Events },
];
const OWN = [
  { id: "password", title: "Password", Icon: Lock, Pane: Password },
  { id: "factor", title: "Second factor", Icon: ShieldCheck, Pane: SecondFactor },
  { id: "logins", title: "Logins", Icon: Laptop, Pane: Logins },
  { id: "keys", title: "API keys", Icon: KeyRound, Pane: Keys },
  { id: "appearance", title: "Appearance", Icon: Palette, Pane: Appearance },
];

/** What the server does, for its owner; and everybody's own. */
export default function Settings({ path }: AppProps) {
  const { phone } = useFrame();
  const owner = useAccount((state) => state.me?.role === "owner");
  const panes = owner ? [...SERVER, ...OWN] : [DECIDED, ...OWN];
  const wanted = partsOf(path).parts[0];
  const pane = panes.find((each) => each.id === wanted)?.id ?? panes[0]!.id;
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
          {panes.map(({ id, title, Icon }) => (
            <Tabs.Trigger key={id} value={id} className={styles.tab}>
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
