import { CircleCheck, HardDrive, CircleAlert } from "lucide-react";

import { isFull } from "../../apps/system/health";
import { useMachine } from "../../apps/system/useMachine";
import type { DiskView } from "../../generated";
import { Bar } from "../../kit/bar";
import { counted, size } from "../../kit/words";
import styles from "../home.module.css";
import { Widget } from "./Widget";

const OFTEN = 10_000;
const SHOWN = 3;

/** How much room is left. */
export function Storage() {
  const { data } = useMachine(OFTEN);
  const disks = data?.disks ?? [];
  const total = sum(disks, "total");
  const full = disks.filter(isFull);
  return (
    <Widget
      icon={<HardDrive size={16} strokeWidth={1.75} aria-hidden />}
      title="Storage"
      href="/system"
      corner={data ? <Word count={disks.length} full={full[0]} /> : null}
    >
      {data ? (
        <>
          <p className={styles.figure}>
            {size(sum(disks, "free"))} <small>free of {size(total)}</small>
          </p>
          <Bar part={1 - sum(disks, "free") / total} label="Storage used" />
          <p className={styles.facts}>
            {disks.length === 1 ? <span>{size(total - sum(disks, "free"))} used</span> : null}
            {disks.length > 1
              ? disks.slice(0, SHOWN).map(({ mount, free }) => (
                  <span key={mount}>
                    {mount} {size(free)} free
                  </span>
                ))
              : null}
          </p>
        </>
      ) : null}
    </Widget>
  );
}

function Word({ count, full }: { count: number; full: DiskView | undefined }) {
  if (full) {
    return (
      <span className={styles.warn}>
        <CircleAlert size={14} strokeWidth={2} aria-hidden />
        <span className={styles.word}>{full.mount} is nearly full</span>
      </span>
    );
  }
  return (
    <span className={styles.good}>
      <CircleCheck size={14} strokeWidth={2} aria-hidden />
      <span className={styles.word}>{`${counted(count, "disk")} well`}</span>
    </span>
  );
}

const sum = (disks: DiskView[], field: "total" | "free") =>
  disks.reduce((all, each) => all + each[field], 0);
