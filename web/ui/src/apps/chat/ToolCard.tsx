import { ChevronDown, ChevronRight } from "lucide-react";
import { memo, useId, useState } from "react";

import type { CallView } from "../../api/types";
import { Glyph, type Work } from "../../kit/state";
import { TierShape } from "../../kit/tier";
import { span, toolName } from "../../kit/words";
import styles from "./tool.module.css";

const LINES = 12;
const WORK: Record<CallView["state"], Work> = {
  running: "working",
  done: "done",
  failed: "failed",
  unknown: "unknown",
};

/** One tool call: what it is, how it stands, what it brought back. */
export const ToolCard = memo(function ToolCard({ call }: { call: CallView }) {
  const [open, setOpen] = useState(call.state === "failed" || call.state === "unknown");
  const id = useId();
  const Chevron = open ? ChevronDown : ChevronRight;
  const inner = call.content || Object.keys(call.arguments).length > 0;
  return (
    <div className={styles.card} data-state={call.state}>
      <button
        type="button"
        className={styles.row}
        aria-expanded={open}
        aria-controls={id}
        disabled={!inner}
        onClick={() => setOpen(!open)}
      >
        {call.tier && call.state === "done" ? (
          <TierShape tier={call.tier} />
        ) : (
          <Glyph work={WORK[call.state]} />
        )}
        <span className={styles.name}>{toolName(call.tool)}</span>
        <span className={styles.call}>{inline(call)}</span>
        <span className={styles.time}>{state(call)}</span>
        {inner ? <Chevron size={16} strokeWidth={1.75} aria-hidden /> : null}
      </button>
      {open && inner ? (
        <div id={id} className={styles.inside}>
          <Output call={call} />
        </div>
      ) : null}
    </div>
  );
});

function state(call: CallView): string {
  switch (call.state) {
    case "running":
      return "running";
    case "failed":
      return call.elapsed_ms === null ? "failed" : `failed, ${span(call.elapsed_ms)}`;
    case "unknown":
      return "unknown outcome";
    case "done":
      return call.elapsed_ms === null ? "done" : span(call.elapsed_ms);
  }
}

/** The call as one line: its name for programs, and its arguments. */
function inline({ tool, arguments: given }: CallView): string {
  const words = Object.entries(given).map(([name, value]) => `${name}=${plain(value)}`);
  return [tool, ...words].join(" ");
}

function plain(value: unknown): string {
  return visible(typeof value === "string" ? value : JSON.stringify(value));
}

/** Signs that would hide or turn around other text are shown by their number. */
function visible(text: string): string {
  return text.replace(/(?![\t\n])[\p{Cc}\p{Cf}]/gu, (sign) => {
    return `\\u${sign.codePointAt(0)!.toString(16).padStart(4, "0")}`;
  });
}

function Output({ call }: { call: CallView }) {
  const [all, setAll] = useState(false);
  const names = Object.keys(call.arguments);
  const lines = visible(call.content ?? "").replace(/\n+$/, "").split("\n");
  const long = lines.length > LINES;
  const shown = all || !long ? lines : lines.slice(0, LINES);
  return (
    <>
      {names.length ? (
        <dl className={styles.given}>
          {names.map((name) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{plain(call.arguments[name])}</dd>
            </div>
          ))}
        </dl>
      ) : null}
      {call.content ? (
        <pre className={styles.output} tabIndex={0} aria-label={`Output of ${toolName(call.tool)}`}>
          {shown.join("\n")}
        </pre>
      ) : null}
      {long ? (
        <button type="button" className={styles.more} onClick={() => setAll(!all)}>
          {all ? "Show less" : `Show all ${lines.length} lines`}
        </button>
      ) : null}
    </>
  );
}
