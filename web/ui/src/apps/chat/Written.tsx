import { memo } from "react";

import type { StepView } from "../../generated";
import { useMono } from "../../theme/mono";
import styles from "./written.module.css";
import { pieces } from "./written";

/** The brain without a language model, as it is named in a step. */
const RULES = "rules";

/** Whether a language model had a part in a turn: then its words are markdown. */
export function hasModel(steps: readonly StepView[]): boolean {
  return steps.some((step) => step.model !== "" && step.model !== RULES);
}

/** An answer that no language model wrote, line by line as it was written. */
export const Written = memo(function Written({ text }: { text: string }) {
  const parts = pieces(text);
  useMono();
  return (
    <div className={styles.written}>
      {parts.map((piece, at) => {
        switch (piece.kind) {
          case "lines":
            return <p key={at}>{piece.text}</p>;
          case "list":
            return (
              <ul key={at}>
                {piece.items.map((item, number) => (
                  <li key={number}>{item}</li>
                ))}
              </ul>
            );
          case "columns":
            return (
              // Wide rows scroll by themselves, also by keyboard.
              <pre key={at} tabIndex={0} role="region" aria-label="Table">
                {piece.text}
              </pre>
            );
        }
      })}
    </div>
  );
});
