import { useStore } from "zustand";

import { SILENCE } from "../../api/http";
import { Button } from "../../kit/button";
import { useNow } from "../../kit/hooks";
import { Glyph } from "../../kit/state";
import { clockSeconds } from "../../kit/words";
import styles from "./composer.module.css";
import type { Conversation } from "./conversation";

/** The one line above the composer: when the server is silent, and when it is tried again. */
export function StatusLine({ talk }: { talk: Conversation }) {
  const line = useStore(talk.store, (state) => state.line);
  const waiting = line.state === "waiting";
  const now = useNow(waiting);
  if (line.state === "closed") {
    return (
      <div className={styles.line}>
        <div className={styles.status} role="alert">
          <Glyph work="failed" />
          <span>{line.problem.message}</span>
        </div>
      </div>
    );
  }
  if (!waiting) return null;
  const left = Math.max(Math.ceil((line.until - now) / 1_000), 0);
  const heard = line.heard === null ? "" : ` · last heard ${clockSeconds(line.heard)}`;
  return (
    <div className={styles.line}>
      <div className={styles.status}>
        <Glyph work="failed" />
        <span>
          <span role="alert">{SILENCE}</span>
          {heard} · trying again in {left} s
        </span>
        <Button look="quiet" onClick={talk.retry}>
          Try now
        </Button>
      </div>
    </div>
  );
}
