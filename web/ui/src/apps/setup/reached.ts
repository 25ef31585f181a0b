/** How far the setup came: kept in this tab, and on the server, so that it goes on in any browser. */
import { create } from "zustand";

import { layOut } from "../../api/desktop";
import { Problem } from "../../api/http";
import type { LayoutKept } from "../../generated";

/** The step that is next. */
export type Step = NonNullable<LayoutKept["setup"]>;

const AT = "livos.setup.at";
const STEPS: readonly string[] = ["brain", "channel", "question"] satisfies Step[];

/** What the page knows of it; null until the server said, or where nobody began. */
export const useSetup = create<{ step: Step | null }>()(() => ({ step: null }));

/** Where it goes on; at its beginning where it is over, or never began. */
export function here(): Step {
  const kept = sessionStorage.getItem(AT);
  return kept !== null && STEPS.includes(kept) ? (kept as Step) : "brain";
}

/** Note which step is next. */
export function reached(step: Step): void {
  if (step === "done") sessionStorage.removeItem(AT);
  else sessionStorage.setItem(AT, step);
  useSetup.setState({ step });
  layOut({ setup: step }).catch((problem: unknown) => {
    // It goes on in this tab all the same.
    if (!(problem instanceof Problem)) throw problem;
  });
}

/** Take what the server knows; what was done here since is newer. */
export function learned(found: Step | null): void {
  useSetup.setState(({ step }) => ({ step: step ?? found }));
}
