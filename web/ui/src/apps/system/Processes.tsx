import { useQuery } from "@tanstack/react-query";
import { MoveDown } from "lucide-react";
import { useMemo, useState } from "react";

import { processes } from "../../api/monitor";
import type { ProcessView } from "../../generated";
import { Skeleton } from "../../kit/page";
import { counted, size } from "../../kit/words";
import { useFrame } from "../../shell/frame";
import { Filter } from "./Filter";
import { Silent } from "./Silent";
import styles from "./system.module.css";

const OFTEN = 3_000;

type Column = "name" | "cpu" | "memory";

const ORDERS: Record<Column, (a: ProcessView, b: ProcessView) => number> = {
  name: (a, b) => a.name.localeCompare(b.name) || a.pid - b.pid,
  cpu: (a, b) => b.cpu - a.cpu || b.memory - a.memory,
  memory: (a, b) => b.memory - a.memory,
};

/** What runs, and what it takes. */
export function Processes() {
  const { seen } = useFrame();
  const [by, setBy] = useState<Column>("cpu");
  const [words, setWords] = useState("");
  const { data, error, refetch } = useQuery({
    queryKey: ["machine", "processes"],
    queryFn: processes,
    refetchInterval: seen ? OFTEN : false,
  });
  const rows = useMemo(() => {
    const wanted = words.trim().toLowerCase();
    return (data?.processes ?? [])
      .filter(({ name, user, pid }) => `${name} ${user} ${pid}`.toLowerCase().includes(wanted))
      .toSorted(ORDERS[by]);
  }, [data, by, words]);
  if (!data) return error ? <Silent error={error} onTry={() => void refetch()} /> : <Skeleton />;
  const heads = { name: "Name", cpu: "Processor", memory: "Memory" } as const;
  return (
    <div className={styles.listing}>
      <Filter value={words} onChange={setWords} says={says(rows.length, data.total)} />
      <table className={styles.table}>
        <thead>
          <tr>
            {(["name", "cpu", "memory"] as const).map((column) => (
              <th
                key={column}
                scope="col"
                aria-sort={
                  by === column ? (column === "name" ? "ascending" : "descending") : "none"
                }
              >
                <button type="button" onClick={() => setBy(column)}>
                  {heads[column]}
                  {by === column ? <MoveDown size={13} strokeWidth={2} aria-hidden /> : null}
                </button>
              </th>
            ))}
            <th scope="col" className={styles.wide}>
              User
            </th>
            <th scope="col" className={styles.wide}>
              PID
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ pid, name, user, cpu, memory }) => (
            <tr key={pid}>
              <td>{name}</td>
              <td data-busy={cpu >= 50 || undefined}>{cpu < 0.05 ? "–" : `${cpu.toFixed(1)} %`}</td>
              <td>{size(memory)}</td>
              <td className={styles.wide}>{user}</td>
              <td className={styles.wide}>{pid}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function says(shown: number, total: number): string {
  return shown === total
    ? counted(total, "process", "processes")
    : `${shown} of ${counted(total, "process", "processes")}`;
}
