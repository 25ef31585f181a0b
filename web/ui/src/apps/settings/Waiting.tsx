import type { ApprovalCard } from "../../generated";
import { useNow } from "../../kit/hooks";
import { isTier, TierShape } from "../../kit/tier";
import { visible } from "../../kit/visible";
import { clock, seconds, targetNames, toolName } from "../../kit/words";
import { chatPath, goes } from "../../shell/router";
import { useSessions } from "../chat/useSessions";
import { Group, Row } from "./Rows";
import styles from "./settings.module.css";

/** What waits for a yes: each with all that tells it from another that reads the same. */
export function Waiting({ approvals }: { approvals: readonly ApprovalCard[] }) {
  const { list } = useSessions();
  const now = useNow(approvals.length > 0);
  if (!approvals.length) return null;
  return (
    <Group title="Waiting for you">
      {approvals.map((each) => (
        <WaitingRow
          key={each.id}
          approval={each}
          within={list.find(({ id }) => id === each.session)?.title}
          now={now}
        />
      ))}
    </Group>
  );
}

interface RowProps {
  approval: ApprovalCard;
  /** The title of its conversation, where it is known. */
  within: string | undefined;
  now: number;
}

function WaitingRow({ approval, within, now }: RowProps) {
  const { tool, tier, targets, command, session, turn, asked_at, expires_at } = approval;
  const title = visible(`${toolName(tool)}${targets.length ? ` on ${targetNames(targets)}` : ""}`);
  const facts = [
    `Asked at ${clock(asked_at)}${within ? ` in “${within}”` : ""}`,
    `${seconds(Math.max(0, expires_at - now))} left`,
  ];
  return (
    <Row
      icon={isTier(tier) ? <TierShape tier={tier} size={18} /> : null}
      title={title}
      second={
        <>
          <code className={styles.exactly}>{visible(command)}</code>
          {facts.join(" · ")}
        </>
      }
    >
      <a
        className={styles.link}
        href={chatPath(session, turn)}
        aria-label={`Decide about ${title}, asked at ${clock(asked_at)}`}
        onClick={goes}
      >
        Decide
      </a>
    </Row>
  );
}
