import { expect, test } from "vitest";

import { actOf, type Pressed } from "./keys";

const key = (code: string, held = "", shown = ""): Pressed => ({
  code,
  key: shown,
  ctrlKey: held.includes("C"),
  metaKey: held.includes("M"),
  altKey: held.includes("A"),
  shiftKey: held.includes("S"),
});

test.each([
  [key("KeyK", "C"), "palette"],
  [key("KeyK", "M"), "palette"],
  [key("KeyK", "AS", "˚"), "palette"],
  [key("Backquote", "C"), "next"],
  [key("Backquote", "CS"), "previous"],
  [key("ArrowLeft", "AS"), "snap-left"],
  [key("Space", "AS"), "window-menu"],
  [key("Digit3", "AS", "§"), "dock-3"],
  [key("F6"), "region-next"],
  [key("F6", "S"), "region-previous"],
])("%o", (pressed, act) => {
  expect(actOf(pressed, true)).toBe(act);
});

test("what browser and system own is left to them, and writing is writing", () => {
  for (const code of ["KeyW", "KeyT", "KeyN", "Tab", "KeyL"]) {
    expect(actOf(key(code, "C"), false)).toBeNull();
  }
  expect(actOf(key("ArrowLeft", "A"), false)).toBeNull();
  expect(actOf(key("KeyK", "CS"), false)).toBeNull();
  expect(actOf(key("Slash", "S", "?"), true)).toBeNull();
  expect(actOf(key("Slash", "S", "?"), false)).toBe("help");
});
