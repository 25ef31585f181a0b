import { useEffect, useEffectEvent, useRef, useState } from "react";

import type { Sample } from "../../generated";
import { clock, clockSeconds } from "../../kit/words";
import { useTheme } from "../../theme/theme";
import type { draw as drawing, Plot } from "./plot";
import styles from "./system.module.css";

export interface Line {
  title: string;
  /** What is true now. */
  figure: string;
  says: string;
  series: { name: string; of: (sample: Sample) => number | null }[];
  /** The least that the top of the chart stands for. */
  most: number;
  /** Why there is nothing to draw. */
  none?: string;
  word: (value: number) => string;
}

interface Props {
  line: Line;
  samples: readonly Sample[];
  span: "live" | "day";
}

/** One figure with its course; the drawing library comes when a chart is first seen. */
export function Chart({ line, samples, span }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const shown = useTheme((state) => state.shown);
  const none = line.none !== undefined;
  const begin = useEffectEvent((draw: typeof drawing) => {
    plot.current = draw(box.current!, { ...line, span, onPoint: setAt });
    plot.current.show(samples);
  });

  useEffect(() => {
    if (none) return undefined;
    let gone = false;
    async function load(): Promise<void> {
      const { draw } = await import("./plot");
      if (!gone) begin(draw);
    }
    // Without the drawing the figures are still there.
    load().catch(() => undefined);
    return () => {
      gone = true;
      plot.current?.end();
      plot.current = null;
    };
  }, [shown, span, none]);

  useEffect(() => plot.current?.show(samples), [samples]);

  const point = at === null ? undefined : samples[at];
  return (
    <section className={styles.chart} aria-label={`${line.title}: ${line.figure} ${line.says}`}>
      <h2>{line.title}</h2>
      <p className={styles.figure}>
        {line.figure} <small>{line.says}</small>
      </p>
      <p className={styles.point} aria-hidden="true">
        {point ? pointed(line, point, span) : ""}
      </p>
      <div ref={box} className={styles.plot} aria-hidden="true"></div>
      {line.none || samples.length < 2 ? (
        <p className={styles.soon}>{line.none ?? SOON[span]}</p>
      ) : null}
    </section>
  );
}

const SOON = { live: "Looking", day: "The first minutes are being measured" } as const;

function pointed(line: Line, sample: Sample, span: "live" | "day"): string {
  const values = line.series.map(({ name, of }) => {
    const value = of(sample);
    const word = value === null ? "–" : line.word(value);
    return line.series.length > 1 ? `${word} ${name}` : word;
  });
  const time = span === "day" ? clock(sample.at) : clockSeconds(sample.at);
  return `${time} · ${values.join(", ")}`;
}
