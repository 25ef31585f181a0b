import { CircleCheck, CircleX, Info } from "lucide-react";

import type { ReplayView } from "../../generated";
import { span } from "../../kit/words";
import styles from "./pipeline.module.css";

const ICON = { size: 15, strokeWidth: 2, "aria-hidden": true } as const;

/** A turn that was run again: whether each stage says what it said then, and else the difference. */
export function Replayed({ view }: { view: ReplayView }) {
  const other = view.results.filter((each) => !each.same).length;
  return (
    <section
      className={styles.replayed}
      aria-label="Replay"
      data-same={view.identical || undefined}
    >
      <h3>
        {view.identical ? <CircleCheck {...ICON} /> : <CircleX {...ICON} />}
        {view.identical
          ? "Run again: all as it was"
          : `Run again: ${other} of ${view.results.length} stages decide otherwise now`}
      </h3>
      <p className={styles.sum}>{view.way} · no model was asked, no tool ran</p>
      <ul>
        {view.results.map((each, at) => (
          <li key={at} data-same={each.same || undefined}>
            {each.note ? (
              <Info {...ICON} />
            ) : each.same ? (
              <CircleCheck {...ICON} />
            ) : (
              <CircleX {...ICON} />
            )}
            <b>{each.stage}</b>
            <span>
              <span className="unseen">{each.same ? "as it was: " : "different: "}</span>
              {each.note || each.what}
            </span>
            <small>{each.elapsed_ms === null ? "" : span(each.elapsed_ms)}</small>
            {each.diff ? (
              <pre tabIndex={0} aria-label={`The difference in ${each.stage}`}>
                {each.diff}
              </pre>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
