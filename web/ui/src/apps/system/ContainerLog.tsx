import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useEffect, useRef } from "react";

import { containerLog } from "../../api/monitor";
import { IconButton } from "../../kit/button";
import { Dialog } from "../../kit/dialog";
import { Skeleton } from "../../kit/page";
import { useMono } from "../../theme/mono";
import { Silent } from "./Silent";
import styles from "./system.module.css";

const OFTEN = 3_000;

/** The last lines that a container wrote. */
export function ContainerLog({ name, onClose }: { name: string; onClose: () => void }) {
  useMono();
  const end = useRef<HTMLPreElement>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ["machine", "log", name],
    queryFn: () => containerLog(name),
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
          {data.missing || data.text || "Nothing was written yet."}
        </pre>
      ) : error ? (
        <Silent error={error} onTry={() => void refetch()} />
      ) : (
        <Skeleton />
      )}
    </Dialog>
  );
}
