/** The tier that a person chose for a conversation; the same in all tabs. */
import { create } from "zustand";

interface Chosen {
  /** By conversation; `USUAL` for the server's own choice. */
  chosen: Record<string, string>;
  /** Null chooses nothing here: then the conversation's own choice counts. */
  choose: (place: string, tier: string | null) => void;
}

const KEY = "livos.tiers";
const KEPT = 100;

export const useTier = create<Chosen>()((set) => ({
  chosen: kept(),
  choose: (place, tier) => {
    const { [place]: _, ...others } = kept();
    const chosen = tier === null ? others : { ...others, [place]: tier };
    try {
      const newest = Object.entries(chosen).slice(-KEPT);
      localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(newest)));
    } catch {
      // It holds until the page is loaded anew.
    }
    set({ chosen });
  },
}));

function kept(): Record<string, string> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Record<string, string>;
  } catch {
    return {};
  }
}

addEventListener("storage", ({ key }) => {
  if (key === KEY) useTier.setState({ chosen: kept() });
});
