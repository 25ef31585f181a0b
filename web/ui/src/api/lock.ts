/** One tab at a time. */
import { uuid } from "./ids";

const PATIENCE = 10_000;
const LOOK = 60;

/** Run `work` while no other tab runs under the same name. */
export async function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
  // Web locks exist only where the page came over HTTPS or from this machine.
  if (navigator.locks) return await navigator.locks.request(name, work);
  const mine = uuid();
  const end = Date.now() + PATIENCE;
  while (Date.now() < end && !(await taken(name, mine))) await pause(LOOK + Math.random() * LOOK);
  try {
    return await work();
  } finally {
    if (owner(name) === mine) localStorage.removeItem(name);
  }
}

async function taken(name: string, mine: string): Promise<boolean> {
  if (owner(name)) return false;
  localStorage.setItem(name, `${mine} ${Date.now() + PATIENCE}`);
  // Two tabs may write at once; the last one's word stands.
  await pause(LOOK / 2);
  return owner(name) === mine;
}

function owner(name: string): string | null {
  const [who, until] = (localStorage.getItem(name) ?? "").split(" ");
  return who && Number(until) > Date.now() ? who : null;
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
