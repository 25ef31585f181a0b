/** Who is logged in here, and how a login is kept alive. */
import { create } from "zustand";

import { Problem, ask, csrf, renewsBy } from "./http";
import { alone } from "./lock";
import type { Me, SetupState } from "../generated";

interface Account {
  /** `asking` until the server said; `silent` when it did not. */
  phase: "asking" | "silent" | "setup" | "out" | "in";
  me: Me | null;
  /** Whether a login ended by itself: the page says so, and comes back to where it was. */
  ended: boolean;
}

export const useAccount = create<Account>()(() => ({ phase: "asking", me: null, ended: false }));

const UNTIL = "livos.login.until";
const EARLY = 60_000;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Take in what the server says of the person. */
export function entered(me: Me): void {
  remember(me.expires_at);
  useAccount.setState({ phase: "in", me, ended: false });
  clearTimeout(timer);
  const wait = Math.max(me.expires_at - Date.now() - EARLY, 5_000);
  // A renewal that fails now is tried by the next request that needs it.
  timer = setTimeout(() => void renewed().catch(() => false), Math.min(wait, 0x7fffffff));
}

/** The login ended: by the person, or by itself. */
export function left(ended: boolean): void {
  clearTimeout(timer);
  const { phase } = useAccount.getState();
  useAccount.setState({ phase: "out", me: null, ended: ended && phase === "in" });
}

/** Find out where we stand. */
export async function whoAmI(): Promise<void> {
  try {
    // One that has run out need not be asked about first.
    const me = remembered() > Date.now() ? await meOrNull() : null;
    if (me) return entered(me);
    if (csrf() && (await renewed())) return;
    const { needed } = await ask<SetupState>("/api/setup");
    if (needed) useAccount.setState({ phase: "setup", me: null });
    else left(false);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    useAccount.setState({ phase: "silent" });
  }
}

async function meOrNull(): Promise<Me | null> {
  // The word against forgery comes and goes with the login: without it there is none to ask for.
  if (!csrf()) return null;
  try {
    return await ask<Me>("/api/auth/me");
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

let running: Promise<boolean> | null = null;

/** Renew the login; of all tabs one asks, for a refresh cookie used twice ends the login. */
export function renewed(): Promise<boolean> {
  running ??= alone("livos.refresh", renewNow).finally(() => {
    running = null;
  });
  return running;
}

async function renewNow(): Promise<boolean> {
  if (remembered() > Date.now() + EARLY) {
    const me = await meOrNull();
    if (me) {
      entered(me);
      return true;
    }
  }
  try {
    entered(await ask<Me>("/api/auth/refresh", { method: "POST" }));
    return true;
  } catch (error) {
    if (error instanceof Problem && !error.passing) {
      left(true);
      return false;
    }
    throw error;
  }
}

renewsBy(renewed);

function remember(until: number): void {
  try {
    localStorage.setItem(UNTIL, String(until));
  } catch {
    // Then each tab renews for itself.
  }
}

function remembered(): number {
  try {
    return Number(localStorage.getItem(UNTIL));
  } catch {
    return 0;
  }
}

/** Whether they have an app with codes, which a password alone does not replace. */
export const useHasApp = () => useAccount((state) => state.me?.totp ?? false);
