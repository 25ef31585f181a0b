import { useQuery } from "@tanstack/react-query";

import { approvals } from "../../api/approvals";
import { useFrame } from "../../shell/frame";
import { Decided } from "./Decided";
import { Grants } from "./Grants";
import { Says } from "./Rows";
import { Waiting } from "./Waiting";

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
  return (
    <>
      <Says>
        What is visible to others or hard to take back waits for a yes. Here is what you allowed for
        longer, and what was decided.
      </Says>
      <Waiting approvals={data?.approvals ?? []} />
      <Grants />
      <Decided />
    </>
  );
}
