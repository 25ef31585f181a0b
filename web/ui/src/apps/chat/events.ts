/** What the stream of a conversation says. */
import type { Frame } from "../../api/frames";
import type { Attachment, Outcome, Tier, Turn, Usage } from "../../api/types";

interface Of<T extends string> {
  type: T;
  turn: string;
  at: number;
}

export type FeedEvent =
  | (Of<"asked"> & { text: string; attachments: Attachment[] })
  | (Of<"queued"> & { behind: number })
  | (Of<"step"> & { step: number; model: string })
  | (Of<"token"> & { step: number; text: string; thinking: boolean })
  | (Of<"tool_call"> & {
      call_id: string;
      tool: string;
      arguments: Record<string, unknown>;
      tier?: Tier;
    })
  | (Of<"observation"> & {
      call_id: string;
      tool: string;
      ok: boolean;
      content: string;
      elapsed_ms: number;
    })
  | (Of<"answer"> & {
      id: string;
      part: number;
      parts: number;
      text: string;
      outcome: Outcome;
      usage?: Usage;
    })
  | (Of<"notice"> & { text: string })
  | { type: "snapshot"; cursor: string; turns: Turn[]; title: string };

const KNOWN = new Set(
  "snapshot asked queued step token tool_call observation answer notice".split(" "),
);

/** Read a frame; null for a kind that this page does not know yet. */
export function read(frame: Frame): FeedEvent | null {
  if (!KNOWN.has(frame.event)) return null;
  return { ...JSON.parse(frame.data), type: frame.event } as FeedEvent;
}
