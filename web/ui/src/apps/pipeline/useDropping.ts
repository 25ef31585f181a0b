import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";

import { order } from "../../api/flow";
import { Problem } from "../../api/http";
import type { DeskForm } from "../../generated";
import { note } from "../../kit/notes";

/** How long something that is dropped can be kept yet. A code of the app counts for longer. */
export const GRACE = 6_000;

/**
 * Letters that are about to be dropped, by their entries. Nothing is ordered before the grace is
 * over: a page that is closed meanwhile has dropped nothing.
 */
export function useDropping() {
  const client = useQueryClient();
  const timers = useRef(new Map<string, ReturnType<typeof setTimeout>>());
  const [entries, setEntries] = useState<ReadonlySet<string>>(new Set());
  const changed = useCallback(() => setEntries(new Set(timers.current.keys())), []);

  const keep = useCallback(
    (entry: string) => {
      clearTimeout(timers.current.get(entry));
      timers.current.delete(entry);
      changed();
    },
    [changed],
  );

  const drop = useCallback(
    (form: DeskForm) => {
      const entry = form.letters[0]!;
      const late = async () => {
        try {
          await order(form);
          note(true, "Dropped a letter");
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          note(false, "The letter is still there", error.message);
        }
        await client.invalidateQueries({ queryKey: ["flow"] });
        timers.current.delete(entry);
        changed();
      };
      timers.current.set(
        entry,
        setTimeout(() => void late(), GRACE),
      );
      changed();
    },
    [client, changed],
  );

  useEffect(() => {
    const all = timers.current;
    return () => all.forEach((timer) => clearTimeout(timer));
  }, []);
  return { entries, drop, keep };
}
