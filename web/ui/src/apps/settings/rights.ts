/** The owner's rules, as the settings have them. */

/** What somebody may use: all that is allowed and not denied, up to a tier. */
export interface Rights {
  ceiling: string;
  allow: string[];
  deny: string[];
}

/** For a while, some calls need less of a person than they would. */
export interface Override {
  tool: string;
  target: string;
  people: string[];
  channels: string[];
  tier: string;
  until: string;
  why: string;
}
