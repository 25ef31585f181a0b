import { expect, test } from "vitest";

import { legible, parsed } from "./legible";

const SLY = "gpj\u202eexe.\u2066x\u2069";

test("what turns writing around stands there by its number", () => {
  expect(legible(SLY)).toBe("gpj\\u202eexe.\\u2066x\\u2069");
  const plain = "اردو, עברית \u200f, 👩‍👩‍👧, naïve";
  expect(legible(plain)).toBe(plain);
});

test("it is found in all that the server says, however it is written", () => {
  const said = { title: SLY, list: [{ text: SLY }], count: 2, none: null };
  const legibly = { title: legible(SLY), list: [{ text: legible(SLY) }], count: 2, none: null };
  const json = JSON.stringify(said);
  expect(parsed(json)).toEqual(legibly);
  expect(parsed(json.replaceAll("\u202e", "\\u202E"))).toEqual(legibly);
});

test("what goes back to the server stays as it came", () => {
  expect(parsed(JSON.stringify({ who: SLY, name: SLY }))).toEqual({ who: SLY, name: legible(SLY) });
});
