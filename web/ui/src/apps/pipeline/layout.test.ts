import { expect, test } from "vitest";

import type { EdgeView, FlowView, StageView } from "../../generated";
import { NODE, size, spots, ways } from "./layout";

const PLACED = "inbox route think tool respond outbox parcels cards control events forward".split(
  " ",
);
const TOPICS = [...PLACED, "more"];

test("no two stages stand on each other, also such as nobody placed", () => {
  const all = Object.values(spots(TOPICS));
  for (const [at, one] of all.entries()) {
    for (const other of all.slice(at + 1)) {
      const apart =
        Math.abs(one.x - other.x) >= NODE.w + 20 || Math.abs(one.y - other.y) >= NODE.h + 20;
      expect(apart).toBe(true);
    }
  }
});

test("what this server has stands in three rows, which fit into the window", () => {
  expect(size(PLACED).h).toBeLessThan(560);
  expect(size(TOPICS).h).toBeGreaterThan(size(PLACED).h);
});

const stage = (name: string, topic: string) => ({ stage: name, topic }) as StageView;
const edge = (name: string, topic: string, way: EdgeView["way"]) => ({ stage: name, topic, way });

test("what a stage returns is drawn; what it never does, and what leaves the map, is not", () => {
  const flow = {
    stages: [stage("think", "think"), stage("tool", "tool"), stage("route", "route")],
    edges: [
      edge("route", "think", "returns"),
      edge("think", "tool", "returns"),
      edge("tool", "think", "commits"),
      edge("think", "dead", "buries"),
    ],
  } as unknown as FlowView;
  expect(ways(flow).map(({ from, to }) => `${from} ${to}`)).toEqual(["route think", "think tool"]);
});
