import { useQuery } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";

import { redis } from "../../api/monitor";
import type { RedisView } from "../../generated";
import { Bar } from "../../kit/bar";
import { Skeleton } from "../../kit/page";
import { age, counted, moment, size } from "../../kit/words";
import { useFrame } from "../../shell/frame";
import { Light } from "./Light";
import { Silent } from "./Silent";
import styles from "./system.module.css";

const OFTEN = 3_000;

const NAMES = {
  durable: { title: "Durable", says: "Messages, conversations, approvals: what must survive" },
  live: { title: "Live", says: "Words while they are written: what may be lost" },
} as const;

/** Both Redis servers: what they keep, how full they are, who is connected. */
export function Redis() {
  const { seen } = useFrame();
  const { data, error, refetch } = useQuery({
    queryKey: ["machine", "redis"],
    queryFn: redis,
    refetchInterval: seen ? OFTEN : false,
  });
  if (!data) return error ? <Silent error={error} onTry={() => void refetch()} /> : <Skeleton />;
  return (
    <div className={styles.overview}>
      {data.notes.map((each) => (
        <p key={each} className={styles.warning}>
          <CircleAlert size={16} strokeWidth={1.75} aria-hidden />
          {each}
        </p>
      ))}
      <div className={styles.charts}>
        {data.servers.map((each) => (
          <Server key={each.name} server={each} />
        ))}
      </div>
    </div>
  );
}

function Server({ server }: { server: RedisView }) {
  const { title, says } = NAMES[server.name];
  const bad = Boolean(server.missing) || !server.aof_ok || !server.save_ok;
  return (
    <section className={styles.chart} aria-label={`Redis, ${title.toLowerCase()}`}>
      <header className={styles.serverHead}>
        <Light shine={bad ? "failed" : "on"} />
        <span className={styles.texts}>
          <b>{title}</b>
          <small>{says}</small>
        </span>
      </header>
      {server.missing ? (
        <p className={styles.gone} role="alert">
          {server.missing}. It is started again by itself; what was accepted is on its disk.
        </p>
      ) : (
        <>
          <p className={styles.figure}>
            {size(server.used)}{" "}
            <small>
              {server.most ? `of ${size(server.most)}` : "without a limit"} · peak{" "}
              {size(server.peak)}
            </small>
          </p>
          {server.most ? <Bar part={server.used / server.most} label="Memory used" /> : null}
          <dl className={styles.facts}>
            {factsOf(server).map(([name, text]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </section>
  );
}

function factsOf(server: RedisView): [string, string][] {
  return [
    ["On the disk", keeps(server)],
    ["Last copy", server.saved_at ? `${moment(server.saved_at)}${failed(server.save_ok)}` : NEVER],
    ["When full", full(server)],
    ["Forgotten", server.evicted ? counted(server.evicted, "key") : "nothing"],
    ["Keys", server.keys.toLocaleString("en")],
    ["Connections", server.clients.toLocaleString("en")],
    ["Commands", `${server.per_s.toLocaleString("en")} a second`],
    ["Role", server.role === "slave" ? "copies another server" : "leads"],
    ["Program", `Redis ${server.version}, up ${age(server.uptime_s)}`],
  ];
}

const NEVER = "none since it started";
const failed = (well: boolean) => (well ? "" : " · the last one failed");

function keeps({ loading, aof, aof_ok, aof_size }: RedisView): string {
  if (loading) return "still reads its file";
  if (!aof) return "nothing, on purpose";
  return `every command, ${size(aof_size)}${aof_ok ? "" : " · writing failed"}`;
}

function full({ most, policy }: RedisView): string {
  if (!most) return "it grows with the machine's memory";
  return policy === "noeviction" ? "refuses, forgets nothing" : `forgets keys (${policy})`;
}
