import { Button } from "../../kit/button";
import { useNow } from "../../kit/hooks";
import { Glyph } from "../../kit/state";
import { Bubble } from "./Bubble";
import { useOutbox, type Outgoing } from "./outbox";
import styles from "./turn.module.css";

/** A message that the server has not taken yet. */
export function Unsent({ message }: { message: Outgoing }) {
  const again = useOutbox((state) => state.again);
  const drop = useOutbox((state) => state.drop);
  const now = useNow(message.state === "waiting");
  const { key, state, why, until } = message;
  const left = until === null ? 0 : Math.max(Math.ceil((until - now) / 1_000), 0);
  return (
    <div className={styles.turn}>
      <Bubble text={message.text} attachments={message.attachments} dim />
      {state === "sending" ? null : (
        <div className={`${styles.meta} ${styles.right}`} role="status">
          <Glyph work={state === "refused" ? "failed" : "queued"} />
          <span className={styles.word}>
            {state === "refused" ? `Not taken: ${why}` : `Not sent yet · trying again in ${left} s`}
          </span>
          <Button look="quiet" onClick={() => again(key)}>
            Send now
          </Button>
          <Button look="quiet" onClick={() => drop(key)}>
            Drop it
          </Button>
        </div>
      )}
    </div>
  );
}
