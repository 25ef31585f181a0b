import { useStore } from "zustand";

import { tryNow, useSilence } from "../../api/silence";
import { Offline } from "../../kit/offline";
import { Glyph } from "../../kit/state";
import styles from "./composer.module.css";
import type { Conversation } from "./conversation";

/** The one line above the composer: when the server is silent, and when it is tried again. */
export function StatusLine({ talk }: { talk: Conversation }) {
  const line = useStore(talk.store, (state) => state.line);
  const silent = useSilence(({ silence }) => silence !== null);
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
  if (silent) return <SilentLine />;
  if (line.state !== "waiting") return null;
  // The server answers, but this conversation's line does not come back.
  return (
    <div className={styles.line}>
      <Offline silence={line} onTry={talk.retry} />
    </div>
  );
}

/** The same where there is no conversation yet. */
export function SilentLine() {
  const silence = useSilence((state) => state.silence);
  if (!silence) return null;
  return (
    <div className={styles.line}>
      <Offline silence={silence} onTry={tryNow} />
    </div>
  );
}
