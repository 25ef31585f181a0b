/** What waits for a person, or has stopped: the one thing that is loud. */
import { create } from "zustand";

import { clock } from "../kit/words";
import type { AppId } from "./apps";

export interface Attention {
  id: string;
  /** Whether a person's word is wanted, or something stands still. */
  kind: "waits" | "stopped";
  /** In two or three words, for the top bar. */
  short: string;
  title: string;
  says: string;
  /** What tells it from another that reads the same: when, and in which conversation. */
  asked?: { at: number; in: string | undefined };
  app: AppId;
  path: string;
}

interface State {
  /** By who says so, so that each source replaces only its own. */
  from: Record<string, readonly Attention[]>;
}

const useState = create<State>()(() => ({ from: {} }));

/** Say all that a source knows of now. */
export function attend(source: string, items: readonly Attention[]): void {
  useState.setState(({ from }) => ({ from: { ...from, [source]: items } }));
}

/** `Asked at 14:03 in “The photo app is slow”`; nothing where nobody asked. */
export function askedOf({ asked }: Attention): string {
  if (!asked) return "";
  return `Asked at ${clock(asked.at)}${asked.in ? ` in “${asked.in}”` : ""}`;
}

const all = ({ from }: State) => Object.values(from).flat();

let before: Attention[] = [];

/** The same list as long as nothing in it changes. */
function stable(state: State): Attention[] {
  const now = all(state);
  const same = now.length === before.length && now.every((each, at) => each === before[at]);
  if (!same) before = now;
  return before;
}

export const useAttention = () => useState(stable);

export const attentionNow = (): readonly Attention[] => all(useState.getState());
