import styles from "./spark.module.css";

interface Props {
  /** Oldest first; null where nothing is known. */
  values: readonly (number | null)[];
  /** The value at the top; the largest unless given. */
  most?: number;
}

const [W, H] = [120, 30];
const FEWEST = 3;

/** A line of a few values, for the shape and not for the numbers. */
export function Spark({ values, most }: Props) {
  const top = Math.max(most ?? 0, ...values.map((each) => each ?? 0), 1e-9);
  const step = W / Math.max(values.length - 1, 1);
  const points = values
    .map((value, at) =>
      value === null
        ? null
        : `${(at * step).toFixed(1)},${(H - 2 - (value / top) * (H - 4)).toFixed(1)}`,
    )
    .filter((each) => each !== null);
  // Two points are a stroke that says nothing of a course.
  if (points.length < FEWEST) return null;
  return (
    <svg
      className={styles.spark}
      viewBox={`0 0 ${W} ${H}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <polyline points={points.join(" ")} />
    </svg>
  );
}
