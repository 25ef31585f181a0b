import { useQuery } from "@tanstack/react-query";

import { machine } from "../../api/monitor";

/** How the machine is, asked for again every `ms`; one answer for all who look. */
export function useMachine(ms: number | false) {
  return useQuery({ queryKey: ["machine"], queryFn: machine, refetchInterval: ms });
}
