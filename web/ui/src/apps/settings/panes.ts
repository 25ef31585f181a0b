/** The panes of the settings: how each looks, and how it is loaded. */
import {
  BrainCircuit,
  Info,
  KeyRound,
  Laptop,
  ListChecks,
  Lock,
  MessageCircle,
  Palette,
  Plug,
  ShieldCheck,
  ShieldHalf,
  Users,
  Zap,
  type LucideIcon,
} from "lucide-react";
import { lazy, type ComponentType } from "react";

import { Appearance } from "./Appearance";
import { Keys } from "./Keys";
import { Logins } from "./Logins";
import { namesFor, type PaneId } from "./names";
import { Password } from "./Password";
import { SecondFactor } from "./SecondFactor";

interface Look {
  Icon: LucideIcon;
  Pane: ComponentType;
  /** Somebody's own; all others are the server's. */
  own?: true;
}

const LOOKS: Record<PaneId, Look> = {
  models: { Icon: BrainCircuit, Pane: lazy(() => import("./Models")) },
  rules: { Icon: ShieldHalf, Pane: lazy(() => import("./Policy")) },
  approvals: { Icon: ListChecks, Pane: lazy(() => import("./Approvals")) },
  channels: { Icon: MessageCircle, Pane: lazy(() => import("./Channels")) },
  foreign: { Icon: Plug, Pane: lazy(() => import("./Foreign")) },
  people: { Icon: Users, Pane: lazy(() => import("./People")) },
  events: { Icon: Zap, Pane: lazy(() => import("./Events")) },
  about: { Icon: Info, Pane: lazy(() => import("./About")) },
  password: { Icon: Lock, Pane: Password, own: true },
  factor: { Icon: ShieldCheck, Pane: SecondFactor, own: true },
  logins: { Icon: Laptop, Pane: Logins, own: true },
  keys: { Icon: KeyRound, Pane: Keys, own: true },
  appearance: { Icon: Palette, Pane: Appearance, own: true },
};

export interface PaneInfo extends Look {
  id: string;
  title: string;
}

/** What somebody sees. */
export const panesFor = (owner: boolean): readonly PaneInfo[] =>
  namesFor(owner).map(({ id, title }) => ({ id, title, ...LOOKS[id] }));
