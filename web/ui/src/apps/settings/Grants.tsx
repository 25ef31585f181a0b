import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CheckCheck } from "lucide-react";
import { useState } from "react";

import { grants, revokeGrant } from "../../api/approvals";
import { useAct } from "../../api/useAct";
import type { Grant } from "../../generated";
import { Button } from "../../kit/button";
import { Confirm } from "../../kit/dialog";
import { note } from "../../kit/notes";
import { isTier, TierShape } from "../../kit/tier";
import { visible } from "../../kit/visible";
import { counted, moment, targetNames, toolName } from "../../kit/words";
import { useFrame } from "../../shell/frame";
import { NotYet } from "./NotYet";
import { Group, Row } from "./Rows";
import styles from "./settings.module.css";
import { useNames } from "./useNames";

const KEY = ["grants"];
const LOOK = 5_000;

/** Which calls run without a question: exactly what, for whom, until when; each can be taken back. */
export function Grants() {
  const { seen } = useFrame();
  const { data, isError, refetch } = useQuery({
    queryKey: KEY,
    queryFn: grants,
    enabled: seen,
    refetchInterval: seen ? LOOK : false,
  });
  if (!data) {
    return <NotYet what="The list" failed={isError} rows={1} onTry={() => void refetch()} />;
  }
  return (
    <Group title="Always allowed">
      {data.grants.map((each) => (
        <GrantRow key={each.id} grant={each} />
      ))}
      {data.grants.length ? null : (
        <Row
          icon={<CheckCheck size={18} strokeWidth={1.75} aria-hidden />}
          title="Every call that needs a yes asks for it"
          second="On the card of a call that is the same each time, a yes can count for 30 days."
        />
      )}
    </Group>
  );
}

function GrantRow({ grant }: { grant: Grant }) {
  const [asking, setAsking] = useState(false);
  const { busy, error, act } = useAct();
  const client = useQueryClient();
  const named = useNames();
  const name = toolName(grant.tool);

  async function revoke(): Promise<void> {
    setAsking(false);
    if (await act(() => revokeGrant(grant.id))) note(true, `${name} asks again from now on`);
    await client.invalidateQueries({ queryKey: KEY });
  }

  const facts = [
    `asked for by ${named(grant.person)} on ${grant.channel}`,
    `allowed by ${named(grant.by)}`,
    `until ${moment(grant.expires_at)}`,
    grant.uses
      ? `used ${counted(grant.uses, "time")}${grant.used_at ? `, last ${moment(grant.used_at)}` : ""}`
      : "not used yet",
  ];
  return (
    <Row
      icon={isTier(grant.tier) ? <TierShape tier={grant.tier} size={18} /> : null}
      title={
        <>
          {name}
          {grant.targets.length ? ` on ${visible(targetNames(grant.targets))}` : ""}
        </>
      }
      second={
        <>
          <code className={styles.exactly}>{visible(grant.command)}</code>
          {error ? (
            <span className={styles.bad} role="alert">
              {error}
            </span>
          ) : (
            facts.join(" · ")
          )}
        </>
      }
    >
      <Button
        aria-label={`Take back: ${name} on ${targetNames(grant.targets)}`}
        busy={busy ? "Taking back" : false}
        onClick={() => setAsking(true)}
      >
        Take back
      </Button>
      <Confirm
        open={asking}
        title={`Ask about ${name} again?`}
        says="The next such call waits for your yes, as it did before. To allow it for longer again you need a code."
        act="Take back"
        onAct={() => void revoke()}
        onClose={() => setAsking(false)}
      />
    </Row>
  );
}
