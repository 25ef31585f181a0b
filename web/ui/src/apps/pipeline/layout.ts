/** Where the stages stand on the map, and how the lines between them run. */
import type { FlowView } from "../../generated";

export const NODE = { w: 176, h: 110 };
const GAP = { x: 56, y: 76 };
const PAD = 20;

/** Placed by hand, by topic: in at the top left, out at the bottom left, thinking on the right. */
const PLACES: Record<string, [number, number]> = {
  inbox: [0, 0],
  route: [1, 0],
  think: [2, 0],
  outbox: [0, 1],
  respond: [1, 1],
  tool: [2, 1],
  // What goes out by a messenger, below what goes out at all.
  parcels: [0, 2],
  cards: [1, 2],
  control: [2, 2],
  // What no message meets on its way, beside it.
  events: [3, 0],
  forward: [3, 1],
};

export interface Spot {
  x: number;
  y: number;
}

/** The spot of each stage; what has no place of its own joins a row below. */
export function spots(topics: readonly string[]): Record<string, Spot> {
  let more = 0;
  return Object.fromEntries(
    topics.map((topic) => {
      const [column, row] = PLACES[topic] ?? [more++ % 3, 3 + Math.floor((more - 1) / 3)];
      const spot = { x: PAD + column * (NODE.w + GAP.x), y: PAD + row * (NODE.h + GAP.y) };
      return [topic, spot];
    }),
  );
}

export const size = (topics: readonly string[]) => {
  const all = Object.values(spots(topics));
  return {
    w: Math.max(...all.map((each) => each.x)) + NODE.w + PAD,
    h: Math.max(...all.map((each) => each.y)) + NODE.h + PAD,
  };
};

export interface Way {
  from: string;
  to: string;
  path: string;
  /** Messages a minute. */
  rate: number;
}

const R = 12;

/** The lines: what a stage returns to where; the rest is said in the list, and not drawn. */
export function ways({ stages, edges }: FlowView): Way[] {
  const at = spots(stages.map((each) => each.topic));
  const topicOf = new Map(stages.map((each) => [each.stage, each.topic]));
  const found: Way[] = [];
  for (const { stage, topic, way, per_minute } of edges) {
    const from = topicOf.get(stage);
    const [a, b] = [from === undefined ? undefined : at[from], at[topic]];
    if (!from || !a || !b || from === topic || way !== "returns") continue;
    found.push({ from, to: topic, path: line(a, b), rate: per_minute });
  }
  return found;
}

/** From one box to another: straight where they are neighbours, else around one corner. */
function line(a: Spot, b: Spot): string {
  const middle = { a: a.y + NODE.h / 2, b: b.y + NODE.h / 2 };
  if (a.y === b.y) {
    const right = b.x > a.x;
    return `M${right ? a.x + NODE.w : a.x} ${middle.a}H${right ? b.x - 5 : b.x + NODE.w + 5}`;
  }
  const down = b.y > a.y;
  const [start, end] = [down ? a.y + NODE.h : a.y, down ? b.y - 5 : b.y + NODE.h + 5];
  if (a.x === b.x) {
    // The way there and the way back stand side by side.
    const x = a.x + NODE.w / 2 + (down ? -20 : 20);
    return `M${x} ${start}V${end}`;
  }
  const left = b.x < a.x;
  const from = a.x + NODE.w / 2 + (left ? -60 : 60);
  // From above and from below at different places: what goes on would seem to come from there.
  const to = b.x + NODE.w / 2 + (left ? (down ? 36 : 64) : -56);
  // Two that go different ways keep apart.
  const half = start + (end - start) * (left ? 0.38 : 0.64);
  const side = left ? -R : R;
  const turn = down ? R : -R;
  return (
    `M${from} ${start}V${half - turn}Q${from} ${half} ${from + side} ${half}` +
    `H${to - side}Q${to} ${half} ${to} ${half + turn}V${end}`
  );
}
