import { expect, test } from "vitest";

import type { DiskView, MachineView, Sample } from "../../generated";
import { health, sentence } from "./health";

const machine = (last: Partial<Sample>, disk: Partial<DiskView> = {}) =>
  ({
    memory_total: 16e9,
    disks: [{ mount: "/", total: 100e9, free: 50e9, ...disk }],
    samples: [{ at: 0, cpu: 3, memory: 4e9, received: 0, sent: 0, celsius: null, ...last }],
  }) as unknown as MachineView;

const said = (...given: Parameters<typeof machine>) => sentence(health(machine(...given)));

test("the sentence follows the figures beside it", () => {
  expect(said({})).toBe("All well");
  expect(said({ cpu: 89.4 })).toBe("All well");
  expect(said({ cpu: 89.5 })).toBe("Busy: the processor is at 90 %");
  expect(said({ cpu: 100 })).toBe("Busy: the processor is at 100 %");
  expect(said({ celsius: 91 })).toBe("Hot: the processor is at 91 °C");
  expect(said({ memory: 15.6e9 })).toBe("Short of memory: 15.6 GB of 16.0 GB are used");
  expect(said({}, { free: 3e9 })).toBe("Nearly full: / has 3.0 GB left");
});

test("of several the worst is said", () => {
  expect(said({ cpu: 100, celsius: 90 }, { free: 0 })).toBe("Hot: the processor is at 90 °C");
});

test("before anything was measured nothing is claimed", () => {
  expect(sentence(health({ ...machine({}), samples: [] }))).toBe("Looking");
});
