/** What a server says of a conversation, for tests. */

import type { Turn } from "../../generated";
import type { FeedEvent } from "./events";
import { EMPTY, hear, type Feed, type Heard } from "./feed";

export const turn = (id: string, more: Partial<Turn> = {}): Turn => ({
  id,
  session: "s",
  at: 1,
  question: "why?",
  attachments: [],
  state: "working",
  behind: null,
  steps: [],
  answer: null,
  usage: { input: 0, output: 0, cached: 0, cost_usd: 0 },
  waited_ms: 0,
  notices: [],
  parent: null,
  ...more,
});

export const snapshot = (cursor: string, turns: Turn[] = []): Heard => ({
  id: cursor,
  event: { type: "snapshot", session: "s", cursor, turns, title: "Title" },
});

export const at = (count: number, event: FeedEvent, epoch = "e1"): Heard => ({
  id: `${epoch}.100-${count}`,
  event,
});

export const asked = (state: "pending" | "approved"): FeedEvent => ({
  type: "approval",
  at: 3,
  turn: "t1",
  step: 0,
  approval: {
    id: "a",
    call_id: "c",
    turn: "t1",
    session: "s",
    tool: "x",
    tier: "ORANGE",
    state,
    command: "x",
    targets: [],
    affects: "",
    undo: "",
    reasons: [],
    says: "",
    tainted: false,
    lasting: false,
    task: "",
    asked_at: 3,
    expires_at: 9,
    by: null,
    channel: null,
    decided_at: null,
    grant: null,
  },
});
export const token = (text: string, step = 0, thinking = false): FeedEvent => ({
  type: "token",
  at: 2,
  turn: "t1",
  step,
  text,
  thinking,
});
export const step = (number: number): FeedEvent => ({
  type: "step",
  at: 2,
  turn: "t1",
  step: number,
  model: "m",
});
export const answer = (text: string, part = 0, parts = 1): FeedEvent => ({
  type: "answer",
  at: 9,
  turn: "t1",
  id: `t1:reply:${part}`,
  part,
  parts,
  text,
  outcome: "answered",
});

export const from = (...events: Heard[]): Feed => hear(EMPTY, events);
export const begun = from(snapshot("e1.100-0"));
