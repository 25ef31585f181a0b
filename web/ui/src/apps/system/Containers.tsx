import { useQuery } from "@tanstack/react-query";
import { Box, ScrollText } from "lucide-react";
import { useState } from "react";

import { containerLog, containers } from "../../api/monitor";
import type { ContainerView } from "../../generated";
import { Button } from "../../kit/button";
import { FactPage, Skeleton } from "../../kit/page";
import { counted } from "../../kit/words";
import { useFrame } from "../../shell/frame";
import { Acts, Asked, type Offer } from "./Acts";
import { Filter } from "./Filter";
import { Light, type Shine } from "./Light";
import { Log } from "./Log";
import { Silent } from "./Silent";
import styles from "./system.module.css";
import { useAsked, useTiers } from "./useTool";

const OFTEN = 5_000;

/** What Docker runs, and what it says. */
export function Containers() {
  const { seen } = useFrame();
  const [words, setWords] = useState("");
  const [log, setLog] = useState<string | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ["machine", "containers"],
    queryFn: containers,
    refetchInterval: seen ? OFTEN : false,
  });
  const tiers = useTiers();
  const asked = useAsked(seen);
  if (!data) return error ? <Silent error={error} onTry={() => void refetch()} /> : <Skeleton />;
  if (data.missing || !data.containers.length) {
    return (
      <FactPage
        bad={Boolean(data.missing)}
        icon={<Box size={22} strokeWidth={1.75} aria-hidden />}
        title={data.missing ? "Docker does not answer" : "No containers yet"}
        says={
          data.missing
            ? `${data.missing} Start it, or look whether this server's user may use it.`
            : "Docker runs, and has no container yet. What is started shows up here by itself."
        }
      >
        {data.missing ? <Button onClick={() => void refetch()}>Look again</Button> : null}
      </FactPage>
    );
  }
  const wanted = words.trim().toLowerCase();
  const rows = data.containers.filter(({ name, image }) =>
    `${name} ${image}`.toLowerCase().includes(wanted),
  );
  return (
    <div className={styles.listing}>
      <Filter value={words} onChange={setWords} says={counted(rows.length, "container")} />
      <ul className={styles.rows}>
        {rows.map((each) => (
          <li key={each.id}>
            <Light shine={shineOf(each)} />
            <span className={styles.texts}>
              <b>{each.name}</b>
              <small>{[each.image, ...each.ports].join(" · ")}</small>
            </span>
            <span className={styles.side}>{each.status || each.state}</span>
            <span className={styles.acts}>
              <Acts
                name={each.name}
                target={`container:${each.name}`}
                offers={offersOf(each)}
                tiers={tiers}
                asked={asked.get(`container:${each.name}`)}
              />
              <Button
                look="quiet"
                aria-label={`Log of ${each.name}`}
                onClick={() => setLog(each.name)}
              >
                <ScrollText size={15} strokeWidth={1.75} aria-hidden />
                Log
              </Button>
            </span>
            <Asked approval={asked.get(`container:${each.name}`)} />
          </li>
        ))}
      </ul>
      {log ? (
        <Log kind="container" name={log} read={containerLog} onClose={() => setLog(null)} />
      ) : null}
    </div>
  );
}

/** What can be done to a container now. */
function offersOf({ name, state }: ContainerView): Offer[] {
  const offer = (verb: string, doing: string): Offer => ({
    verb,
    doing,
    tool: `docker_${verb.toLowerCase()}`,
    target: `container:${name}`,
    arguments: { container: name },
  });
  return state === "running" || state === "restarting"
    ? [offer("Restart", "Restarting"), offer("Stop", "Stopping")]
    : [offer("Start", "Starting")];
}

function shineOf({ state, status }: ContainerView): Shine {
  if (state === "running") return "on";
  return state === "dead" || /^Exited \([1-9]/.test(status) ? "failed" : "off";
}
