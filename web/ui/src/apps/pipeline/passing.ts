/** Which messages went over which line since the last look: real ones, and no more than were seen. */
import type { FlowView } from "../../generated";
import { ways, type Way } from "./layout";

/** On one line at a time; beyond that only the line grows thicker. */
export const MOST = 6;
/** Who looked away for longer is not shown what passed meanwhile. */
const AWAY = 5_000;

export interface Dot {
  key: string;
  path: string;
  /** After how long it sets out, in milliseconds. */
  delay: number;
}

/** One dot for each message that passed between two looks, spread over the time between them. */
export function passing(before: FlowView, after: FlowView): Dot[] {
  const time = after.at - before.at;
  if (time <= 0 || time > AWAY) return [];
  const old = counts(before);
  return ways(after).flatMap((way) => {
    const number = Math.min((counts(after).get(name(way)) ?? 0) - (old.get(name(way)) ?? 0), MOST);
    // A count that went back is that of a server that was started anew.
    return Array.from({ length: Math.max(number, 0) }, (_, at) => ({
      key: `${after.at} ${name(way)} ${at}`,
      path: way.path,
      delay: (time * at) / number,
    }));
  });
}

const name = ({ from, to }: Way) => `${from} ${to}`;

/** How many messages went over each line, by the topics at its ends. */
function counts({ stages, edges }: FlowView): Map<string, number> {
  const topicOf = new Map(stages.map((each) => [each.stage, each.topic]));
  return new Map(
    edges
      .filter(({ way }) => way === "returns")
      .map(({ stage, topic, passed }) => [`${topicOf.get(stage)} ${topic}`, passed]),
  );
}
