import type { FlowView, StageView } from "../../generated";
import { Skeleton } from "../../kit/page";
import { clockSeconds, money, span } from "../../kit/words";
import { Silent } from "../system/Silent";
import { Dots } from "./Dots";
import { NODE, size, spots, ways } from "./layout";
import { Node } from "./Node";
import styles from "./pipeline.module.css";
import { Spent } from "./Spent";
import type { useFlow } from "./useFlow";
import { short } from "./words";

/** All stages with what is true of them now; nothing moves while somebody looks. */
export function Map({ flow }: { flow: ReturnType<typeof useFlow> }) {
  const { data, error, refetch } = flow;
  if (!data) return error ? <Silent error={error} onTry={() => void refetch()} /> : <Skeleton />;
  const topics = data.stages.map((each) => each.topic);
  const room = size(topics);
  const at = spots(topics);
  return (
    <div className={styles.map}>
      <Strip flow={data} />
      {error || data.away ? (
        <p className={styles.old} role="status">
          {data.away || error?.message} What you see is from {clockSeconds(data.at)}.
        </p>
      ) : null}
      <div className={styles.canvas} role="region" aria-label="Map of the stages" tabIndex={0}>
        <div className={styles.board} style={{ width: room.w, height: room.h }}>
          <Lines flow={data} w={room.w} h={room.h} />
          <ol className={styles.stages} aria-label="Stages">
            {data.stages.map((stage) => (
              <li
                key={stage.stage}
                className={styles.spot}
                style={{
                  left: at[stage.topic]!.x,
                  top: at[stage.topic]!.y,
                  width: NODE.w,
                  height: NODE.h,
                }}
              >
                <Node
                  stage={stage}
                  now={data.at}
                  {...(stage.topic === "think" ? { spent: data } : {})}
                />
              </li>
            ))}
          </ol>
        </div>
      </div>
      <Spent />
    </div>
  );
}

function Strip({ flow }: { flow: FlowView }) {
  const { stages, tokens, cost } = flow;
  const inbox = stages.find((each) => each.topic === "inbox");
  const waiting = stages.reduce((all, each) => all + each.waiting, 0);
  const oldest = Math.max(...stages.map((each) => each.oldest_ms ?? -1));
  const slowest = stages.toSorted((a, b) => (b.p95_ms ?? -1) - (a.p95_ms ?? -1))[0];
  const facts = [
    { figure: `${Math.round(inbox?.per_minute ?? 0)}/min`, says: "arriving" },
    { figure: String(waiting), says: "waiting" },
    { figure: oldest < 0 ? "–" : span(oldest), says: "oldest" },
    {
      figure: slowest?.p95_ms ? span(slowest.p95_ms) : "–",
      says: slowest?.p95_ms ? `p95 of ${slowest.topic}` : "slowest p95",
    },
    { figure: money(cost / 1_000_000), says: `${short(tokens)} tokens today` },
  ];
  return (
    <dl className={styles.strip}>
      {facts.map(({ figure, says }) => (
        <div key={says}>
          <dt>{says}</dt>
          <dd>{figure}</dd>
        </div>
      ))}
    </dl>
  );
}

function Lines({ flow, w, h }: { flow: FlowView; w: number; h: number }) {
  const by = new globalThis.Map<string, StageView>(flow.stages.map((each) => [each.topic, each]));
  const lines = ways(flow);
  const busiest = Math.max(...lines.map((each) => each.rate), 1);
  return (
    <svg className={styles.lines} width={w} height={h} aria-hidden="true">
      <defs>
        {(["quiet", "busy", "cut"] as const).map((kind) => (
          <marker
            key={kind}
            id={`arrow-${kind}`}
            viewBox="0 0 8 8"
            refX="5"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0 .8 6.500 4 0 7.200z" className={styles[kind]} />
          </marker>
        ))}
      </defs>
      {lines.map(({ from, to, path, rate }) => {
        const target = by.get(to)!;
        const part = rate / busiest;
        const kind = target.state === "stopped" ? "cut" : part > 0 ? "busy" : "quiet";
        return (
          <path
            key={`${from} ${to}`}
            d={path}
            data-kind={kind}
            strokeWidth={kind === "busy" ? 1.4 + 1.2 * part : kind === "cut" ? 2 : 1.3}
            markerEnd={`url(#arrow-${kind})`}
          />
        );
      })}
      <Dots flow={flow} />
    </svg>
  );
}
