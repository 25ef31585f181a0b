import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { FeedEvent } from "./events";
import { compare, hear, type Feed } from "./feed";
import { answer, asked, at, begun, from, snapshot, step, token, turn } from "./feed.samples";

const printed = (text: string): FeedEvent => ({
  type: "tool_output",
  at: 3,
  turn: "t1",
  step: 0,
  call_id: "c",
  text,
  size: text.length,
});

describe("what is said of one turn", () => {
  test("tokens add up, thoughts apart from words", () => {
    const feed = hear(begun, [
      at(1, step(0)),
      at(2, token("Let me", 0, true)),
      at(3, token("It ")),
      at(4, token("is")),
    ]);
    expect(feed.turns["t1"]!.steps).toMatchObject([
      { step: 0, model: "m", thinking: "Let me", text: "It is" },
    ]);
  });

  test("a step that begins again forgets its text, and what came after it", () => {
    const feed = hear(begun, [
      at(1, step(0)),
      at(2, token("half")),
      at(3, step(1)),
      at(4, step(0)),
      at(5, token("whole")),
    ]);
    expect(feed.turns["t1"]!.steps.map((each) => each.text)).toEqual(["whole"]);
  });

  test("what it waited in the line is told apart from the work", () => {
    const queued: FeedEvent = { type: "queued", at: 1_000, turn: "t1", behind: 1, asking: false };
    const begins: FeedEvent = { type: "step", at: 61_000, turn: "t1", step: 0, model: "m" };
    const feed = hear(begun, [at(1, queued), at(2, begins)]);
    expect(feed.turns["t1"]).toMatchObject({
      state: "working",
      waited_ms: 61_000 - feed.turns["t1"]!.at,
    });
  });

  test("a call is one card, from its begin to its end", () => {
    const called: FeedEvent = {
      type: "tool_call",
      at: 2,
      turn: "t1",
      step: 0,
      call_id: "c",
      tool: "x",
      tier: "GREEN",
      arguments: { a: 1 },
      task: null,
    };
    const seen: FeedEvent = {
      type: "observation",
      at: 3,
      turn: "t1",
      step: 0,
      call_id: "c",
      tool: "x",
      ok: true,
      state: "done",
      content: "out",
      elapsed_ms: 5,
    };
    const running = hear(begun, [at(1, step(0)), at(2, called), at(3, printed("so")), at(4, seen)]);
    expect(hear(running, [at(5, printed("late"))]).turns["t1"]!.steps).toEqual(
      running.turns["t1"]!.steps,
    );
    const half = hear(begun, [at(1, step(0)), at(2, called), at(3, printed("so far"))]);
    expect(half.turns["t1"]!.steps[0]!.calls).toMatchObject([
      { state: "running", content: "so far" },
    ]);
    const feed = hear(begun, [
      at(1, step(0)),
      at(2, called),
      at(3, called),
      at(4, seen),
      at(5, seen),
    ]);
    expect(feed.turns["t1"]!.steps[0]!.calls).toEqual([
      {
        call_id: "c",
        tool: "x",
        tier: "GREEN",
        arguments: { a: 1 },
        state: "done",
        content: "out",
        elapsed_ms: 5,
        approval: null,
        task: null,
      },
    ]);
  });

  test("a call that a person is asked about waits for them, and goes on", () => {
    const called: FeedEvent = {
      type: "tool_call",
      at: 2,
      turn: "t1",
      step: 0,
      call_id: "c",
      tool: "x",
      tier: "ORANGE",
      arguments: {},
      task: null,
    };
    const waits = hear(begun, [at(1, step(0)), at(2, called), at(3, asked("pending"))]);
    expect(waits.turns["t1"]!.state).toBe("waiting");
    const on = hear(waits, [at(4, asked("approved")), at(5, called)]);
    expect(on.turns["t1"]!.state).toBe("working");
    expect(on.turns["t1"]!.steps[0]!.calls[0]!.approval?.state).toBe("approved");
  });

  test("a call that another turn works for names it from then on", () => {
    const called: FeedEvent = {
      type: "tool_call",
      at: 2,
      turn: "t1",
      step: 0,
      call_id: "c",
      tool: "subagent_delegate",
      tier: "YELLOW",
      arguments: {},
      task: null,
    };
    const task = { session: "task-1", turn: "1" };
    const handed = hear(begun, [at(1, step(0)), at(2, called), at(3, { ...called, task })]);
    const back = hear(handed, [at(4, called)]);
    for (const feed of [handed, back]) {
      expect(feed.turns["t1"]!.steps[0]!.calls[0]!.task).toEqual(task);
    }
  });

  test("an answer in parts is done with the last of them, in whatever order", () => {
    const one = hear(begun, [at(1, answer("b", 1, 2))]);
    expect(one.turns["t1"]!.state).toBe("working");
    const both = hear(one, [at(2, answer("a", 0, 2))]);
    expect(both.turns["t1"]).toMatchObject({ state: "done", answer: { text: "a\nb" } });
  });

  test("a part that comes twice is there once", () => {
    const feed = hear(begun, [at(1, answer("a")), at(2, answer("a"))]);
    expect(feed.turns["t1"]!.answer!.text).toBe("a");
  });

  test("what a worker still says after the end changes nothing", () => {
    const over = hear(begun, [at(1, step(0)), at(2, answer("done"))]);
    const late = hear(over, [
      at(3, token("zombie")),
      at(4, step(1)),
      at(5, { type: "queued", at: 9, turn: "t1", behind: 1, asking: false }),
    ]);
    expect(late.turns["t1"]).toEqual(over.turns["t1"]);
  });

  test("a whole turn takes the place of what is known, and moves no cursor", () => {
    const feed = hear(begun, [at(1, step(0)), at(2, token("par"))]);
    const whole = hear(feed, [
      { id: null, event: { type: "turn", whole: turn("t1", { state: "done", question: "q" }) } },
    ]);
    expect(whole.turns["t1"]).toMatchObject({ state: "done", question: "q", steps: [] });
    expect(whole.cursor).toBe(feed.cursor);
  });
});

