import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronRight, RotateCcw, X } from "lucide-react";
import { useState } from "react";

import { replay, trace } from "../../api/flow";
import { parsed } from "../../api/legible";
import type { HopView, ReplayView } from "../../generated";
import { Button, IconButton } from "../../kit/button";
import { Skeleton } from "../../kit/page";
import { clockSeconds, span } from "../../kit/words";
import { useFrame } from "../../shell/frame";
import { go } from "../../shell/router";
import { useMono } from "../../theme/mono";
import { useAct } from "../../api/useAct";
import { Silent } from "../system/Silent";
import styles from "./pipeline.module.css";
import { Kin } from "./Kin";
import { Replayed } from "./Replayed";

const OFTEN = 1_000;

/** The way of one message: which topic it came to, when, and how long until the next. */
export function Trace({ turn, title }: { turn: string; title: string }) {
  useMono();
  const { seen } = useFrame();
  const { data, error, refetch } = useQuery({
    queryKey: ["flow", "trace", turn],
    queryFn: () => trace(turn),
    // What has come to its end changes no more.
    refetchInterval: ({ state }) => (seen && !over(state.data?.hops) ? OFTEN : false),
  });
  const { busy, error: refused, act } = useAct();
  const [replayed, setReplayed] = useState<ReplayView | null>(null);
  const again = () => act(async () => setReplayed(await replay(turn)));
  return (
    <section className={styles.trace} aria-label="The way of the message">
      <header>
        <h2>{title}</h2>
        {data && over(data.hops) ? (
          <Button busy={busy ? "Replaying" : false} onClick={() => void again()}>
            <RotateCcw size={15} strokeWidth={1.75} aria-hidden />
            Replay
          </Button>
        ) : null}
        <IconButton label="Follow it no more" onClick={() => go("/pipeline/messages", "replace")}>
          <X size={16} strokeWidth={1.75} aria-hidden />
        </IconButton>
      </header>
      {refused ? (
        <p className={styles.refused} role="alert">
          {refused}
        </p>
      ) : null}
      {replayed ? <Replayed view={replayed} /> : null}
      {data ? <Kin parent={data.parent} tasks={data.tasks} /> : null}
      {data ? (
        <Hops hops={data.hops} />
      ) : error ? (
        <Silent error={error} onTry={() => void refetch()} />
      ) : (
        <Skeleton />
      )}
    </section>
  );
}

const over = (hops: HopView[] | undefined) => hops?.at(-1)?.topic === "outbox";

function Hops({ hops }: { hops: HopView[] }) {
  const first = hops[0]!.at;
  const whole = Math.max(...hops.map((hop) => (hop.until ?? hop.at) - first), 1);
  return (
    <>
      <p className={styles.sum}>
        {clockSeconds(first)} · {hops.length} {hops.length === 1 ? "step" : "steps"} ·{" "}
        {over(hops) ? `${span(whole)} from the first topic to the last` : "on its way"}
      </p>
      <span className={styles.legend} aria-hidden="true">
        <i data-kind="waited" /> waited
        <i data-kind="asked" /> for you
        <i data-kind="worked" /> worked
      </span>
      <ol className={styles.hops}>
        {hops.map((hop, number) => (
          <Hop key={hop.entry} hop={hop} number={number + 1} first={first} whole={whole} />
        ))}
      </ol>
    </>
  );
}

interface HopProps {
  hop: HopView;
  number: number;
  first: number;
  whole: number;
}

function Hop({ hop, number, first, whole }: HopProps) {
  const [open, setOpen] = useState(false);
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <li>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <b className={styles.number}>{number}</b>
        <span className={styles.topic}>
          {hop.topic}
          {hop.what ? <small>{hop.what}</small> : null}
        </span>
        <Bar hop={hop} first={first} whole={whole} />
        <span className={styles.took}>
          <span className="unseen">{spoken(hop)}</span>
          <span aria-hidden="true">{tookOf(hop)}</span>
        </span>
        <Chevron size={15} strokeWidth={1.75} aria-hidden />
      </button>
      {open ? (
        <div className={styles.hop}>
          <p className={styles.sum}>{spoken(hop)}</p>
          <pre tabIndex={0} aria-label={`What came to ${hop.topic}`}>
            {pretty(hop)}
          </pre>
        </div>
      ) : null}
    </li>
  );
}

/** When it came, how long it waited, for a person too, and how long it was worked on. */
function Bar({ hop, first, whole }: Omit<HopProps, "number">) {
  const parts = [
    { kind: "waited", ms: hop.waited_ms },
    { kind: "asked", ms: hop.asked_ms },
    { kind: "worked", ms: hop.worked_ms },
  ].filter(({ ms }) => ms > 0);
  const share = (ms: number) => (ms / whole) * 100;
  return (
    <span className={styles.track} aria-hidden="true">
      <span
        className={styles.bar}
        style={{
          left: `${Math.min(share(hop.at - first), 99)}%`,
          width: `${Math.max(share(hop.waited_ms + hop.asked_ms + hop.worked_ms), 0.5)}%`,
        }}
      >
        {parts.map(({ kind, ms }) => (
          <i key={kind} data-kind={kind} style={{ flexGrow: ms }} />
        ))}
      </span>
    </span>
  );
}

function tookOf({ at, until, topic }: HopView): string {
  if (until !== null) return span(until - at);
  return topic === "outbox" ? "the last" : "now";
}

function spoken(hop: HopView): string {
  if (hop.until === null) return tookOf(hop);
  const parts = [
    hop.waited_ms ? `waited ${span(hop.waited_ms)}` : "",
    hop.asked_ms ? `waited for you ${span(hop.asked_ms)}` : "",
    `worked ${span(hop.worked_ms)}`,
  ];
  return parts.filter(Boolean).join(", ");
}

function pretty({ data, more }: HopView): string {
  if (more) return `${data}\n… (the beginning only)`;
  try {
    return JSON.stringify(parsed(data), null, 2);
  } catch {
    return data;
  }
}
