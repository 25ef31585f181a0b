import { useEffect } from "react";

import { useAccount } from "../api/account";
import { watch } from "../api/socket";
import { attend, type Attention } from "./attention";

interface System {
  stages: Record<string, boolean>;
}

/** Say in the top bar, the dock and at home which stages stand still, as the server tells it. */
export function useHealth(): void {
  const owner = useAccount((state) => state.me?.role === "owner");
  useEffect(() => {
    if (!owner) return undefined;
    const end = watch("system", ({ data }) => attend("stages", stopped(data as System)));
    return () => {
      end();
      attend("stages", []);
    };
  }, [owner]);
}

function stopped({ stages }: System): Attention[] {
  return Object.entries(stages)
    .filter(([, reads]) => !reads)
    .map(([stage]) => ({
      id: `stage ${stage}`,
      short: `${stage} stopped`,
      title: `The stage ${stage} stands still`,
      says: "Messages wait before it. Nothing is lost; they go on when it runs again.",
      app: "pipeline",
      path: "/pipeline",
    }));
}
