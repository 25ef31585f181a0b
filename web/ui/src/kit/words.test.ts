import { expect, test } from "vitest";

import {
  age,
  ageGroup,
  counted,
  money,
  percent,
  seconds,
  size,
  span,
  targetNames,
  toolName,
} from "./words";

test("times have the unit that a person would take", () => {
  expect([12, 600, 4_200, 11_400, 80_000, 3_700_000].map(span)).toEqual(
    "12 ms, 0.6 s, 4.2 s, 11 s, 1 min 20 s, 1 h 1 min".split(", "),
  );
  expect(seconds(59_999)).toBe("59 s");
});

test("amounts", () => {
  expect([0.0004, 0.012, 1.5].map(money)).toEqual(["< $0.001", "$0.012", "$1.50"]);
  expect([12, 3_400, 2_500_000].map(size)).toEqual(["12 B", "3 kB", "2.5 MB"]);
  expect([999_600_000, 16e9, 512e9, 4.02e12].map(size)).toEqual(
    "1.0 GB, 16.0 GB, 512 GB, 4.0 TB".split(", "),
  );
  expect([59, 7_200, 41 * 86_400].map(age)).toEqual(["0 min", "2 h", "41 days"]);
});

test("one thing is not called things", () => {
  expect([0, 1, 1_200].map((each) => counted(each, "rule"))).toEqual([
    "0 rules",
    "1 rule",
    "1,200 rules",
  ]);
  expect([1, 2].map((each) => counted(each, "process", "processes"))).toEqual([
    "1 process",
    "2 processes",
  ]);
  expect([99.6, 0.2].map(percent)).toEqual(["100 %", "0 %"]);
});

test("a tool is read as words", () => {
  expect(toolName("docker_list")).toBe("Docker list");
});

test("conversations stand under the day they belong to", () => {
  const now = new Date(2026, 4, 20, 12).getTime();
  const days = (count: number) => ageGroup(now - count * 86_400_000, now);
  expect([0, 1, 3, 8, 20, 60].map(days)).toEqual(
    "Today, Yesterday, This week, Last week, This month, March 2026".split(", "),
  );
});

test("what a call acts on is named without the word that rules know it by", () => {
  expect(targetNames(["file:notes/a: b.txt", "container:web"])).toBe("notes/a: b.txt, web");
  expect(targetNames(["shell:sandbox", "mcp:odd:loud"])).toBe("the sandbox, mcp:odd:loud");
});
