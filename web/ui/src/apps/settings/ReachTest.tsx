import { Button } from "../../kit/button";
import { Glyph } from "../../kit/state";
import { span } from "../../kit/words";
import styles from "./settings.module.css";
import type { useReach } from "./useReach";

interface Props {
  reach: ReturnType<typeof useReach>;
  /** Whether there is something to be tried. */
  ready: boolean;
  onAnyway: () => void;
}

/** Tries what is written without keeping it; what came of it, where it is well, beside it. */
export function ReachTest({ reach, ready, onAnyway }: Props) {
  const { works, unproven, busy } = reach;
  return (
    <div className={styles.trying}>
      <Button
        busy={busy === "test" ? "Asking" : false}
        disabled={!ready || busy !== null}
        onClick={() => void reach.test()}
      >
        Test
      </Button>
      {works ? (
        <span className={styles.state} data-good role="status">
          <Glyph work="done" />
          {works.model} answered in {span(works.ms)}
        </span>
      ) : null}
      {unproven ? (
        <Button look="quiet" disabled={busy !== null} onClick={onAnyway}>
          Keep it anyway
        </Button>
      ) : null}
    </div>
  );
}
