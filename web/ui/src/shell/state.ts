/** What of the desktop is open. */
import { create } from "zustand";

interface Shell {
  settings: boolean;
  openSettings: () => void;
  closeSettings: () => void;
}

export const useShell = create<Shell>()((set) => ({
  settings: false,
  openSettings: () => set({ settings: true }),
  closeSettings: () => set({ settings: false }),
}));
