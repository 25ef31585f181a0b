/** The panes of the settings: what each is called, where it lives, and who sees it. */
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
  type LucideIcon,
} from "lucide-react";
import { lazy, type ComponentType } from "react";

import { Appearance } from "./Appearance";
import { Keys } from "./Keys";
import { Logins } from "./Logins";
import { Password } from "./Password";
import { SecondFactor } from "./SecondFactor";

export interface PaneInfo {
  id: string;
  title: string;
  Icon: LucideIcon;
  Pane: ComponentType;
}

const DECIDED: PaneInfo = {
  id: "approvals",
  title: "Approvals",
  Icon: ListChecks,
  Pane: lazy(() => import("./Approvals")),
};
const SERVER: readonly PaneInfo[] = [
  {
    id: "models",
    title: "Models",
    Icon: BrainCircuit,
    Pane: lazy(() => import("./Models")),
  },
  {
    id: "rules",
    title: "Tool policy",
    Icon: ShieldHalf,
    Pane: lazy(() => import("./Policy")),
  },
  DECIDED,
  {
    id: "channels",
    title: "Channels",
    Icon: MessageCircle,
    Pane: lazy(() => import("./Channels")),
  },
  {
    id: "people",
    title: "People",
    Icon: Users,
    Pane: lazy(() => import("./People")),
  },
  {
    id: "events",
    title: "Events",
    Icon: Zap,
    Pane: lazy(() => import("./Events")),
  },
];
const OWN: readonly PaneInfo[] = [
  { id: "password", title: "Password", Icon: Lock, Pane: Password },
  { id: "factor", title: "Second factor", Icon: ShieldCheck, Pane: SecondFactor },
  { id: "logins", title: "Logins", Icon: Laptop, Pane: Logins },
  { id: "keys", title: "API keys", Icon: KeyRound, Pane: Keys },
  { id: "appearance", title: "Appearance", Icon: Palette, Pane: Appearance },
];

export interface PaneGroup {
  title: string;
  panes: readonly PaneInfo[];
}

/** What somebody sees, the server's before their own. */
export function groupsFor(owner: boolean): readonly PaneGroup[] {
  return [
    { title: "This server", panes: owner ? SERVER : [DECIDED] },
    { title: "You", panes: OWN },
  ];
}
