import { afterEach, beforeEach, expect, test, vi } from "vitest";

let answer: () => Promise<{ status: number }>;
const fetched = vi.fn<() => Promise<{ status: number }>>(() => answer());
const dead = () => Promise.reject(new TypeError("Failed to fetch"));
const alive = () => Promise.resolve({ status: 200 });

/** Let all that was promised happen, and no time pass. */
const soon = () => vi.advanceTimersByTimeAsync(0);

async function page() {
  vi.resetModules();
  return import("./silence");
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("fetch", fetched);
  fetched.mockClear();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a server that is gone is said at once, tried again, and heard when it is back", async () => {
  const { doubt, onBack, useSilence } = await page();
  const back = vi.fn<() => void>();
  onBack(back);
  answer = dead;
  doubt();
  doubt();
  await soon();
  expect(useSilence.getState().silence).toEqual({ until: Date.now() + 1_000, heard: null });
  expect(fetched).toHaveBeenCalledTimes(1);

  await vi.advanceTimersByTimeAsync(1_000);
  expect(useSilence.getState().silence?.until).toBe(Date.now() + 2_000);
  expect(back).not.toHaveBeenCalled();

  answer = alive;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(useSilence.getState().silence).toBeNull();
  expect(back).toHaveBeenCalledTimes(1);
});

test("a line that broke alone is not said, and nobody is woken by it", async () => {
  const { doubt, onBack, useSilence } = await page();
  const back = vi.fn<() => void>();
  onBack(back);
  answer = alive;
  doubt();
  await soon();
  expect(useSilence.getState().silence).toBeNull();
  expect(back).not.toHaveBeenCalled();
});

test("a proxy whose server is gone is no answer, and one can try before the time", async () => {
  const { doubt, hear, tryNow, useSilence } = await page();
  hear();
  answer = () => Promise.resolve({ status: 502 });
  doubt();
  await soon();
  expect(useSilence.getState().silence?.heard).toBe(Date.now());
  answer = alive;
  tryNow();
  await soon();
  expect(useSilence.getState().silence).toBeNull();
});
