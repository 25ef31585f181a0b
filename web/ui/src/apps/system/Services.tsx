import { useQuery } from "@tanstack/react-query";
import { Cog, ScrollText } from "lucide-react";
import { useMemo, useState } from "react";

import { serviceLog, services } from "../../api/monitor";
import type { ServiceView } from "../../generated";
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

const OFTEN = 10_000;

/** What systemd runs: what failed first, then what runs, then the rest. */
export function Services() {
  const { seen } = useFrame();
  const [words, setWords] = useState("");
  const [log, setLog] = useState<string | null>(null);
  const tiers = useTiers();
  const asked = useAsked(seen);
  const { data, error, refetch } = useQuery({
    queryKey: ["machine", "services"],
    queryFn: services,
    refetchInterval: seen ? OFTEN : false,
  });
  const rows = useMemo(() => {
    const wanted = words.trim().toLowerCase();
    return (data?.services ?? [])
      .filter((each) => `${each.name} ${each.description}`.toLowerCase().includes(wanted))
      .toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  }, [data, words]);
  if (!data) return error ? <Silent error={error} onTry={() => void refetch()} /> : <Skeleton />;
  if (data.missing) {
    return (
      <FactPage
        icon={<Cog size={22} strokeWidth={1.75} aria-hidden />}
        title="No services here"
        says={`${data.missing} Containers and processes are in the other views.`}
      >
        <Button onClick={() => void refetch()}>Look again</Button>
      </FactPage>
    );
  }
  return (
    <div className={styles.listing}>
      <Filter value={words} onChange={setWords} says={counted(rows.length, "service")} />
      <ul className={styles.rows}>
        {rows.map((each) => (
          <li key={each.name}>
            <Light shine={shineOf(each)} />
            <span className={styles.texts}>
              <b>{each.name}</b>
              <small>{each.description}</small>
            </span>
            <span className={styles.side} data-bad={each.active === "failed" || undefined}>
              {wordOf(each)}
            </span>
            <span className={styles.acts}>
              <Acts
                name={each.name}
                target={`unit:${each.name}`}
                offers={[restart(each)]}
                tiers={tiers}
                asked={asked.get(`unit:${each.name}`)}
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
            <Asked approval={asked.get(`unit:${each.name}`)} />
          </li>
        ))}
      </ul>
      {log ? (
        <Log kind="service" name={log} read={serviceLog} onClose={() => setLog(null)} />
      ) : null}
    </div>
  );
}

const restart = ({ name }: ServiceView): Offer => ({
  verb: "Restart",
  doing: "Restarting",
  tool: "services_restart",
  target: `unit:${name}`,
  arguments: { service: name },
});

const RANKS: Record<string, number> = { failed: 0, activating: 1, active: 2 };
const rank = ({ active }: ServiceView) => RANKS[active] ?? 3;

function shineOf({ active }: ServiceView): Shine {
  if (active === "failed") return "failed";
  return active === "active" || active === "activating" ? "on" : "off";
}

function wordOf({ active, sub, result }: ServiceView): string {
  if (active === "failed") return `failed · ${result}`;
  return active === "active" ? sub : active;
}
