import { useState } from "react";

import { Problem } from "./http";

/** Something that asks the server: whether it runs, and why it was refused. */
export function useAct() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function act(work: () => Promise<unknown>): Promise<boolean> {
    setBusy(true);
    setError(null);
    try {
      await work();
      return true;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setError(problem.message);
      return false;
    } finally {
      setBusy(false);
    }
  }

  return { busy, error, act, clear: () => setError(null) };
}
