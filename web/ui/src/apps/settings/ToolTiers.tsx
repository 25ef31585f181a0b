import { useState } from "react";

import type { ToolShown } from "../../generated";
import { isTier, TierShape } from "../../kit/tier";
import { toolName } from "../../kit/words";
import { Choice, Group, Row } from "./Rows";
import styles from "./settings.module.css";
import { useChange } from "./usePanel";

const TIERS = ["GREEN", "YELLOW", "ORANGE", "RED", "BLACK"];
const OWN = "own";

interface Props {
  tools: ToolShown[];
  now: Record<string, string>;
  failed: boolean;
}

/** Each tool with its tier, and the owner's word over it. */
export function ToolTiers({ tools, now, failed }: Props) {
  const [words, setWords] = useState("");
  const { error, save } = useChange();
  const wanted = words.trim().toLowerCase().replaceAll(" ", "_");
  // One that was made BLACK is offered to nobody, so it is not in the list of the others.
  const hidden = Object.keys(now).filter((name) => !tools.some((each) => each.name === name));
  const names = [...tools.map((each) => each.name), ...hidden].filter((each) =>
    each.includes(wanted),
  );

  function choose(name: string, tier: string): void {
    const { [name]: _, ...others } = now;
    const next = tier === OWN ? others : { ...others, [name]: tier };
    void save({ "policy.tiers": Object.keys(next).length ? next : null });
  }

  return (
    <>
      <div className={styles.finder}>
        <h3>Tools</h3>
        <input
          type="search"
          aria-label="Find a tool"
          placeholder="Find a tool"
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
      </div>
      {error ? (
        <p className={styles.bad} role="alert">
          {error}
        </p>
      ) : null}
      <Group>
        {names.map((name) => {
          const tool = tools.find((each) => each.name === name);
          const tier = now[name] ?? tool?.tier ?? "BLACK";
          return (
            <Row
              key={name}
              icon={isTier(tier) ? <TierShape tier={tier} size={18} /> : null}
              title={toolName(name)}
              second={tool?.description.split(". ")[0] ?? "Never through Nexus, by your word"}
            >
              <Choice
                label={`Tier of ${toolName(name)}`}
                value={now[name] ?? OWN}
                options={[
                  { value: OWN, title: now[name] ? "Its own" : `${tier}, its own` },
                  ...TIERS.map((each) => ({ value: each, title: each })),
                ]}
                onChoose={(chosen) => choose(name, chosen)}
              />
            </Row>
          );
        })}
        {names.length ? null : (
          <Row title={failed ? "The list of tools did not come" : "No tool has these letters"} />
        )}
      </Group>
    </>
  );
}
