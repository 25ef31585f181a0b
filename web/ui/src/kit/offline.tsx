import { SILENCE } from "../api/http";
import type { Silence } from "../api/silence";
import { Button } from "./button";
import { useNow } from "./hooks";
import styles from "./offline.module.css";
import { Glyph } from "./state";
import { clockSeconds } from "./words";

interface Props {
  silence: Silence;
  onTry: () => void;
}

/** The one sentence about a server that does not answer, and the button that does not wait. */
export function Offline({ silence: { until, heard }, onTry }: Props) {
  const left = Math.ceil((until - useNow(true)) / 1_000);
  return (
    <div className={styles.offline}>
      <Glyph work="failed" />
      <span>
        <span role="alert">{SILENCE}</span>
        {heard === null ? "" : ` · last heard ${clockSeconds(heard)}`} ·{" "}
        {left > 0 ? `trying again in ${left} s` : "trying again"}
      </span>
      <Button look="quiet" onClick={onTry}>
        Try now
      </Button>
    </div>
  );
}
