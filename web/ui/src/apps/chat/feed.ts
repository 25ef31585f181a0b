/**
 * What a conversation looks like, from what the server says: a pure function of the events.
 *
 * Everything has a key (turn, step, call id, reply id), so a repeat replaces. Tokens have none:
 * they are counted by the event's own id, and one that is not newer than the cursor is dropped.
 */
import type { CallView, StepView, Turn } from "../../generated";
import type { FeedEvent, TurnEvent } from "./events";

export interface Part {
  id: string;
  part: number;
  parts: number;
  text: string;
}

/** A turn, and what only the page knows of it. */
export interface Shown extends Turn {
  /** The parts of the answer that arrived. */
  replies: Part[];
  /** When something was last heard of it, by the server's clock. */
  heard: number;
}

export interface Feed {
  cursor: string | null;
  title: string;
  /** False until the first snapshot. */
  known: boolean;
  /** An event of another epoch came without a snapshot: begin again. */
  lost: boolean;
  order: string[];
  turns: Record<string, Shown>;
}

export const EMPTY: Feed = {
  cursor: null,
  title: "",
  known: false,
  lost: false,
  order: [],
  turns: {},
};

export interface Heard {
  id: string | null;
  event: FeedEvent;
}

/** Take in events, in the order in which they came. */
export function hear(feed: Feed, events: readonly Heard[]): Feed {
  return events.reduce(take, feed);
}

function take(feed: Feed, { id, event }: Heard): Feed {
  if (event.type === "snapshot") return begin(feed, event.turns, event.title, event.cursor);
  if (feed.lost) return feed;
  if (event.type === "turn") return withTurn(feed, event.whole);
  if (id !== null && feed.cursor !== null) {
    const order = compare(id, feed.cursor);
    if (order === null) return { ...feed, lost: true };
    if (order <= 0) return feed;
  }
  const known = feed.turns[event.turn];
  const before = known ?? blank(event.turn, event.at);
  const after = turnAfter(before, event);
  const cursor = id ?? feed.cursor;
  if (known && after === before) return { ...feed, cursor };
  return {
    ...feed,
    cursor,
    order: known ? feed.order : [...feed.order, event.turn],
    turns: { ...feed.turns, [event.turn]: after },
  };
}

/** Which of two event ids is later: `<epoch>.<milliseconds>-<number>`; null between epochs. */
export function compare(one: string, other: string): number | null {
  const [a, b] = [parsed(one), parsed(other)];
  if (!a || !b || a.epoch !== b.epoch) return null;
  return a.time - b.time || a.count - b.count;
}

function parsed(id: string): { epoch: string; time: number; count: number } | null {
  const found = /^(.*)\.(\d+)-(\d+)$/.exec(id);
  return found && { epoch: found[1]!, time: Number(found[2]), count: Number(found[3]) };
}

/** A snapshot is the truth about the turns it holds; older ones that were loaded stay. */
function begin(feed: Feed, turns: Turn[], title: string, cursor: string): Feed {
  const held = new Set(turns.map((turn) => turn.id));
  const first = turns[0]?.at ?? 0;
  const older = feed.order.filter((id) => !held.has(id) && feed.turns[id]!.at < first);
  const kept = Object.fromEntries(older.map((id) => [id, feed.turns[id]!]));
  return {
    cursor,
    title,
    known: true,
    lost: false,
    order: [...older, ...turns.map((turn) => turn.id)],
    turns: { ...kept, ...Object.fromEntries(turns.map((turn) => [turn.id, shown(turn)])) },
  };
}

/** Put older turns, newest first as the server lists them, before those that are there. */
export function prepend(feed: Feed, older: Turn[]): Feed {
  const fresh = older.filter((turn) => !feed.turns[turn.id]).toReversed();
  return {
    ...feed,
    order: [...fresh.map((turn) => turn.id), ...feed.order],
    turns: { ...Object.fromEntries(fresh.map((turn) => [turn.id, shown(turn)])), ...feed.turns },
  };
}

function shown(turn: Turn): Shown {
  return { ...turn, replies: [], heard: turn.answer?.at ?? Date.now() };
}

/** A whole turn takes the place of what is known of it. */
export function withTurn(feed: Feed, turn: Turn): Feed {
  const order = feed.turns[turn.id] ? feed.order : [...feed.order, turn.id];
  return { ...feed, order, turns: { ...feed.turns, [turn.id]: shown(turn) } };
}

function blank(id: string, at: number): Shown {
  return {
    id,
    session: "",
    at,
    question: "",
    attachments: [],
    state: "working",
    behind: null,
    steps: [],
    answer: null,
    usage: { input: 0, output: 0, cached: 0, cost_usd: 0 },
    waited_ms: 0,
    notices: [],
    parent: null,
    replies: [],
    heard: at,
  };
}

