import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import { remove, rename, sessions } from "../../api/chat";
import { Problem } from "../../api/http";
import type { Session } from "../../generated";
import { note } from "../../kit/toast";

const KEY = ["sessions"];

/** The person's conversations, newest first; looked up again whenever something may have changed. */
export function useSessions() {
  const query = useInfiniteQuery({
    queryKey: KEY,
    queryFn: ({ pageParam }) => sessions(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: 15_000,
  });
  const list: Session[] = query.data?.pages.flatMap((page) => page.sessions) ?? [];
  return { ...query, list };
}

/** Have the list looked up again, for a message came or went. */
export function useSessionsAgain(): () => void {
  const client = useQueryClient();
  return () => void client.invalidateQueries({ queryKey: KEY });
}

export function useRename() {
  const again = useSessionsAgain();
  return useMutation({
    mutationFn: ({ id, title }: { id: string; title: string }) => rename(id, title),
    onError: (error) => tell("The name was not changed", error),
    onSettled: again,
  });
}

export function useRemove() {
  const again = useSessionsAgain();
  return useMutation({
    mutationFn: (id: string) => remove(id),
    onError: (error) => tell("The conversation was not deleted", error),
    onSettled: again,
  });
}

function tell(title: string, error: Error): void {
  note(false, title, error instanceof Problem ? error.message : null);
}
