/** Who answers in a conversation: what was chosen here, what was chosen in it, or the usual. */
import type { Models } from "../../generated";

/** The server's own choice, as against what the conversation chose. */
export const USUAL = "";

/** What a message says of it: a tier, null for the usual, or nothing. */
export function wishOf(here: string | undefined): { tier?: string | null } {
  if (here === undefined) return {};
  return { tier: here === USUAL ? null : here };
}

/** Whether a message chooses for its conversation, and so is newer than what was chosen here. */
export const choosesModel = (text: string) => /^\/model\s+\S/i.test(text.trim());

export interface Answering {
  /** The tier; `USUAL` where the server chooses for each question. */
  tier: string;
  /** Who says so. */
  by: "here" | "conversation" | "usual";
}

/** Who answers the next message. */
export function answering(data: Pick<Models, "tiers" | "chosen">, here?: string): Answering {
  const known = (tier: string) => data.tiers.some((each) => each.tier === tier);
  if (here !== undefined && (here === USUAL || known(here))) return { tier: here, by: "here" };
  const { chosen } = data;
  if (chosen && known(chosen)) return { tier: chosen, by: "conversation" };
  return { tier: USUAL, by: "usual" };
}

/** What is kept here when somebody chooses: nothing where the conversation says the same. */
export function keptOf(data: Pick<Models, "chosen">, tier: string): string | null {
  return tier === (data.chosen ?? USUAL) ? null : tier;
}
