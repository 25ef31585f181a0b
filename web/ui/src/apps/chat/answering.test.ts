import { expect, test } from "vitest";

import { answering, choosesModel, keptOf, USUAL, wishOf } from "./answering";

const tiers = ["flash", "opus"].map((tier) => ({ tier, models: [] }));

test("the newest word counts: here, then in the conversation, then the server's own", () => {
  expect(answering({ tiers, chosen: null })).toEqual({ tier: USUAL, by: "usual" });
  expect(answering({ tiers, chosen: "opus" })).toEqual({ tier: "opus", by: "conversation" });
  expect(answering({ tiers, chosen: "opus" }, "flash")).toEqual({ tier: "flash", by: "here" });
  expect(answering({ tiers, chosen: "opus" }, USUAL)).toEqual({ tier: USUAL, by: "here" });
  // A tier that is gone is not ticked, and not sent for long: the server would refuse it.
  expect(answering({ tiers, chosen: "gone" }, "gone")).toEqual({ tier: USUAL, by: "usual" });
});

test("one can go back to the usual, also from what the conversation chose", () => {
  expect(wishOf(keptOf({ chosen: "opus" }, USUAL) ?? undefined)).toEqual({ tier: null });
  expect(wishOf(keptOf({ chosen: "opus" }, "flash") ?? undefined)).toEqual({ tier: "flash" });
  // The same as without a word: then none is said.
  expect(keptOf({ chosen: null }, USUAL)).toBeNull();
  expect(keptOf({ chosen: "opus" }, "opus")).toBeNull();
  expect(wishOf(undefined)).toEqual({});
});

test("a command that chooses is told from one that only asks", () => {
  expect(["/model opus", " /MODEL  flash "].map(choosesModel)).toEqual([true, true]);
  expect(["/model", "/models are", "what is /model x"].map(choosesModel)).toEqual([
    false,
    false,
    false,
  ]);
});
