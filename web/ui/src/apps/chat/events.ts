/** What the stream of a conversation says. */
import type { Frame } from "../../api/frames";
import { parsed } from "../../api/legible";
import type { LiveEvent, SessionLive, Snapshot, Turn } from "../../generated";

/** What is said of a turn; how conversations stand is told elsewhere. */
export type TurnEvent = Exclude<LiveEvent, SessionLive>;

export type FeedEvent =
  | TurnEvent
  | ({ type: "snapshot" } & Snapshot)
  /** A whole turn, in place of all that is known of it. */
  | { type: "turn"; whole: Turn };

const LIVE = new Set(
  "asked queued step token tool_call tool_output approval observation answer notice".split(" "),
);

/** Read a frame; null for a kind that this page does not know. */
export function read(frame: Frame): FeedEvent | null {
  const data = parsed(frame.data);
  if (frame.event === "snapshot") return { type: "snapshot", ...(data as Snapshot) };
  if (frame.event === "turn") return { type: "turn", whole: data as Turn };
  return LIVE.has(frame.event) ? (data as TurnEvent) : null;
}
