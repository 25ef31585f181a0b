import { Globe, SquareTerminal } from "lucide-react";
import { useState } from "react";

import { removeForeign } from "../../api/foreign";
import type { ForeignServerView, Reached } from "../../generated";
import { Button } from "../../kit/button";
import { Confirm } from "../../kit/dialog";
import { note } from "../../kit/notes";
import { Glyph, type Work } from "../../kit/state";
import { visible } from "../../kit/visible";
import { ForeignTool } from "./ForeignTool";
import { Group, Row } from "./Rows";
import styles from "./settings.module.css";
import { useForeignChange } from "./useForeign";

const WORDS: Record<ForeignServerView["state"], { work: Work; says: string }> = {
  starting: { work: "working", says: "Connecting" },
  up: { work: "done", says: "Connected" },
  away: { work: "failed", says: "Away" },
};

/** One server: what runs or answers there, how it is, and its tools. */
export function ForeignServer({ server }: { server: ForeignServerView }) {
  const { name, state, why, reached, tools } = server;
  const [asking, setAsking] = useState(false);
  const { busy, error, change } = useForeignChange();
  const { work, says } = WORDS[state];
  const wrong = error ?? why;

  async function remove(): Promise<void> {
    setAsking(false);
    if (await change(() => removeForeign(name))) note(true, `${name} is gone`);
  }

  return (
    <Group title={name}>
      <Row
        icon={
          reached.url ? (
            <Globe size={18} strokeWidth={1.75} aria-hidden />
          ) : (
            <SquareTerminal size={18} strokeWidth={1.75} aria-hidden />
          )
        }
        title={<code>{visible(reached.url || reached.command.join(" "))}</code>}
        second={
          <>
            {room(reached)}
            {wrong ? (
              <span
                className={`${styles.bad} ${styles.exactly}`}
                role={error ? "alert" : undefined}
              >
                {visible(wrong)}
              </span>
            ) : null}
          </>
        }
      >
        <span className={styles.together}>
          <span
            className={styles.state}
            role="status"
            data-good={state === "up" || undefined}
            data-bad={state === "away" || undefined}
          >
            <Glyph work={work} />
            {says}
          </span>
          <Button
            aria-label={`Remove ${name}`}
            busy={busy ? "Removing" : false}
            onClick={() => setAsking(true)}
          >
            Remove
          </Button>
        </span>
        <Confirm
          open={asking}
          title={`Remove ${name}?`}
          says="Its tools are gone at once, and so is what you made of each. It is added again in the terminal."
          act="Remove"
          onAct={() => void remove()}
          onClose={() => setAsking(false)}
        />
      </Row>
      {tools.map((each) => (
        <ForeignTool key={each.name} server={name} tool={each} />
      ))}
      {tools.length === 0 && state === "up" ? <Row title="It offers no tools" /> : null}
    </Group>
  );
}

/** What it can reach, in a sentence. */
function room(reached: Reached): string {
  if (reached.url) return "Elsewhere: what it is sent leaves this machine";
  if (reached.outside) return "Outside of the sandbox, with all rights of the server's user";
  const folders = [...reached.read.map((each) => `${each} (read)`), ...reached.write];
  const files = folders.length ? `sees ${folders.join(", ")}` : "sees no files";
  return visible(`In the sandbox: ${files}; ${reached.network ? "has the network" : "no network"}`);
}
