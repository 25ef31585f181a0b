/** How long a turn waited for a person. */
import type { ApprovalView } from "../../generated";
import type { Shown } from "./feed";

/**
 * Return the milliseconds until `now` in which at least one call waited for a yes.
 *
 * Several are asked about at once: what they waited together counts once.
 */
export function waited(turn: Pick<Shown, "steps">, now: number): number {
  const spans = turn.steps
    .flatMap((step) => step.calls)
    .flatMap(({ approval }) =>
      approval ? [{ from: approval.asked_at, to: Math.min(ended(approval) ?? now, now) }] : [],
    )
    .toSorted((a, b) => a.from - b.from);
  let total = 0;
  let until = 0;
  for (const { from, to } of spans) {
    total += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return total;
}

/** When nobody waited any more; null while somebody does. */
function ended({ state, decided_at, expires_at }: ApprovalView): number | null {
  return state === "pending" ? null : (decided_at ?? expires_at);
}
