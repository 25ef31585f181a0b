/**
 * When the page is at rest: what a person came for is there and can be used, and the browser has
 * nothing else to do. What is only nice to have waits for that, so that it takes no part of a slow
 * machine or a thin line from what is wanted now.
 */
import { useEffect, useState } from "react";

/** Milliseconds until the rest is loaded although what was wanted has not come. */
const LONGEST = 10_000;
/** The longest wait for a browser that is never idle. */
const BUSY = 2_000;

let usable: () => void;
let atRest = false;
const rest = new Promise<void>((done) => {
  usable = done;
  setTimeout(done, LONGEST);
})
  .then(idle)
  .then(() => {
    atRest = true;
    return undefined;
  });

function idle(): Promise<void> {
  return new Promise((done) => {
    if ("requestIdleCallback" in window) requestIdleCallback(() => done(), { timeout: BUSY });
    else setTimeout(done, 200);
  });
}

/** Say that what was asked for is there. */
export const ready = (): void => usable();

/** Do something at rest; returns how to have it not done. */
export function later(task: () => void): () => void {
  let gone = false;
  void rest.then(() => (gone ? undefined : task()));
  return () => {
    gone = true;
  };
}

/** Whether the page came to rest once. */
export function useRest(): boolean {
  const [now, setNow] = useState(atRest);
  useEffect(() => later(() => setNow(true)), []);
  return now;
}
