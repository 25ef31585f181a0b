import { describe, expect, test } from "vitest";

import { ahead, hear, prepend } from "./feed";
import { from, snapshot, turn } from "./feed.samples";

describe("the order of turns", () => {
  test("a snapshot keeps older turns that were loaded", () => {
    const feed = prepend(from(snapshot("e1.1-1", [turn("b", { at: 20 })])), [
      turn("a", { at: 10 }),
    ]);
    expect(
      hear(feed, [snapshot("e2.1-1", [turn("b", { at: 20 }), turn("c", { at: 30 })])]).order,
    ).toEqual(["a", "b", "c"]);
  });

  test("a snapshot forgets what the server no longer has", () => {
    const feed = from(snapshot("e1.1-1", [turn("b", { at: 20 }), turn("x", { at: 25 })]));
    expect(hear(feed, [snapshot("e2.1-1", [turn("b", { at: 20 })])]).order).toEqual(["b"]);
  });

  test("pages that overlap show each turn once", () => {
    const feed = from(snapshot("e1.1-1", [turn("b", { at: 20 })]));
    expect(prepend(feed, [turn("b", { at: 20 }), turn("a", { at: 10 })]).order).toEqual(["a", "b"]);
  });

  test("how many are before a queued one", () => {
    const feed = from(
      snapshot("e1.1-1", [turn("a", { state: "done" }), turn("b"), turn("c", { state: "queued" })]),
    );
    expect(ahead(feed, "c")).toBe(1);
  });
});
