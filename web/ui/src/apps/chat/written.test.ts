import { array, assert, constantFrom, property } from "fast-check";
import { expect, test } from "vitest";

import { pieces } from "./written";

test("rows below a sentence keep their columns", () => {
  const rows = "    812   3.0 %    41.9 MB  anna  python\n      1   0.0 %     9.1 MB  root  init";
  expect(pieces(`python (pid 812) uses the most CPU.\n${rows}`)).toEqual([
    { kind: "lines", text: "python (pid 812) uses the most CPU." },
    { kind: "columns", text: rows },
  ]);
});

test("what a colon announces is shown as it is", () => {
  expect(pieces("/srv/todo.md (31 B):\n# Today\n- __milk__\n- bread")).toEqual([
    { kind: "lines", text: "/srv/todo.md (31 B):" },
    { kind: "columns", text: "# Today\n- __milk__\n- bread" },
  ]);
});

test("sentences stay on their lines", () => {
  const text = "It is 12:00:00.\nCalendar week 48, day 333 of the year.";
  expect(pieces(text)).toEqual([{ kind: "lines", text }]);
});

test("a list is one, and what follows it is not of it", () => {
  expect(pieces("What I can do:\n- Look.\n- Read.\n\nI need no key.")).toEqual([
    { kind: "lines", text: "What I can do:" },
    { kind: "list", items: ["Look.", "Read."] },
    { kind: "lines", text: "I need no key." },
  ]);
});

test("a table without a headline is a table", () => {
  const text = "/help    Show the commands.\n/new     Begin anew.";
  expect(pieces(text)).toEqual([{ kind: "columns", text }]);
});

test("no line that says something is lost, and their order stays", () => {
  const line = constantFrom("- a", "b c", "d  e", "  f", "g:", "", "**h**", "\ti");
  assert(
    property(array(line), (lines) => {
      const shown = pieces(lines.join("\n")).flatMap((piece) =>
        piece.kind === "list" ? piece.items.map((item) => `- ${item}`) : piece.text.split("\n"),
      );
      expect(shown.filter((each) => each.trim())).toEqual(lines.filter((each) => each.trim()));
    }),
  );
});
