import { expect, test } from "vitest";

import { faulty, reachOf } from "./reach";

test("only what is new is given, and an emptied address is the provider's own", () => {
  expect(reachOf(" k ", "", "")).toEqual({ key: "k" });
  expect(reachOf("", " http://10.0.0.2:1234/v1 ", "")).toEqual({
    base_url: "http://10.0.0.2:1234/v1",
  });
  expect(reachOf("", "", "http://10.0.0.2:1234/v1")).toEqual({ base_url: "" });
  expect(reachOf("", "http://a/v1", "http://a/v1")).toEqual({});
});

test("what is wrong stands at the field that it is of", () => {
  const both = { key: "k", base_url: "http://a/v1" };
  expect(faulty("bad_key", both)).toBe("key");
  expect(faulty("unproven", both)).toBe("server");
  expect(faulty("invalid", both)).toBe("server");
  expect(faulty("unproven", { key: "k" })).toBe("key");
});
