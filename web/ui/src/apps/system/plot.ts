/** Charts by uPlot, in our colours; the only module that knows it. */
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import type { Sample } from "../../generated";
import { clock } from "../../kit/words";
import type { Line } from "./Chart";

export interface Plot {
  show: (samples: readonly Sample[]) => void;
  end: () => void;
}

interface How extends Line {
  span: "live" | "day";
  onPoint: (at: number | null) => void;
}

const HEIGHT = 104;
const SPANS = { live: 5 * 60, day: 24 * 3_600 };
/** A hole in time that is longer than this many seconds is shown as one. */
const HOLES = { live: 90, day: 300 };

/** Draw into a box, as wide as that is, until it ends. */
export function draw(box: HTMLElement, how: How): Plot {
  const style = getComputedStyle(box);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const ink = color("text3");
  const line = color("line");
  const tints = [color("data"), color("green-ink")];
  const grid = { stroke: line, width: 1 };
  const axis = { stroke: ink, grid, ticks: { show: false }, font: `11px ${color("font")}` };
  const plot = new UPlot(
    {
      width: Math.max(box.clientWidth, 120),
      height: HEIGHT,
      padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
      scales: {
        x: {
          time: true,
          range: (_, __, last) => [(last || now()) - SPANS[how.span], last || now()],
        },
        y: { range: (_, __, top) => [0, (top || 0) > how.most ? top * 1.1 : how.most] },
      },
      axes: [
        {
          ...axis,
          size: 20,
          gap: 4,
          space: 52,
          grid: { show: false },
          values: (_, at) => at.map((s) => clock(s * 1_000)),
        },
        {
          ...axis,
          size: 62,
          gap: 6,
          splits: (self) => thirds(self.scales["y"]?.max ?? how.most),
          values: (_, at) => at.map((each) => how.word(each)),
        },
      ],
      series: [
        {},
        ...how.series.map((_, at) => ({
          stroke: tints[at] ?? ink,
          width: 1.75,
          fill: at === 0 ? faint(tints[0]!) : undefined!,
          points: { show: false },
          spanGaps: false,
        })),
      ],
      hooks: { setCursor: [(self) => how.onPoint(point(self))] },
    },
    [[], ...how.series.map(() => [])],
    box,
  );
  let places: number[] = [];

  /** The sample under the pointer, by its place in what was shown. */
  function point(self: UPlot): number | null {
    return self.cursor.idx === null || self.cursor.idx === undefined
      ? null
      : (places[self.cursor.idx] ?? null);
  }

  const watch = new ResizeObserver(() =>
    plot.setSize({ width: Math.max(box.clientWidth, 120), height: HEIGHT }),
  );
  watch.observe(box);
  return {
    show: (samples) => {
      const made = columns(samples, how);
      places = made.places;
      plot.setData(made.data);
    },
    end: () => {
      watch.disconnect();
      plot.destroy();
    },
  };
}

/** The bottom, the middle and the top. */
const thirds = (top: number) => [0, top / 2, top];

const now = () => Date.now() / 1_000;

const faint = (color: string) => `color-mix(in srgb, ${color} 14%, transparent)`;

/** The samples as columns; where nobody looked for long, the line is cut. */
function columns(samples: readonly Sample[], how: How) {
  const data: [number[], ...(number | null)[][]] = [[], ...how.series.map(() => [])];
  const places: number[] = [];
  let before: number | null = null;
  samples.forEach((sample, place) => {
    const at = sample.at / 1_000;
    // A clock that went back would draw a knot.
    if (before !== null && at <= before) return;
    if (before !== null && at - before > HOLES[how.span]) {
      data[0].push(before + 1);
      for (const column of data.slice(1)) column.push(null as never);
      places.push(place);
    }
    data[0].push(at);
    how.series.forEach(({ of }, series) => data[series + 1]!.push(of(sample) as never));
    places.push(place);
    before = at;
  });
  return { data: data as UPlot.AlignedData, places };
}
