import { useQuery } from "@tanstack/react-query";
import { ChevronDown, Sparkles } from "lucide-react";

import { models } from "../../api/chat";
import type { Models } from "../../generated";
import { Menu, MenuChoice } from "../../kit/menu";
import { capital, clock } from "../../kit/words";
import styles from "./composer.module.css";
import { useTier } from "./tier";

/** Which tier answers; the server's own choice unless the person made one. */
export function TierPicker({ place }: { place: string }) {
  const { data } = useQuery({ queryKey: ["models"], queryFn: models, staleTime: 60_000 });
  const chosen = useTier((state) => state.chosen[place] ?? null);
  const choose = useTier((state) => state.choose);
  if (!data || isOne(data)) return null;
  const tier = chosen ?? data.default;
  const options = data.tiers.map((each) => ({
    value: each.tier,
    label: capital(each.tier) + (each.tier === data.default ? ", usual" : ""),
    second: line(data, each.tier),
  }));
  return (
    <Menu
      side="top"
      button={
        <button type="button" className={styles.tier}>
          <Sparkles size={16} strokeWidth={1.75} aria-hidden />
          <span className="unseen">Model: </span>
          <b>{capital(tier)}</b> <span className={styles.model}>{first(data, tier)}</span>
          <ChevronDown size={14} strokeWidth={1.75} aria-hidden />
        </button>
      }
    >
      <MenuChoice
        label="Who answers"
        value={tier}
        options={options}
        onChoose={(value) => choose(place, value === data.default ? null : value)}
      />
    </Menu>
  );
}

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
