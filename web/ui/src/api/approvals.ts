/** What waits for a person's yes, and saying it. */
import type { ApprovalsShown, ApprovalView } from "../generated";
import { ask, Problem } from "./http";

/** Decide about a call, with the card that this door shows for it.
 *
 * `code` is a fresh one of the authenticator app, or the one that another place shows.
 */
export async function decide(
  id: string,
  verdict: "approved" | "denied",
  code: string,
): Promise<ApprovalView> {
  const { approvals } = await ask<ApprovalsShown>("/api/approvals");
  const card = approvals.find((each) => each.id === id);
  if (!card) throw new Problem(409, "conflict", "Nobody is asked about this any more");
  const given = code.trim();
  const proof = given === "" ? {} : /^\d{6}$/.test(given) ? { totp: given } : { code: given };
  const body = { verdict, token: card.token, ...proof };
  return ask<ApprovalView>(`/api/approvals/${encodeURIComponent(id)}`, { method: "POST", body });
}

/** All that waits for the person who is here. */
export const approvals = () => ask<ApprovalsShown>("/api/approvals");
