import * as fc from "fast-check";
import { expect, test } from "vitest";

import { Frames } from "./frames";

const WIRE = [
  ": ping",
  "",
  "id: e1.5-0",
  "event: token",
  'data: {"text":"ä"}',
  "",
  "retry: 1000",
  "",
  "data: one",
  "data: two",
  "",
  "",
].join("\n");

const EXPECTED = [
  { id: "e1.5-0", event: "token", data: '{"text":"ä"}' },
  { id: null, event: "message", data: "one\ntwo" },
];

test("frames are the same, wherever the line cuts them and however it ends lines", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(80)), fc.constantFrom("\n", "\r\n", "\r"), (cuts, end) => {
      const wire = WIRE.replaceAll("\n", end);
      const places = [0, ...cuts.toSorted((a, b) => a - b), wire.length];
      const frames = new Frames();
      const found = places.slice(1).flatMap((to, at) => frames.take(wire.slice(places[at], to)));
      // A lone CR at the very end may still become a CRLF.
      expect([...found, ...(end === "\r" ? frames.take(": more\r") : [])]).toEqual(EXPECTED);
    }),
  );
});

test("half a frame is not handed on", () => {
  expect(new Frames().take("data: half\n")).toEqual([]);
});
