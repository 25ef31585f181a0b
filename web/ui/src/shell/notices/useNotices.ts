/** The notices of the person who is here, as the server tells them. */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { create } from "zustand";

import { Problem } from "../../api/http";
import { notices, seen } from "../../api/notices";
import { watch } from "../../api/socket";
import type { NoticesLive } from "../../generated";
import { note } from "../../kit/notes";

const KEY = ["notices"];

interface Bell {
  open: boolean;
  unseen: number;
}

export const useBell = create<Bell>()(() => ({ open: false, unseen: 0 }));

/** Follow what is told: the number on the bell, and what is said at the edge of the page. */
export function useNoticesTold(): void {
  const client = useQueryClient();
  useEffect(
    () =>
      watch("notices", ({ data }) => {
        const { unseen, fresh } = data as NoticesLive;
        useBell.setState({ unseen });
        void client.invalidateQueries({ queryKey: KEY });
        if (useBell.getState().open) return;
        for (const { source, level, title, says } of fresh) {
          // What waits for a decision has a place of its own, in the same corner of every page.
          if (source === "approvals") continue;
          note(level === "info" ? true : level === "problem" ? false : null, title, says || null);
        }
      }),
    [client],
  );
}

export function useNotices() {
  const query = useInfiniteQuery({
    queryKey: KEY,
    queryFn: ({ pageParam }) => notices(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  return { ...query, list: query.data?.pages.flatMap((page) => page.notices) ?? [] };
}

export function useSee() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: seen,
    onError: (error) =>
      note(false, "It still counts as new", error instanceof Problem ? error.message : null),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}
