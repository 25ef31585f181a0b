/** Foreign servers as they are now, and changing what they may. */
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { foreign } from "../../api/foreign";
import { useAct } from "../../api/useAct";
import { useFrame } from "../../shell/frame";
import { proven } from "./proof";

const FOREIGN = ["foreign"];
const LOOK = 2_000;

export function useForeign() {
  const { seen } = useFrame();
  // A server may come, go, or say something else at any moment.
  return useQuery({
    queryKey: FOREIGN,
    queryFn: foreign,
    enabled: seen,
    refetchInterval: seen ? LOOK : false,
  });
}

/** Something that changes what they may: proven where it must be, and then looked at again. */
export function useForeignChange() {
  const client = useQueryClient();
  const { act, ...rest } = useAct();
  const change = async (work: () => Promise<unknown>) => {
    const done = await act(() => proven(work));
    await client.invalidateQueries({ queryKey: FOREIGN });
    return done;
  };
  return { ...rest, change };
}
