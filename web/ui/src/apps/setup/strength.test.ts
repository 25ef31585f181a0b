import { expect, test } from "vitest";

import { strength } from "./strength";

test.each([
  ["short", 0],
  ["1234567890", 1],
  ["aaaaaaaaaaaaaaaa", 1],
  ["password123456", 1],
  ["qwertyuiopasdf", 1],
  ["annaannaanna", 1],
  ["kettle-quiet-9-birch", 3],
  ["correct horse battery", 3],
])("%s", (password, level) => {
  expect(strength(password, ["anna"]).level).toBe(level);
});
