/** What changes the server needs a fresh proof that it is you; it is asked for when it is needed. */
import { create } from "zustand";

import { Problem } from "../../api/http";

interface State {
  /** Whoever waits for the proof hears whether it was shown. */
  waiting: ((shown: boolean) => void) | null;
}

export const useProof = create<State>()(() => ({ waiting: null }));

/** Do something; where a proof is missing, ask for it and do it again. */
export async function proven<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.code !== "proof_needed") throw problem;
    const shown = await new Promise<boolean>((waiting) => useProof.setState({ waiting }));
    if (!shown) throw problem;
    return work();
  }
}

/** Say how it went to whoever waits. */
export function settleProof(shown: boolean): void {
  const { waiting } = useProof.getState();
  useProof.setState({ waiting: null });
  waiting?.(shown);
}
