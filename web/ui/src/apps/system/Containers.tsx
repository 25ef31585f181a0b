import { useQuery } from "@tanstack/react-query";
import { Box, ScrollText } from "lucide-react";
import { useState } from "react";

import { containers } from "../../api/monitor";
import type { ContainerView } from "../../generated";
import { Button } from "../../kit/button";
import { FactPage, Skeleton } from "../../kit/page";
import { useFrame } from "../../shell/frame";
import { ContainerLog } from "./ContainerLog";
import { Filter } from "./Filter";
import { Light, type Shine } from "./Light";
import { Silent } from "./Silent";
import styles from "./system.module.css";

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
  if (!data) return error ? <Silent error={error} onTry={() => void refetch()} /> : <Skeleton />;
  if (data.missing || !data.containers.length) {
    return (
      <FactPage
        icon={<Box size={22} strokeWidth={1.75} aria-hidden />}
        title="No containers here"
        says={data.missing || "Docker runs, and has no container yet."}
      />
    );
  }
  const wanted = words.trim().toLowerCase();
  const rows = data.containers.filter(({ name, image }) =>
    `${name} ${image}`.toLowerCase().includes(wanted),
  );
  return (
    <div className={styles.listing}>
      <Filter value={words} onChange={setWords} says={`${rows.length} containers`} />
      <ul className={styles.rows}>
        {rows.map((each) => (
          <li key={each.id}>
            <Light shine={shineOf(each)} />
            <span className={styles.texts}>
              <b>{each.name}</b>
              <small>{[each.image, ...each.ports].join(" · ")}</small>
            </span>
            <span className={styles.side}>{each.status || each.state}</span>
            <Button
              look="quiet"
              aria-label={`Log of ${each.name}`}
              onClick={() => setLog(each.name)}
            >
              <ScrollText size={15} strokeWidth={1.75} aria-hidden />
              Log
            </Button>
          </li>
        ))}
      </ul>
      {log ? <ContainerLog name={log} onClose={() => setLog(null)} /> : null}
    </div>
  );
}

function shineOf({ state, status }: ContainerView): Shine {
  if (state === "running") return "on";
  return state === "dead" || /^Exited \([1-9]/.test(status) ? "failed" : "off";
}
