import { useQuery } from "@tanstack/react-query";

import { flow } from "../../api/flow";

/** How the pipeline is, asked for again every `ms`; one answer for all who look. */
export function useFlow(ms: number | false) {
  return useQuery({ queryKey: ["flow"], queryFn: flow, refetchInterval: ms });
}
