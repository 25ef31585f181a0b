import { expect, test } from "vitest";

import { mayHoldMath, toDollars } from "./math";
import { mended } from "./mend";

test.each([
  ["$x^2$ is", "$$x^2$$ is"],
  ["it costs $5 and not $10", "it costs $5 and not $10"],
  ["$5/$10", "$5/$10"],
  ["\\(a+b\\)", "$$a+b$$"],
  ["in `$HOME` and `$PATH`", "in `$HOME` and `$PATH`"],
  ["```\necho $a$b\n```\n$y$", "```\necho $a$b\n```\n$$y$$"],
])("%s", (text, expected) => {
  expect(toDollars(text)).toBe(expected);
});

test("a display formula stands alone", () => {
  expect(toDollars("so \\[x\\] ends")).toBe("so \n$$\nx\n$$\n ends");
});

test("plain text loads no typesetter", () => {
  expect(mayHoldMath("nothing here")).toBe(false);
  expect(mayHoldMath("a $ alone")).toBe(false);
});

test.each([
  ["**bol", "**bol**"],
  ["**bold*", "**bold**"],
  ["done **", "done "],
  ["`cod", "`cod`"],
  ["see [the manual](https://exa", "see the manual"],
  ["see ![x](https://exa", "see x"],
  ["```\n**a", "```\n**a"],
  ["**a**\n\nplain", "**a**\n\nplain"],
])("while it grows: %s", (text, expected) => {
  expect(mended(text)).toBe(expected);
});
