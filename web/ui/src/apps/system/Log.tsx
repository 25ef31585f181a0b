import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useEffect, useRef } from "react";

import type { LogView } from "../../generated";
import { IconButton } from "../../kit/button";
import { Dialog } from "../../kit/dialog";
import { Skeleton } from "../../kit/page";
import { visible } from "../../kit/visible";
import { useMono } from "../../theme/mono";
import { Silent } from "./Silent";
import styles from "./system.module.css";

const OFTEN = 3_000;

interface Props {
  kind: "container" | "service";
  name: string;
  read: (name: string) => Promise<LogView>;
  onClose: () => void;
}

/** The last lines that a container or a service wrote. */
export function Log({ kind, name, read, onClose }: Props) {
  useMono();
  const end = useRef<HTMLPreElement>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ["log", kind, name],
    queryFn: () => read(name),
    refetchInterval: OFTEN,
  });
  useEffect(() => {
    if (end.current) end.current.scrollTop = end.current.scrollHeight;
  }, [data]);
  return (
    <Dialog open title={`Log of ${name}`} onClose={onClose} size="wide">
      <div className={styles.logHead}>
        <b aria-hidden="true">Log of {name}</b>
        <IconButton label="Close the log" onClick={onClose}>
          <X size={16} strokeWidth={1.75} aria-hidden />
        </IconButton>
      </div>
      {data ? (
        <pre ref={end} className={styles.log} tabIndex={0}>
          {data.missing || visible(data.text) || "Nothing was written yet."}
        </pre>
      ) : error ? (
        <Silent error={error} onTry={() => void refetch()} />
      ) : (
        <Skeleton />
      )}
    </Dialog>
  );
}
