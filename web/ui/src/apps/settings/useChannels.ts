/** The messengers as they are now, and changing them. */
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { channels } from "../../api/channels";
import { useAct } from "../../api/useAct";
import { useFrame } from "../../shell/frame";
import { proven } from "./proof";

export const CHANNELS = ["channels"];
export const PAIRINGS = ["people", "pairings"];
export const IDENTITIES = ["people", "identities"];
/** A change takes a second or two: whoever waits for it sees it at once. */
export const SOON = 1_000;

export function useChannels() {
  const { seen } = useFrame();
  return useQuery({
    queryKey: CHANNELS,
    queryFn: channels,
    enabled: seen,
    refetchInterval: seen ? SOON : false,
  });
}

/** Something that changes who reaches the server, and how: proven, and then looked at again. */
export function useReach() {
  const client = useQueryClient();
  const { act, ...rest } = useAct();
  const change = async (work: () => Promise<unknown>) => {
    const done = await act(() => proven(work));
    await Promise.all(
      [CHANNELS, PAIRINGS, IDENTITIES].map((queryKey) => client.invalidateQueries({ queryKey })),
    );
    return done;
  };
  return { ...rest, change };
}
