import { useQuery } from "@tanstack/react-query";
import { Hourglass } from "lucide-react";

import { approvals } from "../../api/approvals";
import { goes, chatPath } from "../../shell/router";
import { useFrame } from "../../shell/frame";
import { Decided } from "./Decided";
import { Grants } from "./Grants";
import { Says } from "./Rows";
import styles from "./settings.module.css";

const LOOK = 5_000;

/** What was allowed for longer, and what was decided. */
export default function Approvals() {
  const { seen } = useFrame();
  const { data } = useQuery({
    queryKey: ["approvals"],
    queryFn: approvals,
    enabled: seen,
    refetchInterval: seen ? LOOK : false,
  });
  const waiting = data?.approvals ?? [];
  return (
    <>
      <Says>
        What is visible to others or hard to take back waits for a yes. Here is what you allowed for
        longer, and what was decided.
      </Says>
      {waiting.length ? (
        <p className={styles.waits} role="status">
          <Hourglass size={16} strokeWidth={1.75} aria-hidden />
          <span>
            {waiting.length === 1 ? "One call waits" : `${waiting.length} calls wait`} for your
            decision.{" "}
            <a href={chatPath(waiting[0]!.session)} onClick={goes}>
              Decide
            </a>
          </span>
        </p>
      ) : null}
      <Grants />
      <Decided />
    </>
  );
}
