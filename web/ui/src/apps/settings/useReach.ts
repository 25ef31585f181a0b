/** Trying how a provider is reached, and keeping it; what is wrong is told at the field it is of. */
import { useState } from "react";

import { keepReach, tryModel, type Provider, type Reach } from "../../api/panel";
import type { Trial } from "../../generated";
import { faulty, type Faulty } from "./reach";
import { useChange } from "./usePanel";

export function useReach(provider: Provider, reach: Reach) {
  const { busy, problem, change, clear } = useChange();
  const [does, setDoes] = useState<"test" | "keep">("test");
  const [tried, setTried] = useState<Trial | null>(null);

  async function run(what: "test" | "keep", work: () => Promise<Trial>): Promise<Trial | null> {
    setDoes(what);
    setTried(null);
    let found: Trial | null = null;
    await change(async () => {
      found = await work();
    });
    setTried(found);
    return found;
  }

  const failed = tried && !tried.ok ? tried.says : null;
  const says = problem?.message ?? failed;
  const at = says === null ? null : faulty(problem?.code ?? "", reach);
  return {
    busy: busy ? does : null,
    works: tried?.ok ? tried : null,
    wrong: (field: Faulty) => (field === at ? says : null),
    /** Nothing shows that it works, and it is not known to be wrong. */
    unproven: problem?.code === "unproven",
    test: () => run("test", () => tryModel(provider, reach)),
    keep: (anyway = false) => run("keep", () => keepReach(provider, reach, anyway)),
    /** Something else is written: what was said is of before. */
    clear: () => {
      clear();
      setTried(null);
    },
  };
}
