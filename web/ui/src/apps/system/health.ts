/** How the machine is, in words that follow its figures; the bounds stand here and nowhere else. */
import type { DiskView, MachineView } from "../../generated";
import { percent, size } from "../../kit/words";

/** Percent of all cores. */
const BUSY = 90;
/** Degrees Celsius. */
const HOT = 85;
/** Used, as parts of all there is. */
const SHORT = 0.95;
const FULL = 0.9;

export interface Health {
  well: boolean;
  /** In a word or two. */
  word: string;
  /** The figure behind the word; nothing where all is well. */
  says: string;
}

/** The worst that is true of the figures as they are shown. */
export function health({ samples, memory_total, disks }: MachineView): Health {
  const last = samples.at(-1);
  if (!last) return { well: true, word: "Looking", says: "" };
  const { cpu, celsius, memory } = last;
  if (Math.round(celsius ?? 0) >= HOT) {
    return ill("Hot", `the processor is at ${Math.round(celsius!)} °C`);
  }
  if (memory / memory_total >= SHORT) {
    return ill("Short of memory", `${size(memory)} of ${size(memory_total)} are used`);
  }
  const full = disks.find(isFull);
  if (full) return ill("Nearly full", `${full.mount} has ${size(full.free)} left`);
  if (Math.round(cpu) >= BUSY) return ill("Busy", `the processor is at ${percent(cpu)}`);
  return { well: true, word: "All well", says: "" };
}

/** Whether a disk has little room left. */
export const isFull = ({ free, total }: DiskView): boolean => 1 - free / total >= FULL;

/** The same in one sentence: `Busy: the processor is at 100 %`. */
export const sentence = ({ word, says }: Health): string => (says ? `${word}: ${says}` : word);

const ill = (word: string, says: string): Health => ({ well: false, word, says });
