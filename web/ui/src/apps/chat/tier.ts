/** The tier that a person chose for a conversation. */
import { create } from "zustand";

interface Chosen {
  chosen: Record<string, string>;
  choose: (place: string, tier: string | null) => void;
}

export const useTier = create<Chosen>()((set) => ({
  chosen: {},
  choose: (place, tier) =>
    set(({ chosen }) => {
      const { [place]: _, ...others } = chosen;
      return { chosen: tier ? { ...others, [place]: tier } : others };
    }),
}));
