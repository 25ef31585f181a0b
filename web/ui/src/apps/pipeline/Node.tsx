import { CircleX } from "lucide-react";

import type { StageView } from "../../generated";
import { Spark } from "../../kit/Spark";
import styles from "./pipeline.module.css";
import { errorsOf, oldestOf, p95Of, rateOf, stateOf } from "./words";

/** One stage: the same fact in the same corner, on the map as in the list of a phone. */
export function Node({ stage, now }: { stage: StageView; now: number }) {
  const { topic, state, waiting, course } = stage;
  return (
    <article className={styles.node} data-state={state} aria-label={topic}>
      <h2>
        <Light state={state} />
        {topic}
        {stage.stage === topic ? null : <small>{stage.stage}</small>}
      </h2>
      <span className={styles.state}>{stateOf(stage, now)}</span>
      <p className={styles.waiting}>
        <b>{waiting}</b> waiting
      </p>
      <dl className={styles.times}>
        <div>
          <dt>oldest</dt>
          <dd>{oldestOf(stage)}</dd>
        </div>
        <div>
          <dt>p95</dt>
          <dd>{p95Of(stage)}</dd>
        </div>
      </dl>
      <span className={styles.course}>
        <Spark values={course} />
      </span>
      <span className={styles.foot}>
        {state === "stopped" ? null : <span>{rateOf(stage)}</span>}
        <span data-bad={stage.errors > 0 || state === "stopped" || undefined}>
          {errorsOf(stage)}
        </span>
      </span>
    </article>
  );
}

function Light({ state }: { state: StageView["state"] }) {
  if (state === "stopped") return <CircleX size={15} strokeWidth={2.25} aria-hidden />;
  return (
    <i className={styles.light} data-on={state === "working" || undefined} aria-hidden="true" />
  );
}
