/** What the panes of the settings are called, in their order; the search knows them from here. */

interface PaneName {
  id: string;
  title: string;
  /** Only for who runs this server. */
  owner?: true;
}

export const NAMES = [
  { id: "models", title: "Models", owner: true },
  { id: "rules", title: "Tool policy", owner: true },
  { id: "approvals", title: "Approvals" },
  { id: "channels", title: "Channels", owner: true },
  { id: "foreign", title: "Tool servers", owner: true },
  { id: "people", title: "People", owner: true },
  { id: "events", title: "Events", owner: true },
  { id: "about", title: "About", owner: true },
  { id: "password", title: "Password" },
  { id: "factor", title: "Second factor" },
  { id: "logins", title: "Logins" },
  { id: "keys", title: "API keys" },
  { id: "appearance", title: "Appearance" },
] as const satisfies readonly PaneName[];

export type PaneId = (typeof NAMES)[number]["id"];

/** Those that somebody sees. */
export const namesFor = (owner: boolean): readonly (PaneName & { id: PaneId })[] =>
  NAMES.filter((each) => owner || !("owner" in each));
