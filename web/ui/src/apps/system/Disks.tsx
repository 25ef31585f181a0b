import type { DiskView } from "../../generated";
import { Bar } from "../../kit/bar";
import { size } from "../../kit/words";
import styles from "./system.module.css";

/** Every disk, how full it is. */
export function Disks({ disks }: { disks: DiskView[] }) {
  return (
    <section className={styles.disks} aria-label="Disks">
      <h2>Disks</h2>
      <ul>
        {disks.map(({ mount, device, filesystem, total, free }) => (
          <li key={mount}>
            <span className={styles.mount}>
              <b>{mount}</b>
              <small>{[device, filesystem].filter(Boolean).join(", ") || "the root"}</small>
            </span>
            <Bar part={1 - free / total} label={`${mount}: used`} />
            <span className={styles.room}>
              <b>{size(free)}</b> free of {size(total)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
