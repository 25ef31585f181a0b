/**
 * What was sent and is not yet accepted. It stays here, also over a reload, and is sent again with
 * the same key until the server says yes or no: so it arrives once.
 */
import { create } from "zustand";

import { useAccount } from "../../api/account";
import { send, type Message } from "../../api/chat";
import { Problem } from "../../api/http";
import { uuid } from "../../api/ids";
import { onBack } from "../../api/silence";
import type { Receipt } from "../../generated";

export interface Outgoing extends Message {
  key: string;
  at: number;
  state: "sending" | "waiting" | "refused" | "accepted";
  /** What the server said, when it refused. */
  why: string | null;
  /** When it is tried again. */
  until: number | null;
  /** Set once accepted: it leaves when the conversation shows this turn. */
  turn: string | null;
}

interface Outbox {
  messages: Outgoing[];
  post: (message: Message, taken: (accepted: Receipt) => void) => void;
  again: (key: string) => void;
  drop: (key: string) => void;
}

const KEY = "livos.outbox";
const PAUSES = [1_000, 2_000, 4_000, 8_000, 15_000];
/** What was taken from this page, since it was loaded. */
const asked = new Set<string>();
const takers = new Map<string, (accepted: Receipt) => void>();
const timers = new Map<string, ReturnType<typeof setTimeout>>();

export const useOutbox = create<Outbox>()((set, get) => {
  const change = (key: string, to: Partial<Outgoing>) =>
    set(({ messages }) => ({
      messages: messages.map((each) => (each.key === key ? { ...each, ...to } : each)),
    }));

  async function go(key: string, tries: number): Promise<void> {
    const message = get().messages.find((each) => each.key === key);
    if (!message || message.state === "accepted") return;
    change(key, { state: "sending", until: null });
    try {
      const accepted = await send(message, key);
      change(key, { state: "accepted", turn: accepted.turn, session: accepted.session });
      asked.add(accepted.turn);
      takers.get(key)?.(accepted);
      takers.delete(key);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (!error.passing) return change(key, { state: "refused", why: error.message });
      const told = error.retryAfter === null ? null : error.retryAfter * 1_000;
      const pause = told ?? PAUSES[Math.min(tries, PAUSES.length - 1)]!;
      change(key, { state: "waiting", why: error.message, until: Date.now() + pause });
      timers.set(
        key,
        setTimeout(() => void go(key, tries + 1), pause),
      );
    }
  }

  const again = (key: string) => {
    clearTimeout(timers.get(key));
    void go(key, 0);
  };

  return {
    messages: kept(),
    post: (message, taken) => {
      const key = uuid();
      takers.set(key, taken);
      const fresh = { state: "sending", why: null, until: null, turn: null } as const;
      set(({ messages }) => ({
        messages: [...messages, { ...message, ...fresh, key, at: Date.now() }],
      }));
      void go(key, 0);
    },
    again,
    drop: (key) => {
      clearTimeout(timers.get(key));
      set(({ messages }) => ({ messages: messages.filter((each) => each.key !== key) }));
    },
  };
});

useOutbox.subscribe(({ messages }) => {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(messages));
  } catch {
    // Then a reload forgets what was not accepted.
  }
});

function kept(): Outgoing[] {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "[]") as Outgoing[];
  } catch {
    return [];
  }
}

/** Send what a reload or an ended login interrupted. */
function resume(): void {
  for (const { key, state } of useOutbox.getState().messages) {
    if (state === "sending" || state === "waiting") useOutbox.getState().again(key);
  }
}

/** Whether a turn was asked here, and not in another window or by another channel. */
export function askedHere(turn: string): boolean {
  return asked.has(turn);
}

addEventListener("online", resume);
onBack(resume);
useAccount.subscribe((now, before) => {
  if (now.phase === "in" && before.phase !== "in") resume();
});
if (useAccount.getState().phase === "in") resume();
