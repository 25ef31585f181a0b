/** What lies over the whole page, one at a time. */
import { create } from "zustand";

export const useOverlay = create<{ shown: "palette" | "keys" | null }>()(() => ({ shown: null }));

export const closeOverlay = () => useOverlay.setState({ shown: null });
