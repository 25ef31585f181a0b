import { useState } from "react";

import { Problem } from "./http";

/** Something that asks the server: whether it runs, and why it was refused. */
export function useAct() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  async function act(work: () => Promise<unknown>): Promise<boolean> {
    setBusy(true);
    setProblem(null);
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      return false;
    } finally {
      setBusy(false);
    }
  }

  return { busy, problem, error: problem?.message ?? null, act, clear: () => setProblem(null) };
}
