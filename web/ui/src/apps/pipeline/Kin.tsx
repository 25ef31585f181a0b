import type { TraceView } from "../../generated";
import { goes } from "../../shell/router";
import styles from "./pipeline.module.css";

/** The turn that waits for this one, and those that work for it. */
export function Kin({ parent, tasks }: Pick<TraceView, "parent" | "tasks">) {
  if (parent === null && !tasks.length) return null;
  return (
    <p className={styles.sum}>
      {parent !== null ? <Turn turn={parent} says="A task of this turn" /> : null}
      {tasks.map((task, at) => (
        <Turn key={task} turn={task} says={`Its task ${at + 1}`} />
      ))}
    </p>
  );
}

function Turn({ turn, says }: { turn: string; says: string }) {
  return (
    <>
      <a href={`/pipeline/messages/${encodeURIComponent(turn)}`} onClick={goes}>
        {says}
      </a>{" "}
    </>
  );
}
