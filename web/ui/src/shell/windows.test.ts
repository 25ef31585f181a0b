import { expect, test } from "vitest";

import { fresh, inside, movedTo, placed, pulled, snapAt, snapBy, type Mode } from "./boxes";
import * as w from "./windows";

const ROOM = { w: 1440, h: 774 };
const SIZE = { w: 800, h: 600 };
const known = (app: string): app is "chat" => ["chat", "settings"].includes(app);

const two = () =>
  w.open(w.open(w.EMPTY, "chat", "/chat", SIZE, ROOM), "settings", "/settings", SIZE, ROOM);

test("a new window is wholly inside, and a step below the one in front", () => {
  const first = fresh(SIZE, null, ROOM);
  const second = fresh(SIZE, first, ROOM);
  expect([second.x - first.x, second.y - first.y]).toEqual([28, 28]);
  for (let box = first, count = 0; count < 40; count++) {
    box = fresh(SIZE, box, ROOM);
    expect(inside(box, ROOM)).toEqual(box);
  }
  expect(fresh({ w: 5000, h: 5000 }, null, ROOM).w).toBeLessThanOrEqual(ROOM.w);
});

test("opening twice is once, and in front, at the new address", () => {
  const desk = w.open(two(), "chat", "/chat/abc", SIZE, ROOM);
  expect(desk.windows.map((each) => each.app)).toEqual(["settings", "chat"]);
  expect(w.front(desk)?.path).toBe("/chat/abc");
});

test("what is closed comes back where it was", () => {
  const box = { x: 11, y: 12, w: 500, h: 400 };
  const desk = w.close(w.change(two(), "chat", { box }), "chat");
  expect(w.find(desk, "chat")).toBeUndefined();
  expect(w.find(w.open(desk, "chat", "/chat", SIZE, ROOM), "chat")?.box).toEqual(box);
});

test("a window of a small page has its whole size on a large one, and is inside on the small", () => {
  const small = { w: 800, h: 560 };
  const desk = w.open(w.EMPTY, "chat", "/chat", { w: 1040, h: 720 }, small);
  const { box, room } = w.front(desk)!;
  const there = placed("free", box, ROOM, room);
  expect([there.w, there.h]).toEqual([1040, 720]);
  for (const one of [small, ROOM]) {
    const stands = placed("free", box, one, room);
    expect(inside(stands, one)).toEqual(stands);
  }
});

test("what hung over the edge does so there only, and not on a smaller page", () => {
  const box = { x: 1200, y: 700, w: 500, h: 400 };
  expect(placed("free", box, ROOM, ROOM)).toEqual(box);
  const small = { w: 900, h: 600 };
  const there = placed("free", box, small, ROOM);
  expect(there).toEqual({ x: 392, y: 200, w: 500, h: 400 });
  // Only moved there, it keeps what it wishes.
  expect(movedTo({ ...there, w: 300 }, box)).toEqual({ x: 392, y: 200, w: 500, h: 400 });
});

test("windows are gone through in turn, and back", () => {
  const on = w.turned(two(), 1);
  expect(w.front(on)?.app).toBe("chat");
  expect(w.front(w.turned(on, 1))?.app).toBe("settings");
  expect(w.front(w.turned(two(), -1))?.app).toBe("chat");
  expect(w.front(w.turned(w.hideAll(two()), 1))?.app).toBe("settings");
});

test("nothing that changes nothing makes a new value", () => {
  const desk = two();
  expect(w.toFront(desk, "settings")).toBe(desk);
  expect(w.change(desk, "chat", { hidden: false })).toBe(desk);
  expect(w.hideAll(w.EMPTY)).toBe(w.EMPTY);
});

test("a kept layout that makes no sense is read as far as it does", () => {
  expect(w.read("x", known)).toBeNull();
  expect(w.read({ windows: 3 }, known)).toBeNull();
  const good = two().windows[0]!;
  const kept = {
    windows: [good, { ...good, app: "gone" }, { ...good, box: { x: "1" } }, null],
    last: { gone: { box: good.box, mode: "max" } },
  };
  expect(w.read(kept, known)).toEqual({ windows: [good], last: {} });
  const lied = { windows: [{ ...good, path: "//evil.example", mode: "round", room: { w: "9" } }] };
  const read = { path: "/chat", mode: "free", room: null };
  expect(w.read(lied, known)?.windows[0]).toMatchObject(read);
});

const area = (mode: Mode) => placed(mode, { x: 0, y: 0, w: 1, h: 1 }, ROOM);

test("halves and quarters fill the room and do not overlap", () => {
  expect(area("left").x + area("left").w).toBeLessThan(area("right").x);
  expect(area("top-left").y + area("top-left").h).toBeLessThan(area("bottom-left").y);
  for (const mode of ["max", "right", "bottom-right"] as const) {
    expect(area(mode).x + area(mode).w).toBe(ROOM.w - 8);
    expect(area(mode).y + area(mode).h).toBe(ROOM.h);
  }
});

test("edges snap, corners quarter, the top maximises, the middle leaves it", () => {
  expect(snapAt(4, 400, ROOM)).toBe("left");
  expect(snapAt(1436, 20, ROOM)).toBe("top-right");
  expect(snapAt(3, 770, ROOM)).toBe("bottom-left");
  expect(snapAt(700, -20, ROOM)).toBe("max");
  expect(snapAt(700, 400, ROOM)).toBeNull();
});

test("arrows snap, quarter, maximise, restore, and put away", () => {
  expect(snapBy("free", "left")).toBe("left");
  expect(snapBy("left", "up")).toBe("top-left");
  expect(snapBy("bottom-right", "up")).toBe("right");
  expect(snapBy("free", "up")).toBe("max");
  expect(snapBy("max", "down")).toBe("free");
  expect(snapBy("free", "down")).toBeNull();
});

test("a pulled edge leaves the opposite one where it is, and the smallest size stays", () => {
  const box = { x: 100, y: 100, w: 500, h: 400 };
  expect(pulled(box, "w", 50, 0, ROOM)).toEqual({ x: 150, y: 100, w: 450, h: 400 });
  const small = pulled(box, "nw", 900, 900, ROOM);
  expect([small.w, small.h]).toEqual([360, 280]);
  expect([small.x + small.w, small.y + small.h]).toEqual([600, 500]);
  expect(pulled(box, "se", 9000, 9000, ROOM)).toEqual({ x: 100, y: 100, w: 1340, h: 674 });
});
