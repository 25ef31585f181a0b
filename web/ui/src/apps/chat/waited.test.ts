import { expect, test } from "vitest";

import type { ApprovalView, StepView } from "../../generated";
import { waited } from "./waited";

type Asked = Pick<ApprovalView, "state" | "asked_at" | "decided_at" | "expires_at">;

const turn = (...asked: (Partial<Asked> | null)[]) => ({
  steps: asked.map((one) => ({
    calls: [{ approval: one && { state: "approved", decided_at: null, expires_at: 900, ...one } }],
  })) as StepView[],
});

test("nobody waited where nobody was asked", () => {
  expect(waited(turn(null), 500)).toBe(0);
});

test("what waits at the same time counts once", () => {
  const both = turn({ asked_at: 10, decided_at: 110 }, { asked_at: 60, decided_at: 160 });
  expect(waited(both, 500)).toBe(150);
  const within = turn({ asked_at: 10, decided_at: 110 }, { asked_at: 20, decided_at: 30 });
  expect(waited(within, 500)).toBe(100);
  const apart = turn({ asked_at: 200, decided_at: 300 }, { asked_at: 10, decided_at: 60 });
  expect(waited(apart, 500)).toBe(150);
});

test("what still waits, waits until now; what nobody decided, until it ran out", () => {
  expect(waited(turn({ state: "pending", asked_at: 100 }), 500)).toBe(400);
  expect(waited(turn({ state: "expired", asked_at: 100 }), 2_000)).toBe(800);
});
