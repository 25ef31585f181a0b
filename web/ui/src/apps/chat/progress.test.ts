import { expect, test } from "vitest";

import type { ApprovalView } from "../../generated";
import { progress } from "./progress";
import type { Shown } from "./feed";

const turn = (more: Partial<Shown> = {}): Shown => ({
  id: "t",
  session: "s",
  at: 0,
  question: "q",
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
  heard: 0,
  ...more,
});

const step = (number: number, more = {}) => ({
  step: number,
  model: "claude",
  thinking: "",
  text: "",
  done: false,
  calls: [],
  ...more,
});
const call = (state: "running" | "done" | "unknown") => ({
  call_id: "c",
  tool: "files_read",
  tier: "GREEN",
  arguments: {},
  state,
  content: "",
  elapsed_ms: 0,
});
const asked = (asked_at: number, decided_at: number | null) => ({
  ...call("done"),
  approval: { state: "approved", asked_at, decided_at } as ApprovalView,
});
const said = (shown: Shown, now: number, ahead = 0) =>
  progress(shown, ahead, now).words.join(" · ");

test("a queued turn says behind how many", () => {
  expect(said(turn({ state: "queued", behind: 3 }), 0, 1)).toBe("Queued behind 1");
});

test("a working turn says how long, which step, and what", () => {
  const working = turn({ heard: 10_000, steps: [step(0), step(2, { calls: [call("running")] })] });
  expect(said(working, 11_000)).toBe("Working, 11 s · step 3, files read");
});

test("silence is told, not hidden behind a spinner", () => {
  expect(said(turn({ heard: 50_000 }), 80_000)).toBe(
    "Still working, 1 min 20 s · no news for 30 s",
  );
});

test("a done turn says what it took", () => {
  const done = turn({
    state: "done",
    steps: [step(0)],
    answer: { text: "a", outcome: "answered", at: 4_200 },
    usage: { input: 2_000, output: 140, cached: 0, cost_usd: 0.012 },
  });
  expect(said(done, 0)).toBe("Done, 4.2 s · 2,140 tokens · $0.012 · claude");
});

test("what a person took to decide is no work", () => {
  const done = turn({
    state: "done",
    steps: [step(0, { calls: [asked(4_000, 300_000), asked(4_000, 304_000)] })],
    answer: { text: "a", outcome: "answered", at: 334_000 },
  });
  expect(said(done, 0)).toBe("Done, 34 s · waited 5 min for you · claude");
  const goesOn = turn({ heard: 310_000, steps: done.steps });
  expect(said(goesOn, 314_000)).toMatch(/^Working, 14 s/);
  const quick = turn({ ...done, steps: [step(0, { calls: [asked(4_000, 4_900)] })] });
  expect(said(quick, 0)).toBe("Done, 5 min 33 s · claude");
});

test("what others took before it is no work either", () => {
  const done = turn({
    state: "done",
    waited_ms: 60_000,
    steps: [step(0, { calls: [asked(70_000, 80_000)] })],
    answer: { text: "a", outcome: "answered", at: 84_200 },
  });
  expect(said(done, 0)).toBe("Done, 14 s · queued 1 min · waited 10 s for you · claude");
  expect(said(turn({ waited_ms: 60_000, heard: 62_000 }), 63_000)).toBe("Working, 3 s");
});

test("an unknown outcome is never called done", () => {
  const unknown = turn({
    state: "done",
    steps: [step(0, { calls: [call("unknown")] })],
    answer: { text: "a", outcome: "answered", at: 1 },
  });
  expect(progress(unknown, 0, 0)).toMatchObject({ work: "unknown" });
});
