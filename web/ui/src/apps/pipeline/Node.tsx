import { CircleX } from "lucide-react";

import type { StageView } from "../../generated";
import { Spark } from "../../kit/Spark";
import { money } from "../../kit/words";
import styles from "./pipeline.module.css";
import { errorsOf, oldestOf, p95Of, rateOf, short, stateOf } from "./words";

interface Props {
  stage: StageView;
  now: number;
  /** What its work took today, where it takes any. */
  spent?: { tokens: number; cost: number };
}

/** One stage: the same fact in the same corner, on the map as in the list of a phone. */
export function Node({ stage, now, spent }: Props) {
  const { topic, state, waiting, course } = stage;
  const bad = stage.errors > 0 || state === "stopped";
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
        {spent?.tokens && !bad ? (
          <span title="Tokens and money today">
            {short(spent.tokens)} · {money(spent.cost / 1_000_000)}
          </span>
        ) : (
          <span data-bad={bad || undefined}>{errorsOf(stage)}</span>
        )}
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
