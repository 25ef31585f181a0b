/** What is behind everything: our hills, or only their colours. */
import { create } from "zustand";

export type Wallpaper = "hills" | "plain";

const KEY = "livos.wallpaper";

function kept(): Wallpaper {
  try {
    return localStorage.getItem(KEY) === "plain" ? "plain" : "hills";
  } catch {
    return "hills";
  }
}

export const useWallpaper = create<{ wallpaper: Wallpaper }>()(() => ({ wallpaper: kept() }));

function show({ wallpaper }: { wallpaper: Wallpaper }): void {
  document.documentElement.dataset["wallpaper"] = wallpaper;
}

show(useWallpaper.getState());
useWallpaper.subscribe(show);

export function chooseWallpaper(wallpaper: Wallpaper): void {
  try {
    localStorage.setItem(KEY, wallpaper);
  } catch {
    // It holds until the page is loaded anew.
  }
  useWallpaper.setState({ wallpaper });
}
