/** Doing something to the machine: by the agent's own tools, with all that they ask first. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { create } from "zustand";

import { approvals } from "../../api/approvals";
import { Problem } from "../../api/http";
import { execute, executed, tools } from "../../api/tools";
import type { ApprovalCard, CallOutcome, Going } from "../../generated";
import { note } from "../../kit/notes";
import { isTier, type Tier } from "../../kit/tier";

const LOOK = 1_500;
const WAITING = 3_000;

/** What is under way, by what it acts on; kept while another view is shown. */
const useDeeds = create<{ by: Record<string, string> }>()(() => ({ by: {} }));

function under(target: string, word: string | null): void {
  useDeeds.setState(({ by }) => {
    const { [target]: _, ...rest } = by;
    return { by: word === null ? rest : { ...rest, [target]: word } };
  });
}

export interface Act {
  tool: string;
  /** `container:web`, as the tool itself names what it acts on. */
  target: string;
  arguments: Record<string, unknown>;
  /** While it goes on: `Stopping`. */
  doing: string;
}

/** The tools that the person may use, by name, each with its tier. */
export function useTiers(): Map<string, Tier> {
  const { data } = useQuery({ queryKey: ["tools"], queryFn: tools, staleTime: 60_000 });
  return new Map(
    (data?.tools ?? []).flatMap(({ name, tier }) => (isTier(tier) ? [[name, tier] as const] : [])),
  );
}

/** What waits for the person's decision, by what it acts on, whoever asked for it. */
export function useAsked(seen: boolean): Map<string, ApprovalCard> {
  const { data } = useQuery({
    queryKey: ["approvals"],
    queryFn: approvals,
    refetchInterval: seen ? WAITING : false,
  });
  return new Map(
    (data?.approvals ?? []).flatMap((each) => each.targets.map((target) => [target, each])),
  );
}

/** The word for what is being done to something; null when nothing is. */
export const useDoing = (target: string) => useDeeds(({ by }) => by[target] ?? null);

/** Returns how to do something; what came of it is said in a note. */
export function useAct(): (act: Act) => Promise<void> {
  const client = useQueryClient();
  const again = () =>
    Promise.all(
      ["approvals", "machine"].map((key) => client.invalidateQueries({ queryKey: [key] })),
    );
  return async (act) => {
    under(act.target, act.doing);
    try {
      let told = await execute(act.tool, act.arguments);
      while (isGoing(told)) {
        under(act.target, told.state === "working" ? act.doing : null);
        if (told.state === "awaiting") await again();
        await pause(LOOK);
        told = await executed(told.turn);
      }
      say(told);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      note(false, "It is not known what became of it", error.message);
    } finally {
      under(act.target, null);
      await again();
    }
  };
}

const isGoing = (told: CallOutcome): told is Going => "turn" in told && !("tool" in told);

function say(told: Exclude<CallOutcome, Going>): void {
  if ("blocked" in told) return note(false, "It did not run", told.reason);
  const [first, ...rest] = told.content.split("\n");
  if (told.state === "unknown") return note(null, "Unknown outcome", told.content);
  note(
    told.ok,
    told.ok ? (first ?? "Done") : "It failed",
    told.ok ? rest.join("\n") || null : told.content,
  );
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
