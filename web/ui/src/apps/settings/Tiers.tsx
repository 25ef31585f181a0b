import { SquarePen } from "lucide-react";
import { useState } from "react";

import type { ModelsShown } from "../../generated";
import { Dialog } from "../../kit/dialog";
import { capital } from "../../kit/words";
import { Choice, Group, Row } from "./Rows";
import styles from "./settings.module.css";
import { TierForm } from "./TierForm";
import { useChange, type Settings } from "./usePanel";

const SAYS: Record<string, string> = {
  flash: "quick and cheap",
  haiku: "small",
  sonnet: "for most work",
  opus: "for the hardest",
};

/** Which models are asked, in which order, for which kind of question. */
export function Tiers({ shown, settings }: { shown: ModelsShown; settings: Settings }) {
  const [editing, setEditing] = useState<string | null>(null);
  const { error, save } = useChange();
  const close = () => setEditing(null);
  const names = shown.tiers.map((each) => each.tier);
  const known = shown.providers.flatMap((each) => each.models.map((name) => `${each.id}:${name}`));
  if (shown.local) known.push(...shown.local.models.map((name) => `openai:${name}`));
  return (
    <Group title="Tiers">
      {shown.tiers.map(({ tier, models }) => (
        <li key={tier} className={styles.opens}>
          <button type="button" onClick={() => setEditing(tier)}>
            <b>{capital(tier)}</b>
            <span className={styles.order}>
              {models.map((each, at) => (
                <span key={`${each.provider}:${each.model}`} data-first={at === 0 || undefined}>
                  {at ? "then " : ""}
                  {each.provider === "offline" ? "the offline brain" : each.model}
                  {each.state === "ready"
                    ? ""
                    : ` (${each.state === "cooling" ? "resting" : each.state})`}
                </span>
              ))}
            </span>
            <SquarePen size={16} strokeWidth={1.75} aria-hidden />
          </button>
        </li>
      ))}
      <Row title="Usual tier" second={error ?? "It answers where a conversation has chosen none"}>
        <Choice
          label="Usual tier"
          value={shown.default}
          options={names.map((name) => ({ value: name, title: capital(name) }))}
          onChoose={(tier) => void save({ "models.default": tier })}
        />
      </Row>
      <Dialog
        open={editing !== null}
        onClose={close}
        title={`Models of the tier ${capital(editing ?? "")}`}
      >
        {editing ? (
          <TierForm
            tier={editing}
            says={SAYS[editing] ?? ""}
            now={settings[`models.${editing}`]?.value as string[]}
            known={[...new Set([...known, "rules"])]}
            onClose={close}
          />
        ) : null}
      </Dialog>
    </Group>
  );
}
