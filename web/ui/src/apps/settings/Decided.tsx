import { useQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { useState } from "react";

import { useAccount } from "../../api/account";
import { decided } from "../../api/approvals";
import type { ApprovalView } from "../../generated";
import { Button } from "../../kit/button";
import { Glyph, type Work } from "../../kit/state";
import { isTier, TierShape } from "../../kit/tier";
import { visible } from "../../kit/visible";
import { moment, targetNames, toolName } from "../../kit/words";
import { useFrame } from "../../shell/frame";
import { chatPath, goes, tracePath } from "../../shell/router";
import { Group, Row } from "./Rows";
import styles from "./settings.module.css";
import { useNames } from "./useNames";

const LOOK = 5_000;

/** What was asked and is over, page by page, the newest first. */
export function Decided() {
  const [pages, setPages] = useState<string[]>([""]);
  const { seen } = useFrame();
  const first = useQuery({
    queryKey: ["decided", ""],
    queryFn: () => decided(""),
    enabled: seen,
    refetchInterval: seen ? LOOK : false,
  });
  if (!first.data) {
    return first.isError ? (
      <Group title="Decided">
        <Row title="The history cannot be read now" second={first.error.message}>
          <Button onClick={() => void first.refetch()}>Try again</Button>
        </Row>
      </Group>
    ) : null;
  }
  return (
    <Group title="Decided">
      {pages.map((each, at) => (
        <Page
          key={each}
          before={each}
          onMore={at === pages.length - 1 ? (next) => setPages([...pages, next]) : null}
        />
      ))}
      {first.data.approvals.length || first.data.next ? null : (
        <Row
          icon={<History size={18} strokeWidth={1.75} aria-hidden />}
          title="Nothing was decided yet"
          second="Each yes and each no stays here, with what it was about."
        />
      )}
    </Group>
  );
}

interface PageProps {
  before: string;
  onMore: ((next: string) => void) | null;
}

function Page({ before, onMore }: PageProps) {
  const { data } = useQuery({ queryKey: ["decided", before], queryFn: () => decided(before) });
  const next = data?.next;
  return (
    <>
      {data?.approvals.map((each) => (
        <DecidedRow key={each.id} approval={each} />
      ))}
      {onMore && next ? (
        <li className={styles.more}>
          <Button look="quiet" onClick={() => onMore(next)}>
            Show older
          </Button>
        </li>
      ) : null}
    </>
  );
}

const ENDS: Record<ApprovalView["state"], { work: Work; says: string }> = {
  pending: { work: "queued", says: "Waits" },
  approved: { work: "done", says: "Allowed" },
  denied: { work: "stopped", says: "Denied" },
  expired: { work: "queued", says: "Nobody decided in time" },
  void: { work: "unknown", says: "Withdrawn" },
};

/** One request that is over: what, who, when, and the way to where it was asked. */
function DecidedRow({ approval }: { approval: ApprovalView }) {
  const named = useNames();
  const owner = useAccount((state) => state.me?.role === "owner");
  const { session, turn } = approval;
  const { work, says } = ENDS[approval.state];
  const by = approval.by ? ` by ${named(approval.by)} on ${approval.channel}` : "";
  const facts = [
    `${says}${by}${approval.grant ? ", for 30 days" : ""}`,
    moment(approval.decided_at ?? approval.asked_at),
  ];
  const title = `${toolName(approval.tool)}${approval.targets.length ? ` on ${targetNames(approval.targets)}` : ""}`;
  return (
    <Row
      icon={isTier(approval.tier) ? <TierShape tier={approval.tier} size={18} /> : null}
      title={visible(title)}
      second={
        <>
          <code className={styles.exactly}>{visible(approval.command)}</code>
          {facts.join(" · ")}
        </>
      }
    >
      <span className={styles.state}>
        <Glyph work={work} />
        {says}
      </span>
      <a
        className={styles.link}
        href={owner ? tracePath(turn) : chatPath(session, turn)}
        aria-label={`Follow ${visible(title)}`}
        onClick={goes}
      >
        Follow
      </a>
    </Row>
  );
}
