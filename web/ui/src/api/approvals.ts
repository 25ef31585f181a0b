/** What waits for a person's yes, and saying it. */
import type {
  ApprovalCard,
  ApprovalsShown,
  ApprovalView,
  DecidedShown,
  GrantsShown,
} from "../generated";
import { ask, Problem } from "./http";

/** A request with the card that this door shows for it; null when nobody is asked any more. */
export async function cardOf(id: string): Promise<ApprovalCard | null> {
  const { approvals } = await ask<ApprovalsShown>("/api/approvals");
  return approvals.find((each) => each.id === id) ?? null;
}

/** Decide about a call, with the card that this door shows for it.
 *
 * `code` is a fresh one of the authenticator app, or the one that another place shows; with
 * `always` the yes counts for the very same call again.
 */
export async function decide(
  id: string,
  verdict: "approved" | "denied",
  code: string,
  always = false,
): Promise<ApprovalView> {
  const card = await cardOf(id);
  if (!card) throw new Problem(409, "conflict", "Nobody is asked about this any more");
  const given = code.trim();
  const proof = given === "" ? {} : /^\d{6}$/.test(given) ? { totp: given } : { code: given };
  const body = { verdict, always, token: card.token, ...proof };
  return ask<ApprovalView>(`/api/approvals/${encodeURIComponent(id)}`, { method: "POST", body });
}

/** All that waits for the person who is here. */
export const approvals = () => ask<ApprovalsShown>("/api/approvals");

/** What was asked and is over, the newest first; `before` is the `next` of the page before. */
export const decided = (before: string) =>
  ask<DecidedShown>(`/api/approvals/decided${before ? `?before=${before}` : ""}`);

/** What runs without a question. */
export const grants = () => ask<GrantsShown>("/api/grants");

/** Take back a lasting yes: when this returns, the next such call asks again. */
export const revokeGrant = (id: string) =>
  ask<void>(`/api/grants/${encodeURIComponent(id)}`, { method: "DELETE" });
