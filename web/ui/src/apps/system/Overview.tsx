import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { history } from "../../api/monitor";
import type { MachineView, Sample } from "../../generated";
import { Skeleton } from "../../kit/page";
import { age, counted, percent, rate, size } from "../../kit/words";
import { useFrame } from "../../shell/frame";
import { Chart, type Line } from "./Chart";
import { Disks } from "./Disks";
import { health, sentence } from "./health";
import { Silent } from "./Silent";
import styles from "./system.module.css";
import { useMachine } from "./useMachine";

const LIVE = 2_000;
const SLOW = 60_000;

type Span = "live" | "day";

/** Processor, memory, networks, heat and disks: now, and over a while. */
export function Overview() {
  const { seen } = useFrame();
  const [span, setSpan] = useState<Span>("live");
  const { data, error, refetch } = useMachine(seen ? LIVE : false);
  const day = useQuery({
    queryKey: ["machine", "history"],
    queryFn: history,
    enabled: span === "day",
    refetchInterval: seen ? SLOW : false,
  });
  if (!data) return error ? <Silent error={error} onTry={() => void refetch()} /> : <Skeleton />;
  const found = health(data);
  const samples = span === "live" ? data.samples : (day.data?.samples ?? []);
  return (
    <div className={styles.overview}>
      <div className={styles.about}>
        <p>
          <b>{data.hostname}</b>
          <span>{data.system}</span>
          <span>
            {counted(data.cores, "core")}, {data.architecture}
          </span>
          <span>up {age(data.uptime_s)}</span>
          <span data-well={found.well}>{sentence(found)}</span>
        </p>
        <fieldset className={styles.spans}>
          <legend className="unseen">How far back</legend>
          {(["live", "day"] as const).map((each) => (
            <label key={each} data-on={each === span || undefined}>
              <input
                type="radio"
                name="span"
                checked={each === span}
                onChange={() => setSpan(each)}
              />
              {each === "live" ? "5 min" : "24 h"}
            </label>
          ))}
        </fieldset>
      </div>
      <div className={styles.charts}>
        {linesOf(data).map((line) => (
          <Chart key={line.title} line={line} samples={samples} span={span} />
        ))}
      </div>
      <Disks disks={data.disks} />
    </div>
  );
}

/** What the charts show; the figures are the last that is known. */
function linesOf(data: MachineView): Line[] {
  const last = data.samples.at(-1);
  const swap = data.swap_total ? `, swap ${size(data.swap_used)} of ${size(data.swap_total)}` : "";
  return [
    {
      title: "Processor",
      figure: last ? percent(last.cpu) : "–",
      says: `load ${data.load.map((each) => each.toFixed(1)).join(" · ")}`,
      series: [{ name: "busy", of: (one: Sample) => one.cpu }],
      most: 100,
      word: percent,
    },
    {
      title: "Memory",
      figure: last ? size(last.memory) : "–",
      says: `of ${size(data.memory_total)}${swap}`,
      series: [{ name: "used", of: (one: Sample) => one.memory }],
      most: data.memory_total,
      word: size,
    },
    {
      title: "Network",
      figure: last ? rate(last.received) : "–",
      says: last ? `in · ${rate(last.sent)} out` : "",
      series: [
        { name: "in", of: (one: Sample) => one.received },
        { name: "out", of: (one: Sample) => one.sent },
      ],
      most: 100_000,
      word: rate,
    },
    {
      title: "Temperature",
      figure: last?.celsius ? `${Math.round(last.celsius)} °C` : "–",
      says: last?.celsius ? sensors(data) : "",
      ...(last && last.celsius === null ? { none: "No sensor tells a temperature here" } : {}),
      series: [{ name: "processor", of: (one: Sample) => one.celsius }],
      most: 90,
      word: (value: number) => `${Math.round(value)} °C`,
    },
  ];
}

function sensors({ sensors: all }: MachineView): string {
  const warm = [...all].toSorted((a, b) => b.celsius - a.celsius)[0];
  return warm ? `hottest: ${warm.name}, ${Math.round(warm.celsius)} °C` : "";
}
