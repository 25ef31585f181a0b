import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { create } from "zustand";

import { remove, rename, sessions } from "../../api/chat";
import { Problem } from "../../api/http";
import { watch } from "../../api/socket";
import type { Session } from "../../generated";
import { note } from "../../kit/notes";

const KEY = ["sessions"];

/** Whether the server tells by itself what changes. */
const useTold = create<{ told: boolean }>()(() => ({ told: false }));

/** Have the list looked up whenever the server says that something was said somewhere. */
export function useSessionsTold(): void {
  const client = useQueryClient();
  useEffect(
    () =>
      watch(
        "sessions",
        () => void client.invalidateQueries({ queryKey: KEY }),
        (told) => useTold.setState({ told }),
      ),
    [client],
  );
}

/** The person's conversations, newest first. */
export function useSessions() {
  const told = useTold((state) => state.told);
  const query = useInfiniteQuery({
    queryKey: KEY,
    queryFn: ({ pageParam }) => sessions(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: told ? false : 15_000,
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
