import { Activity } from "lucide-react";

import { health } from "../../apps/system/health";
import { useMachine } from "../../apps/system/useMachine";
import { Spark } from "../../kit/Spark";
import { age, percent, size } from "../../kit/words";
import styles from "../home.module.css";
import { Widget } from "./Widget";

const OFTEN = 10_000;
const SHOWN = 60;

/** How the machine is, in a few words and a line. */
export function Health() {
  const { data } = useMachine(OFTEN);
  const last = data?.samples.at(-1);
  const found = data && health(data);
  return (
    <Widget
      icon={<Activity size={16} strokeWidth={1.75} aria-hidden />}
      title="Health"
      href="/system"
      corner={data ? `up ${age(data.uptime_s)}` : null}
    >
      {data && found ? (
        <>
          <p className={styles.figure}>
            {found.says ? `${found.word}:` : found.word}
            {found.says ? <small>{found.says}</small> : null}
          </p>
          <Spark values={data.samples.slice(-SHOWN).map((each) => each.cpu)} most={100} />
          <p className={styles.facts}>
            {last ? <span>CPU {percent(last.cpu)}</span> : null}
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
