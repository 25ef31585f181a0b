/**
 * Whether the server answers, as all that asks it finds out together: doubted by the first that got
 * no answer, looked at at once, said in one place, and tried until it answers again.
 */
import { create } from "zustand";

export interface Silence {
  /** When it is tried again. */
  until: number;
  /** When it was heard last; null where it never was. */
  heard: number | null;
}

export const useSilence = create<{ silence: Silence | null }>()(() => ({ silence: null }));

/** Costs the server nothing, and needs no login. */
const ASKED = "/healthz";
/** One that takes so long does not answer. */
const LATE = 5_000;
const PAUSES = [1_000, 2_000, 4_000, 8_000, 15_000];
/** What a proxy says whose server is gone. */
const GONE = new Set([502, 504]);

let heard: number | null = null;
let looking = false;
let wake: () => void = () => undefined;
const backs = new Set<() => void>();

/** Note that it was heard just now. */
export function hear(): void {
  heard = Date.now();
}

/** Somebody got no answer: look whether it is the server, and go on until it is not. */
export function doubt(): void {
  if (!looking) void look();
}

/** Try at once instead of waiting. */
export const tryNow = (): void => wake();

/** Have something done as soon as the server is back; returns how to have it not done. */
export function onBack(task: () => void): () => void {
  backs.add(task);
  return () => backs.delete(task);
}

async function look(): Promise<void> {
  looking = true;
  for (let tries = 0; !(await answers()); tries += 1) {
    const pause = PAUSES[Math.min(tries, PAUSES.length - 1)]!;
    useSilence.setState({ silence: { until: Date.now() + pause, heard } });
    await new Promise<void>((done) => {
      const timer = setTimeout(done, pause);
      wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }
  looking = false;
  // A line that broke alone, with the server behind it as it was, comes back by itself.
  if (!useSilence.getState().silence) return;
  useSilence.setState({ silence: null });
  for (const task of backs) task();
}

async function answers(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(LATE);
    const { status } = await fetch(ASKED, { cache: "no-store", signal });
    if (GONE.has(status)) return false;
    hear();
    return true;
  } catch {
    return false;
  }
}

addEventListener("offline", doubt);
addEventListener("online", tryNow);
