/**
 * The layout follows its person: this browser has a copy, the server the last word.
 *
 * Each change is sent a moment later; the version says whether another browser was the last to
 * change something. A phone has no windows of its own, so it sends and takes only the looks.
 */
import { useAccount } from "../api/account";
import { layout as asked, layOut } from "../api/desktop";
import { Problem } from "../api/http";
import { learned } from "../apps/setup/reached";
import type { Layout, LayoutKept } from "../generated";
import { PHONE } from "../kit/hooks";
import { useTheme } from "../theme/theme";
import { chooseWallpaper, useWallpaper } from "../theme/wallpaper";
import { isApp } from "./apps";
import { lay, useDesk } from "./desk";
import { read } from "./windows";

const PAUSE = 1_000;
const AGAIN = 15_000;

const key = () => `livos.layout.${useAccount.getState().me?.id ?? ""}`;

/** The version this browser has; changes that were not sent make it older than any. */
function version(): number {
  try {
    return Number(localStorage.getItem(key()) ?? 0);
  } catch {
    return 0;
  }
}

function remember(found: number): void {
  try {
    localStorage.setItem(key(), String(found));
  } catch {
    // Then the server's layout is taken again with each load of the page.
  }
}

/** What the person has before them now. */
function current(): Layout {
  const { windows, last } = useDesk.getState();
  const looks = { theme: useTheme.getState().choice, wallpaper: useWallpaper.getState().wallpaper };
  if (matchMedia(PHONE).matches) return looks;
  return { ...looks, desk: { windows: [...windows], last } };
}

/** Begin as another browser left it, and keep what changes here; returns how to end. */
export function keepLayout(): () => void {
  let ended = false;
  let taking = true;
  let sent: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function begin(): Promise<void> {
    try {
      const found = await asked();
      if (ended) return;
      if (found.version > version()) take(found);
      remember(found.version);
      learned(found.setup);
      sent = textOf(matchMedia(PHONE).matches ? { ...found, desk: null } : found);
      taking = false;
      changed();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (!ended && error.passing) timer = setTimeout(() => void begin(), AGAIN);
    }
  }

  async function send(): Promise<void> {
    const now = current();
    const text = textOf(now);
    if (text === sent) return;
    try {
      const kept = await layOut(now);
      sent = text;
      remember(kept.version);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // A layout is not worth a word to the person; what cannot be kept is kept in this browser.
      if (error.passing && !ended) timer = setTimeout(() => void send(), AGAIN);
    }
  }

  function changed(): void {
    if (taking) return;
    clearTimeout(timer);
    timer = setTimeout(() => void send(), PAUSE);
  }

  const ends = [useDesk, useTheme, useWallpaper].map((store) => store.subscribe(changed));
  void begin();
  return () => {
    ended = true;
    clearTimeout(timer);
    for (const end of ends) end();
  };
}

/** The same text for the same layout, in whichever order its parts come. */
function textOf({ desk = null, theme, wallpaper }: Layout): string {
  return JSON.stringify({ desk, theme, wallpaper }, (_, value: unknown) =>
    value && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

function take({ desk, theme, wallpaper }: LayoutKept): void {
  if (theme) useTheme.getState().choose(theme);
  if (wallpaper) chooseWallpaper(wallpaper);
  if (!desk || matchMedia(PHONE).matches) return;
  const windows = read(desk, isApp);
  if (windows) lay(windows);
}