describe("the cursor", () => {
  test("compares numbers as numbers, and not between epochs", () => {
    expect(compare("e.9-10", "e.9-9")).toBeGreaterThan(0);
    expect(compare("e.10-0", "e.9-99")).toBeGreaterThan(0);
    expect(compare("a.1-1", "b.1-1")).toBeNull();
  });

  test("an event of another epoch without a snapshot asks to begin again, and is not shown", () => {
    const feed = hear(begun, [at(1, token("x"), "e2")]);
    expect(feed.lost).toBe(true);
    expect(feed.turns).toEqual({});
    const anew = hear(feed, [snapshot("e2.100-1", [turn("t1")])]);
    expect(anew).toMatchObject({ lost: false, cursor: "e2.100-1", order: ["t1"] });
  });
});

/** Events of one turn, numbered in their order. */
const stories = fc
  .array(
    fc.oneof(
      fc.record({
        kind: fc.constant("token" as const),
        text: fc.string({ minLength: 1, maxLength: 4 }),
        step: fc.nat(2),
      }),
      fc.record({ kind: fc.constant("step" as const), text: fc.constant(""), step: fc.nat(2) }),
      fc.record({
        kind: fc.constant("answer" as const),
        text: fc.string({ maxLength: 4 }),
        step: fc.constant(0),
      }),
    ),
    { maxLength: 30 },
  )
  .map((all) =>
    all.map(({ kind, text, step: number }, index) =>
      at(
        index + 1,
        kind === "token" ? token(text, number) : kind === "step" ? step(number) : answer(text),
      ),
    ),
  );

/** What is seen; when it was last heard is not. */
const seen = (feed: Feed) => feed.order.map((id) => ({ ...feed.turns[id]!, heard: 0 }));

const plain = (feed: Feed) => seen(feed).map((each) => ({ ...each, replies: [] }));

describe("whatever the line does", () => {
  test("a piece of the stream that is sent again changes nothing", () => {
    fc.assert(
      fc.property(stories, fc.nat(30), fc.nat(30), (events, a, b) => {
        const [back, cut] = [Math.min(a, b), Math.max(a, b)];
        const once = hear(begun, events);
        const again = hear(hear(begun, events.slice(0, cut)), events.slice(back));
        expect(seen(again)).toEqual(seen(once));
      }),
    );
  });

  test("how events are packed together changes nothing", () => {
    fc.assert(
      fc.property(stories, (events) => {
        const single = events.reduce((feed, event) => hear(feed, [event]), begun);
        expect(seen(single)).toEqual(seen(hear(begun, events)));
      }),
    );
  });

  test("old events that are late are dropped", () => {
    fc.assert(
      fc.property(stories, fc.array(fc.nat(29), { maxLength: 9 }), (events, late) => {
        const feed = hear(begun, events);
        const strays = late.map((index) => events[index]).filter((each) => each !== undefined);
        expect(seen(hear(feed, strays))).toEqual(seen(feed));
      }),
    );
  });

  test("a snapshot in the middle, then the rest, is the same as all of it", () => {
    fc.assert(
      fc.property(stories, fc.nat(30), (events, cut) => {
        const whole = hear(begun, events);
        const half = hear(begun, events.slice(0, cut));
        const turns = half.order.map((id) => {
          const { replies: _, heard: __, ...rest } = half.turns[id]!;
          return rest;
        });
        const joined = hear(from(snapshot(half.cursor!, turns)), events.slice(cut));
        expect(plain(joined)).toEqual(plain(whole));
      }),
    );
  });
});
