/** One open conversation: its feed, its line to the server, and what is still on its way there. */
import { createStore, type StoreApi } from "zustand/vanilla";

import { useAccount } from "../../api/account";
import { stop as stopOf, streamOf, turn as turnOf, turns as turnsOf } from "../../api/chat";
import { Problem } from "../../api/http";
import { follow, type Line, type Stream } from "../../api/stream";
import { read } from "./events";
import { EMPTY, hear, prepend, withTurn, type Feed, type Heard } from "./feed";

export interface Talk {
  feed: Feed;
  line: Line;
  /** Where older turns begin; null when all are there, undefined before that is known. */
  older: string | null | undefined;
  loading: boolean;
}

export interface Conversation {
  id: string;
  store: StoreApi<Talk>;
  /** Follow it while somebody looks. */
  open: () => void;
  close: () => void;
  retry: () => void;
  stop: () => Promise<unknown>;
  loadOlder: () => Promise<void>;
  /** Have one turn with all that its tools brought back. */
  loadWhole: (turn: string) => Promise<void>;
}

const KEPT = 8;
const SNAPSHOT = 20;
const all = new Map<string, Conversation>();

/** The conversation of this id; the last few stay in memory, so that going back is instant. */
export function conversation(id: string): Conversation {
  const found = all.get(id) ?? make(id);
  all.delete(id);
  all.set(id, found);
  for (const old of [...all.keys()].slice(0, -KEPT)) {
    all.get(old)!.close();
    all.delete(old);
  }
  return found;
}

// What one person saw is not there for the next; an ended login comes back to it.
let whose = useAccount.getState().me?.id ?? null;
useAccount.subscribe(({ me }) => {
  if (!me || me.id === whose) return;
  for (const each of all.values()) each.close();
  all.clear();
  whose = me.id;
});

function make(id: string): Conversation {
  const store = createStore<Talk>(() => ({
    feed: EMPTY,
    line: { state: "opening" },
    older: undefined,
    loading: false,
  }));
  const batch = new Batch((events) => {
    const feed = hear(store.getState().feed, events);
    const { older } = store.getState();
    const first = older === undefined && feed.known;
    store.setState({ feed, ...(first ? { older: firstPage(feed) } : {}) });
    if (feed.lost) stream?.restart();
  });
  let stream: Stream | null = null;
  return {
    id,
    store,
    open: () => {
      stream ??= follow(streamOf(id), {
        cursor: () => (store.getState().feed.lost ? null : store.getState().feed.cursor),
        line: (line) => store.setState({ line }),
        frames: (frames) => {
          for (const frame of frames) {
            const event = read(frame);
            if (event) batch.add({ id: frame.id, event });
          }
        },
      });
    },
    close: () => {
      stream?.close();
      stream = null;
      batch.flush();
    },
    retry: () => stream?.retry(),
    stop: () => stopOf(id),
    loadWhole: async (turn) => {
      const whole = await turnOf(id, turn);
      store.setState(({ feed }) => ({ feed: withTurn(feed, whole) }));
    },
    loadOlder: async () => {
      const { older, loading } = store.getState();
      if (loading || older === null || older === undefined) return;
      store.setState({ loading: true });
      try {
        const page = await turnsOf(id, older);
        store.setState(({ feed }) => ({ feed: prepend(feed, page.turns), older: page.next }));
      } catch (error) {
        // The button stays; the line above the composer tells of a silent server.
        if (!(error instanceof Problem)) throw error;
      } finally {
        store.setState({ loading: false });
      }
    },
  };
}

function firstPage(feed: Feed): string | null {
  return feed.order.length < SNAPSHOT ? null : feed.order[0]!;
}

/** Gathers events and hands them on once per frame; hidden pages draw no frames. */
class Batch {
  private events: Heard[] = [];
  private due = false;

  constructor(private readonly handOn: (events: Heard[]) => void) {}

  add(event: Heard): void {
    this.events.push(event);
    if (this.due) return;
    this.due = true;
    if (document.hidden) setTimeout(() => this.flush(), 100);
    else requestAnimationFrame(() => this.flush());
  }

  flush(): void {
    this.due = false;
    const events = this.events;
    this.events = [];
    if (events.length) this.handOn(events);
  }
}
