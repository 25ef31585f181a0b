import { Activity } from "lucide-react";

import { useMachine } from "../../apps/system/useMachine";
import type { MachineView } from "../../generated";
import { Spark } from "../../kit/Spark";
import { age, size } from "../../kit/words";
import styles from "../home.module.css";
import { Widget } from "./Widget";

const OFTEN = 10_000;
const HOT = 85;
const SHOWN = 60;

/** How the machine is, in two words and a line. */
export function Health() {
  const { data } = useMachine(OFTEN);
  const last = data?.samples.at(-1);
  return (
    <Widget
      icon={<Activity size={16} strokeWidth={1.75} aria-hidden />}
      title="Health"
      href="/system"
      corner={data ? `up ${age(data.uptime_s)}` : null}
    >
      {data ? (
        <>
          <p className={styles.figure}>{verdict(data)}</p>
          <Spark values={data.samples.slice(-SHOWN).map((each) => each.cpu)} most={100} />
          <p className={styles.facts}>
            {last ? <span>CPU {Math.round(last.cpu)}%</span> : null}
            {last ? (
              <span>
                Memory {size(last.memory)} of {size(data.memory_total)}
              </span>
            ) : null}
            {last?.celsius ? <span>{Math.round(last.celsius)} °C</span> : null}
          </p>
        </>
      ) : null}
    </Widget>
  );
}

/** The worst that is true. */
function verdict({ samples, memory_total }: MachineView): string {
  const last = samples.at(-1);
  if (!last) return "Looking";
  if ((last.celsius ?? 0) >= HOT) return "Hot";
  if (last.memory / memory_total > 0.95) return "Memory is full";
  const recent = samples.slice(-10);
  return recent.every((each) => each.cpu > 90) ? "Very busy" : "All well";
}
