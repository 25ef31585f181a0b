import { assert, property, string } from "fast-check";
import { expect, test } from "vitest";

import { match } from "./palette";

test("what was found is marked, beginnings of words first", () => {
  expect(match("Move Jellyfin", "jel")).toEqual([
    { text: "Move ", hit: false },
    { text: "Jel", hit: true },
    { text: "lyfin", hit: false },
  ]);
  expect(match("tool pool", "po mo")).toBeNull();
  expect(match("an ant", "ant")?.at(-1)).toEqual({ text: "ant", hit: true });
  expect(match("anything", "")).toEqual([{ text: "anything", hit: false }]);
});

test("the pieces are the text, whatever it is", () => {
  assert(
    property(string({ unit: "grapheme" }), string(), (text, words) => {
      const pieces = match(text, words);
      expect(pieces?.map((each) => each.text).join("") ?? text).toBe(text);
    }),
  );
});
