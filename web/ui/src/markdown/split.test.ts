import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { blocks } from "./split";

const PIECES = fc.constantFrom(
  ..."a word|# Title|- item|  - inner|1. one|2. two|> quote|```py|```|~~~|$$|    indented|| a | b |||---|---||**bold**".split(
    "|",
  ),
  "",
  "",
  "",
);
const texts = fc.array(PIECES, { maxLength: 24 }).map((lines) => lines.join("\n"));

describe("whatever the text", () => {
  test("the blocks joined are the text", () => {
    fc.assert(
      fc.property(fc.oneof(texts, fc.string()), (text) => {
        expect(blocks(text).join("")).toBe(text);
      }),
    );
  });

  test("a finished block never changes while the text grows", () => {
    fc.assert(
      fc.property(texts, fc.nat(200), (text, cut) => {
        const before = blocks(text.slice(0, cut)).slice(0, -1);
        expect(blocks(text).slice(0, before.length)).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });
});

test.each([
  ["paragraphs", "one\n\ntwo\n\nthree", 3],
  ["a loose list is one block", "- a\n\n- b\n\n- c", 1],
  ["what may still become an item waits with its list", "1. a\n\n2", 1],
  ["what is no item is let go", "1. a\n\n2 apples\n", 2],
  ["what is indented goes on with its list", "1. a\n\n   more\n\nafter", 2],
  ["a paragraph after a list", "- a\n- b\n\nafter", 2],
  ["blank lines within code", "```\na\n\nb\n```\nafter", 2],
  ["code right behind a paragraph", "Look:\n```\na\n```", 2],
  ["code in a list stays in it", "- a\n\n  ```\n  x\n\n  y\n  ```\n- b", 1],
  ["code that is still open", "```\na\n\nb", 1],
  ["longer fences hold shorter ones", "````\n```\n\n```\n````\n\nafter", 2],
  ["formulas with blank lines", "$$\nx\n\ny\n$$\n\nafter", 2],
  ["a definition keeps all together", "see [a]\n\n[a]: https://example.com", 1],
])("%s", (_, text, count) => {
  expect(blocks(text)).toHaveLength(count);
});
