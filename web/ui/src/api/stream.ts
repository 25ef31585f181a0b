/**
 * A stream of events that comes back by itself.
 *
 * `fetch` and not `EventSource`: that one hides the status (an ended login looks like a lost
 * line), the pings (a dead line looks like a quiet one) and when it will try again, and a person
 * is told all three.
 */
import { Frames, type Frame } from "./frames";
import { Problem, fetched } from "./http";
import { doubt, hear, onBack } from "./silence";

export type Line =
  | { state: "opening" }
  | { state: "open" }
  | { state: "waiting"; until: number; heard: number | null }
  | { state: "closed"; problem: Problem };

export interface Listener {
  /** Whole frames, as they arrive. */
  frames: (frames: Frame[]) => void;
  line: (line: Line) => void;
  /** Where to go on from; null begins with a snapshot. */
  cursor: () => string | null;
}

export interface Stream {
  /** Try at once instead of waiting. */
  retry: () => void;
  /** Begin again from a snapshot. */
  restart: () => void;
  close: () => void;
}

/** The server pings every 15 s; three missed ones are a dead line. */
const DEAD = 45_000;
const PAUSES = [300, 1_000, 2_000, 4_000, 8_000, 15_000];

/** Follow `path` until closed. */
export function follow(path: string, listener: Listener): Stream {
  let closed = false;
  let tries = 0;
  let heard: number | null = null;
  let current = new AbortController();
  let wake: (() => void) | null = null;

  async function once(): Promise<void> {
    current = new AbortController();
    const watch = new Watch(() => current.abort());
    try {
      const cursor = listener.cursor();
      const response = await fetched(path, {
        headers: { Accept: "text/event-stream", ...(cursor ? { "Last-Event-ID": cursor } : {}) },
        signal: current.signal,
      });
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      const frames = new Frames();
      listener.line({ state: "open" });
      for (;;) {
        watch.reset();
        const { done, value } = await reader.read();
        if (done) return;
        heard = Date.now();
        hear();
        tries = 0;
        const found = frames.take(value);
        if (found.length && !current.signal.aborted) listener.frames(found);
      }
    } finally {
      watch.end();
    }
  }

  async function run(): Promise<void> {
    while (!closed) {
      let pause = PAUSES[Math.min(tries, PAUSES.length - 1)]!;
      tries += 1;
      try {
        await once();
      } catch (error) {
        if (closed) return;
        if (error instanceof Problem) {
          if (!error.passing) return listener.line({ state: "closed", problem: error });
          if (error.retryAfter) pause = error.retryAfter * 1_000;
        }
      }
      if (closed) return;
      doubt();
      pause *= 0.8 + Math.random() * 0.4;
      // The first try again is quick: nobody needs to read of a line that was gone for a blink.
      if (tries > 1) listener.line({ state: "waiting", until: Date.now() + pause, heard });
      await new Promise<void>((done) => {
        const timer = setTimeout(done, pause);
        wake = () => {
          clearTimeout(timer);
          done();
        };
      });
      if (!closed && tries > 1) listener.line({ state: "opening" });
    }
  }

  const retry = () => wake?.();
  addEventListener("online", retry);
  const forget = onBack(retry);
  listener.line({ state: "opening" });
  void run();
  return {
    retry,
    restart: () => current.abort(),
    close: () => {
      closed = true;
      removeEventListener("online", retry);
      forget();
      current.abort();
      wake?.();
    },
  };
}

class Watch {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly late: () => void) {}

  reset(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.late, DEAD);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}
