import { expect, test } from "vitest";

import { askedOf, type Attention } from "./attention";

const item = (asked?: Attention["asked"]): Attention => ({
  id: "a",
  kind: "waits",
  short: "Waits for you",
  title: "Notes append waits for your decision",
  says: "add a line: the same",
  app: "chat",
  path: "/chat/s",
  ...(asked ? { asked } : {}),
});

test("what reads the same is told apart by when and where it was asked", () => {
  const at = new Date(2026, 4, 20, 14, 3).getTime();
  expect(askedOf(item({ at, in: "The photo app is slow" }))).toBe(
    "Asked at 14:03 in “The photo app is slow”",
  );
  expect(askedOf(item({ at, in: undefined }))).toBe("Asked at 14:03");
  expect(askedOf(item())).toBe("");
});
