/** The apps: what each is called, where it lives, how it looks, and how it is loaded. */
import { Activity, MessageCircle, Settings, Workflow, type LucideIcon } from "lucide-react";
import type { ComponentType } from "react";

export type AppId = "chat" | "pipeline" | "system" | "settings";

/** What the shell tells an app. */
export interface AppProps {
  /** Its own address, down to what is looked at in it: `/chat/abc#turn-def`. */
  path: string;
}

export interface AppInfo {
  id: AppId;
  title: string;
  /** One line for the search and for all who do not know it yet. */
  says: string;
  Icon: LucideIcon;
  /** The size its window has at first. */
  size: { w: number; h: number };
  load: () => Promise<{ default: ComponentType<AppProps> }>;
  /** Only for who runs this server. */
  owner?: boolean;
}

export const loadChat = () => import("../apps/chat/Chat");

export const APPS: readonly AppInfo[] = [
  {
    id: "chat",
    title: "Chat",
    says: "Ask your server, in your own words",
    Icon: MessageCircle,
    size: { w: 1040, h: 720 },
    load: loadChat,
  },
  {
    id: "pipeline",
    title: "Pipeline",
    says: "Where every message is, and what waits",
    Icon: Workflow,
    size: { w: 1000, h: 740 },
    load: () => import("../apps/pipeline/Pipeline"),
    owner: true,
  },
  {
    id: "system",
    title: "System",
    says: "Processor, memory, disks, what runs",
    Icon: Activity,
    size: { w: 920, h: 640 },
    load: () => import("../apps/system/System"),
    owner: true,
  },
  {
    id: "settings",
    title: "Settings",
    says: "Models, rules, people, password",
    Icon: Settings,
    size: { w: 1000, h: 744 },
    load: () => import("../apps/settings/Settings"),
  },
];

/** The apps of somebody. */
export function appsFor(role: "owner" | "member" | undefined): readonly AppInfo[] {
  return role === "owner" ? APPS : APPS.filter((each) => !each.owner);
}

export const appOf = (id: AppId): AppInfo => APPS.find((each) => each.id === id)!;

const IDS = new Set<string>(APPS.map((each) => each.id));

export const isApp = (word: string): word is AppId => IDS.has(word);

/** The address of an app as such. */
export const pathOf = (id: AppId): string => `/${id}`;
