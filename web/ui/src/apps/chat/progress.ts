/** How a turn stands, in words. */
import { money, seconds, span, tokens, toolName } from "../../kit/words";
import type { Work } from "../../kit/state";
import type { Shown } from "./feed";
import { waited } from "./waited";

/** Without news for this long, a person is told. */
const SLOW = 30_000;
/** Not worth a word, in milliseconds. */
const LITTLE = 1_000;

export interface Progress {
  work: Work;
  /** The state, then what belongs to it; shown with dots between. */
  words: string[];
}

/** Return what the line below a turn says.
 *
 * `ahead` is how many turns are before it, `now` the time by the server's clock.
 */
export function progress(turn: Shown, ahead: number, now: number): Progress {
  switch (turn.state) {
    case "queued":
      return { work: "queued", words: [`Queued behind ${Math.max(ahead, 1)}`] };
    case "waiting":
      return { work: "waiting", words: ["Waiting for you"] };
    case "working":
      return working(turn, now);
    case "done":
      return {
        work: ending(turn),
        words: [ended(turn), ...inLine(turn), ...forYou(turn), ...spent(turn)],
      };
  }
}

function working(turn: Shown, now: number): Progress {
  const took = worked(turn, now);
  const silence = now - turn.heard;
  if (silence >= SLOW) {
    const words = [`Still working, ${seconds(took)}`, `no news for ${seconds(silence)}`];
    return { work: "working", words };
  }
  const doing = [step(turn), activity(turn)].filter(Boolean).join(", ");
  return { work: "working", words: [`Working, ${seconds(took)}`, ...(doing ? [doing] : [])] };
}

function step(turn: Shown): string {
  const last = turn.steps.at(-1);
  return last && last.step > 0 ? `step ${last.step + 1}` : "";
}

function activity(turn: Shown): string {
  const last = turn.steps.at(-1);
  if (!last) return "";
  const running = last.calls.filter((call) => call.state === "running");
  if (running.length > 1) return `${running.length} tools`;
  if (running[0]) return toolName(running[0].tool).toLowerCase();
  if (last.text) return "writing";
  return "thinking";
}

function ending(turn: Shown): Work {
  if (unknown(turn)) return "unknown";
  switch (turn.answer?.outcome) {
    case "failed":
      return "failed";
    case "refused":
    case "stopped":
    case "limited":
      return "stopped";
    default:
      return "done";
  }
}

function unknown(turn: Shown): boolean {
  return turn.steps.some((each) => each.calls.some((call) => call.state === "unknown"));
}

function ended(turn: Shown): string {
  const { answer } = turn;
  const took = answer ? span(worked(turn, answer.at)) : "";
  if (unknown(turn)) return "Unknown outcome, stopped mid-way; look before you retry";
  switch (answer?.outcome) {
    case "failed":
      return `Failed, ${took}`;
    case "refused":
      return `Not answered, ${took}`;
    case "stopped":
      return `Stopped by you, ${took}`;
    case "limited":
      return `Stopped at its limit, ${took}`;
    default:
      return took ? `Done, ${took}` : "Done";
  }
}

/** How long it was worked on until `now`: neither the line before it nor a person's time is work. */
function worked(turn: Shown, now: number): number {
  return Math.max(0, now - turn.at - turn.waited_ms - waited(turn, now));
}

/** How long others were before it. */
function inLine({ waited_ms }: Shown): string[] {
  return waited_ms < LITTLE ? [] : [`queued ${seconds(waited_ms)}`];
}

/** How long a person took to decide, which nobody worked. */
function forYou(turn: Shown): string[] {
  const took = turn.answer ? waited(turn, turn.answer.at) : 0;
  return took < LITTLE ? [] : [`waited ${seconds(took)} for you`];
}

function spent({ usage, steps }: Shown): string[] {
  const words: string[] = [];
  const count = usage.input + usage.output;
  if (count > 0) words.push(tokens(count));
  if (usage.cost_usd > 0) words.push(money(usage.cost_usd));
  const model = steps.findLast((each) => each.model)?.model;
  if (model) words.push(model);
  return words;
}
