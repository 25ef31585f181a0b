import { useQuery } from "@tanstack/react-query";
import { ChevronDown, Sparkles } from "lucide-react";
import { useEffect } from "react";

import { models } from "../../api/chat";
import type { Models } from "../../generated";
import { Menu, MenuChoice } from "../../kit/menu";
import { capital, clock } from "../../kit/words";
import styles from "./composer.module.css";
import { answering, keptOf, USUAL, type Answering } from "./answering";
import { useTier } from "./tier";

interface Props {
  place: string;
  /** Null where there is no conversation yet. */
  session: string | null;
}

/** Who answers the next message, as the server will have it; the way to another, and back. */
export function TierPicker({ place, session }: Props) {
  const { data } = useQuery({
    queryKey: ["models", session],
    queryFn: () => models(session),
    staleTime: 60_000,
  });
  const here = useTier((state) => state.chosen[place]);
  const choose = useTier((state) => state.choose);
  const now = data && answering(data, here);
  // One that is no tier any more would be refused.
  const gone = here !== undefined && now !== undefined && now.by !== "here";
  useEffect(() => {
    if (gone) choose(place, null);
  }, [gone, place, choose]);
  if (!data || !now || isOne(data)) return null;
  const usual = {
    value: USUAL,
    label: "Default",
    second: "As the server chooses for each question",
  };
  const options = data.tiers.map(({ tier }) => ({
    value: tier,
    label: capital(tier) + (tier === data.chosen ? ", by /model" : ""),
    second: line(data, tier),
  }));
  return (
    <Menu
      side="top"
      button={
        <button type="button" className={styles.tier} title={WHY[now.by]}>
          <Sparkles size={16} strokeWidth={1.75} aria-hidden />
          <span className="unseen">Model: </span>
          <b>{now.tier === USUAL ? "Default" : capital(now.tier)}</b>{" "}
          <span className={styles.model}>{first(data, now.tier || data.default)}</span>
          <ChevronDown size={14} strokeWidth={1.75} aria-hidden />
        </button>
      }
    >
      <MenuChoice
        label="Who answers"
        value={now.tier}
        options={[usual, ...options]}
        onChoose={(value) => choose(place, keptOf(data, value))}
      />
    </Menu>
  );
}

const WHY: Record<Answering["by"], string> = {
  here: "You chose it here, for this conversation",
  conversation: "Chosen for this conversation by /model",
  usual: "What the server uses unless somebody chooses",
};

/** Whether every tier is the same models: without a key, nothing can be chosen. */
function isOne(data: Models): boolean {
  const names = data.tiers.map((each) => each.models.map(({ model }) => model).join());
  return new Set(names).size < 2;
}

function first(data: Models, tier: string): string {
  const all = data.tiers.find((each) => each.tier === tier)?.models ?? [];
  return (all.find((each) => each.state === "ready") ?? all[0])?.model ?? "";
}

function line(data: Models, tier: string): string {
  const all = data.tiers.find((each) => each.tier === tier)?.models ?? [];
  return all
    .map(({ model, state, until }) => {
      if (state === "ready") return model;
      const why = state === "cooling" && until ? `rests until ${clock(until)}` : state;
      return `${model} (${why})`;
    })
    .join(", then ");
}
