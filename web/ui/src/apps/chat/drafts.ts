/** What was begun to be written, by conversation; it survives a reload. */
import { create } from "zustand";

const KEY = "livos.drafts";
const KEPT = 50;

interface Drafts {
  texts: Record<string, string>;
  write: (place: string, text: string) => void;
}

export const useDrafts = create<Drafts>()((set) => ({
  texts: kept(),
  write: (place, text) =>
    set(({ texts }) => {
      const { [place]: _, ...others } = texts;
      return { texts: text ? { ...others, [place]: text } : others };
    }),
}));

useDrafts.subscribe(({ texts }) => {
  try {
    const newest = Object.entries(texts).slice(-KEPT);
    sessionStorage.setItem(KEY, JSON.stringify(Object.fromEntries(newest)));
  } catch {
    // Then a reload forgets it.
  }
});

function kept(): Record<string, string> {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Record<string, string>;
  } catch {
    return {};
  }
}
