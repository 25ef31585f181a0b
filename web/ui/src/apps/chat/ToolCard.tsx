import { ChevronDown, ChevronRight } from "lucide-react";
import { createContext, memo, use, useId, useState } from "react";

import { Problem } from "../../api/http";
import type { CallView } from "../../generated";
import { useMono } from "../../theme/mono";
import { note } from "../../kit/notes";
import { Glyph, type Work } from "../../kit/state";
import { TierShape, isTier } from "../../kit/tier";
import { visible } from "../../kit/visible";
import { span, toolName } from "../../kit/words";
import styles from "./tool.module.css";

const LINES = 12;
const WORK: Record<CallView["state"], Work> = {
  running: "working",
  done: "done",
  failed: "failed",
  unknown: "unknown",
};

/** What lists show of an output; one that is as long was cut. */
const CUT = 2_000;

/** How a card gets all of its turn. */
export const WholeTurn = createContext<() => Promise<void>>(() => Promise.resolve());

/** One tool call: what it is, how it stands, what it brought back. */
export const ToolCard = memo(function ToolCard({ call }: { call: CallView }) {
  const [wish, setOpen] = useState<boolean>();
  // What it writes is shown while it runs, and what it brought back in the same place.
  const live = call.state === "running" && call.content !== "";
  const [seen, setSeen] = useState(live);
  if (live && !seen) setSeen(true);
  const open = wish ?? seen;
  const id = useId();
  useMono();
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
        {isTier(call.tier) && call.state === "done" ? (
          <TierShape tier={call.tier} />
        ) : (
          <Glyph work={waits(call) ? "waiting" : WORK[call.state]} />
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

/** Whether it is a person that it waits for. */
const waits = (call: CallView) => call.state === "running" && call.approval?.state === "pending";

function state(call: CallView): string {
  switch (call.state) {
    case "running":
      return waits(call) ? "waits for you" : "running";
    case "failed":
      return `failed, ${span(call.elapsed_ms)}`;
    case "unknown":
      return "unknown outcome";
    case "done":
      return span(call.elapsed_ms);
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

function Output({ call }: { call: CallView }) {
  const [all, setAll] = useState(false);
  const [busy, setBusy] = useState(false);
  const loadWhole = use(WholeTurn);
  const names = Object.keys(call.arguments);
  const lines = visible(call.content).replace(/\n+$/, "").split("\n");
  const live = call.state === "running";
  const cut = !live && call.content.length === CUT;
  const long = !live && (lines.length > LINES || cut);
  const shown = live ? lines.slice(-LINES) : all || !long ? lines : lines.slice(0, LINES);

  async function more(): Promise<void> {
    setBusy(true);
    try {
      if (cut) await loadWhole();
      setAll(true);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      note(false, "The rest did not come", error.message);
    } finally {
      setBusy(false);
    }
  }

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
        <button
          type="button"
          className={styles.more}
          disabled={busy}
          onClick={() => (all ? setAll(false) : void more())}
        >
          {all ? "Show less" : cut ? "Show all" : `Show all ${lines.length} lines`}
        </button>
      ) : null}
    </>
  );
}
