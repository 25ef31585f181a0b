import { useEffect, useRef, useState } from "react";

import type { FlowView } from "../../generated";
import { useMedia } from "../../kit/hooks";
import { passing, type Dot } from "./passing";
import styles from "./pipeline.module.css";

const STILL = "(prefers-reduced-motion: reduce)";
/** How long a message takes from stage to stage, for the eye. */
const TRAVEL = 800;

/** The messages on their way; nothing moves for who wants it still. */
export function Dots({ flow }: { flow: FlowView }) {
  const still = useMedia(STILL);
  const before = useRef<FlowView | null>(null);
  const [dots, setDots] = useState<Dot[]>([]);
  useEffect(() => {
    const fresh = before.current && !still ? passing(before.current, flow) : [];
    before.current = flow;
    if (fresh.length) setDots((old) => [...old, ...fresh]);
  }, [flow, still]);
  return dots.map((dot) => (
    <Moving
      key={dot.key}
      dot={dot}
      onEnd={() => setDots((old) => old.filter((each) => each.key !== dot.key))}
    />
  ));
}

function Moving({ dot, onEnd }: { dot: Dot; onEnd: () => void }) {
  const { path, delay } = dot;
  const circle = useRef<SVGCircleElement>(null);
  const end = useRef(onEnd);
  useEffect(() => {
    const moving = circle.current!.animate(
      [
        { offsetDistance: "0%", opacity: 0 },
        { opacity: 1, offset: 0.1 },
        { opacity: 1, offset: 0.9 },
        { offsetDistance: "100%", opacity: 0 },
      ],
      { duration: TRAVEL, delay, fill: "both" },
    );
    moving.onfinish = () => end.current();
    return () => moving.cancel();
  }, [delay]);
  return (
    <circle ref={circle} r="4" className={styles.dot} style={{ offsetPath: `path("${path}")` }} />
  );
}