function turnAfter(turn: Shown, event: TurnEvent): Shown {
  const heard = Math.max(turn.heard, event.at);
  // What a worker still says of a turn that is over, nobody waits for.
  const over = turn.state === "done";
  switch (event.type) {
    case "asked":
      return { ...turn, question: event.text, at: event.at, attachments: event.attachments };
    case "queued":
      return over ? turn : { ...turn, state: "queued", behind: event.behind, heard };
    case "step":
      return over ? turn : atWork(turn, event, began(turn.steps, event));
    case "token":
      return over ? turn : atWork(turn, event, said(turn.steps, event));
    case "tool_call":
      return over ? turn : atWork(turn, event, called(turn.steps, event));
    case "approval":
      return over ? turn : atWork(turn, event, askedOf(turn.steps, event));
    case "tool_output":
      return over ? turn : atWork(turn, event, printed(turn.steps, event));
    case "observation": {
      const steps = observed(turn.steps, event);
      return over ? { ...turn, heard, steps } : atWork(turn, event, steps);
    }
    case "notice":
      return turn.notices.includes(event.text)
        ? turn
        : { ...turn, heard, notices: [...turn.notices, event.text] };
    case "answer":
      return answered(turn, event);
  }
}

/** A turn in which something happens: it works, or waits for a person's yes. */
function atWork(turn: Shown, { at }: TurnEvent, steps: StepView[]): Shown {
  const calls = steps.flatMap((step) => step.calls);
  const asks = calls.some((call) => call.state === "running" && call.approval?.state === "pending");
  const heard = Math.max(turn.heard, at);
  const waited_ms = turn.state === "queued" ? Math.max(0, at - turn.at) : turn.waited_ms;
  return { ...turn, heard, steps, waited_ms, state: asks ? "waiting" : "working" };
}

type Of<T extends TurnEvent["type"]> = Extract<TurnEvent, { type: T }>;

function began(steps: StepView[], event: Of<"step">): StepView[] {
  const fresh = { ...emptyStep(event.step), model: event.model };
  // A step that begins again, begins anew; those after it were a dead worker's.
  return [...steps.filter((step) => step.step < event.step), fresh];
}

function emptyStep(step: number): StepView {
  return { step, model: "", thinking: "", text: "", done: false, calls: [] };
}

function said(steps: StepView[], event: Of<"token">): StepView[] {
  const at = steps.findIndex((step) => step.step === event.step);
  const step = steps[at] ?? emptyStep(event.step);
  const more = event.thinking
    ? { ...step, thinking: step.thinking + event.text }
    : { ...step, text: step.text + event.text };
  return at < 0 ? [...steps, more] : steps.with(at, more);
}

function called(steps: StepView[], event: Of<"tool_call">): StepView[] {
  const call: CallView = {
    call_id: event.call_id,
    tool: event.tool,
    tier: event.tier,
    arguments: event.arguments,
    state: "running",
    content: "",
    elapsed_ms: 0,
    approval: null,
    task: event.task,
  };
  // One that goes on, after a person decided or a task was done, keeps what is known of it.
  return put(steps, event.step, call, ({ approval, task }) => ({
    ...call,
    approval,
    task: call.task ?? task,
  }));
}

function askedOf(steps: StepView[], event: Of<"approval">): StepView[] {
  const approval = event.approval;
  return steps.map((step) => ({
    ...step,
    calls: step.calls.map((call) =>
      call.call_id === approval.call_id ? { ...call, approval } : call,
    ),
  }));
}

/** What a call has written while it runs; its result takes the place of that. */
function printed(steps: StepView[], { call_id, text }: Of<"tool_output">): StepView[] {
  return steps.map((step) => ({
    ...step,
    calls: step.calls.map((call) =>
      call.call_id === call_id && call.state === "running" ? { ...call, content: text } : call,
    ),
  }));
}

function observed(steps: StepView[], event: Of<"observation">): StepView[] {
  const { call_id, tool, state, content, elapsed_ms } = event;
  const ended = { state, content, elapsed_ms };
  const alone = { call_id, tool, tier: "", arguments: {}, approval: null, task: null, ...ended };
  return put(steps, event.step, alone, (before) => ({ ...before, ...ended }));
}

/** Replace the call of this id, or add it to its step. */
function put(
  steps: StepView[],
  number: number,
  call: CallView,
  merge: (before: CallView) => CallView,
): StepView[] {
  const at = steps.findIndex((each) => each.step === number);
  if (at < 0) return [...steps, { ...emptyStep(number), done: true, calls: [call] }];
  const step = steps[at]!;
  const index = step.calls.findIndex((each) => each.call_id === call.call_id);
  const calls =
    index < 0 ? [...step.calls, call] : step.calls.with(index, merge(step.calls[index]!));
  return steps.with(at, { ...step, done: true, calls });
}

function answered(turn: Shown, event: Of<"answer">): Shown {
  const { id, part, parts, text } = event;
  const replies = [...turn.replies.filter((each) => each.id !== id), { id, part, parts, text }];
  replies.sort((a, b) => a.part - b.part);
  // A snapshot has the whole answer already; a repeat of its parts adds nothing.
  const whole = replies.length >= parts;
  if (!whole && turn.state === "done") return { ...turn, replies };
  const answer = {
    text: replies.map((each) => each.text).join("\n"),
    outcome: event.outcome,
    at: event.at,
  };
  return {
    ...turn,
    replies,
    answer,
    state: whole ? "done" : "working",
    heard: Math.max(turn.heard, event.at),
  };
}

/** How many turns are still before this one. */
export function ahead(feed: Feed, id: string): number {
  const before = feed.order.slice(0, feed.order.indexOf(id));
  return before.filter((each) => feed.turns[each]?.state !== "done").length;
}
