/** What is said of a stage. */
import type { StageView } from "../../generated";
import { counted, seconds, span } from "../../kit/words";

export function stateOf({ state, since, working }: StageView, now: number): string {
  if (state === "stopped") return `stopped ${since ? seconds(now - since) : ""}`.trim();
  return state === "working" ? `${working} working` : state;
}

export const oldestOf = ({ oldest_ms }: StageView) => (oldest_ms === null ? "–" : span(oldest_ms));

export function p95Of({ p95_ms }: StageView): string {
  if (p95_ms === null) return "–";
  return p95_ms < 1 ? "< 1 ms" : span(p95_ms);
}

export function errorsOf({ state, errors }: StageView): string {
  if (state === "stopped") return "nobody reads";
  if (!errors) return "no errors";
  return counted(errors, "error");
}

export const rateOf = ({ per_minute }: StageView) => `${Math.round(per_minute)}/min`;

/** A large number in few letters: `950`, `12.4k`, `3.1M`. */
export function short(count: number): string {
  if (count < 1_000) return String(count);
  const [value, unit] = count < 999_500 ? [count / 1_000, "k"] : [count / 1_000_000, "M"];
  return `${value < 99.95 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)}${unit}`;
}
