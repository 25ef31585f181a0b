import { expect, test } from "vitest";

import type { EdgeView, FlowView, StageView } from "../../generated";
import { MOST, passing } from "./passing";

const flow = (at: number, passed: number): FlowView =>
  ({
    at,
    stages: [
      { stage: "admit", topic: "inbox" },
      { stage: "route", topic: "route" },
    ] as StageView[],
    edges: [{ stage: "admit", topic: "route", way: "returns", passed }] as EdgeView[],
  }) as unknown as FlowView;

test("there is a dot for each message that passed, and none for what did not", () => {
  expect(passing(flow(0, 3), flow(1_000, 3))).toEqual([]);
  const two = passing(flow(0, 3), flow(1_000, 5));
  expect(two.map(({ delay }) => delay)).toEqual([0, 500]);
  expect(new Set(two.map(({ key }) => key)).size).toBe(2);
});

test("a crowd is a thick line, and what nobody saw is not played back", () => {
  expect(passing(flow(0, 0), flow(1_000, 100))).toHaveLength(MOST);
  expect(passing(flow(0, 0), flow(60_000, 100))).toEqual([]);
  // The server was started anew, and counts from nothing.
  expect(passing(flow(0, 100), flow(1_000, 2))).toEqual([]);
});
