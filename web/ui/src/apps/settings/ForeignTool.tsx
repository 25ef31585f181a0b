import { useState } from "react";

import { classify } from "../../api/foreign";
import type { ClassifyForm, ForeignToolView } from "../../generated";
import { Button } from "../../kit/button";
import { Dialog, DialogForm } from "../../kit/dialog";
import { isTier, TierShape } from "../../kit/tier";
import { visible } from "../../kit/visible";
import { Row } from "./Rows";
import styles from "./settings.module.css";
import { useForeignChange } from "./useForeign";

type Chosen = ClassifyForm["tier"];

const TIERS: { tier: Chosen; means: string }[] = [
  { tier: "YELLOW", means: "runs, and is reported" },
  { tier: "ORANGE", means: "asks you each time" },
  { tier: "RED", means: "asks you, with a code" },
  { tier: "BLACK", means: "never runs" },
];

interface Props {
  server: string;
  tool: ForeignToolView;
}

/** A foreign tool: how dangerous it is, and why, in a row; all that it says, when one chooses. */
export function ForeignTool({ server, tool }: Props) {
  const { name, description, tier, why } = tool;
  const [reading, setReading] = useState<ForeignToolView | null>(null);
  const close = () => setReading(null);
  const [first = ""] = description.trim().split("\n", 1);
  return (
    <Row
      icon={isTier(tier) ? <TierShape tier={tier} size={18} /> : null}
      title={<code>{visible(name)}</code>}
      second={
        <>
          <span className={styles.first}>{visible(first) || "It says nothing of itself"}</span>
          {tier === "BLACK" ? <span className={styles.exactly}>BLACK: {visible(why)}</span> : null}
        </>
      }
    >
      {/* What is being read stays as it was, whatever the server says meanwhile. */}
      <Button aria-label={`Classify ${visible(name)}`} onClick={() => setReading(tool)}>
        {tier === "BLACK" ? "Classify" : tier}
      </Button>
      <Dialog open={reading !== null} onClose={close} title={visible(name)}>
        {reading ? <Classify server={server} tool={reading} onClose={close} /> : null}
      </Dialog>
    </Row>
  );
}

function Classify({ server, tool, onClose }: Props & { onClose: () => void }) {
  const now = TIERS.find((each) => each.tier === tool.tier)?.tier ?? "BLACK";
  const [chosen, setChosen] = useState<Chosen>(now);
  const { busy, error, change } = useForeignChange();

  async function save(): Promise<void> {
    const form = { tool: tool.name, tier: chosen, pin: tool.pin };
    if (await change(() => classify(server, form))) onClose();
  }

  return (
    <DialogForm
      title={visible(tool.name)}
      says={`What it says of itself; nobody has checked it. It belongs to ${server}.`}
      act="Save"
      busy={busy ? "Saving" : false}
      onClose={onClose}
      onSubmit={() => void save()}
    >
      <pre className={styles.words} tabIndex={0} aria-label="What it says of itself">
        {visible(tool.description) || "Nothing."}
      </pre>
      {tool.takes.length ? (
        <p className={styles.quiet}>
          It takes <code className={styles.file}>{visible(tool.takes.join(", "))}</code>
        </p>
      ) : null}
      <fieldset className={styles.tiers}>
        <legend>How dangerous is it?</legend>
        {TIERS.map(({ tier, means }) => (
          <label key={tier} data-on={tier === chosen || undefined}>
            <input
              type="radio"
              name="tier"
              value={tier}
              checked={tier === chosen}
              onChange={() => setChosen(tier)}
            />
            <TierShape tier={tier} size={18} />
            <b>{tier}</b>
            {means}
          </label>
        ))}
      </fieldset>
      {error ? (
        <p className={styles.bad} role="alert">
          {error}
        </p>
      ) : null}
    </DialogForm>
  );
}
