import { useState } from "react";

import { decide } from "../../api/approvals";
import { Problem } from "../../api/http";
import type { ApprovalView } from "../../generated";
import { Button } from "../../kit/button";
import { Field } from "../../kit/field";
import { useNow } from "../../kit/hooks";
import { TierShape, isTier } from "../../kit/tier";
import { seconds, toolName } from "../../kit/words";
import { visible } from "../../kit/visible";
import styles from "./approval.module.css";

type Verdict = "approved" | "denied";

/** A call that a person is asked about: all that would run, and two buttons, neither chosen. */
export default function ApprovalCard({ approval }: { approval: ApprovalView }) {
  const [busy, setBusy] = useState<Verdict | null>(null);
  const [code, setCode] = useState("");
  const [error, setError] = useState<string | null>(null);
  const now = useNow(approval.state === "pending");
  if (approval.state !== "pending") return <Ended approval={approval} />;
  const red = approval.tier === "RED";

  async function press(verdict: Verdict): Promise<void> {
    setBusy(verdict);
    setError(null);
    try {
      await decide(approval.id, verdict, verdict === "approved" ? code : "");
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setError(problem.message);
    } finally {
      setBusy(null);
    }
  }

  return (
    <section className={styles.card} aria-label={`Your decision about ${toolName(approval.tool)}`}>
      <header className={styles.head}>
        {isTier(approval.tier) ? <TierShape tier={approval.tier} /> : null}
        <strong>May this run?</strong>
        <span>{seconds(Math.max(0, approval.expires_at - now))} left</span>
      </header>
      <pre className={styles.command} tabIndex={0} aria-label="What would run">
        {visible(approval.command)}
      </pre>
      <dl className={styles.about}>
        {about(approval).map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{visible(text)}</dd>
          </div>
        ))}
      </dl>
      {red ? (
        <Field
          label="Code"
          hint="Of your authenticator app, or as `nexus approvals show` shows it"
          autoComplete="one-time-code"
          value={code}
          error={error}
          onChange={(event) => setCode(event.target.value)}
        />
      ) : null}
      {error && !red ? <p role="alert">{error}</p> : null}
      <footer className={styles.foot}>
        <Button
          busy={busy === "denied" && "Denying"}
          disabled={busy !== null}
          onClick={() => void press("denied")}
        >
          Deny
        </Button>
        <Button
          busy={busy === "approved" && "Approving"}
          disabled={busy !== null || (red && !code.trim())}
          onClick={() => void press("approved")}
        >
          Approve
        </Button>
      </footer>
    </section>
  );
}

function about(approval: ApprovalView): [string, string][] {
  const rows: [string, string][] = [
    ["Acts on", approval.targets.join(", ")],
    ["Does", approval.affects],
    ["Undo", approval.undo || "none"],
    ["Because", approval.reasons.join("; ")],
    ["For the task", approval.task],
    ["The model says", approval.says],
  ];
  return rows.filter(([, text]) => text !== "");
}

const ENDS: Record<Exclude<ApprovalView["state"], "pending">, string> = {
  approved: "Approved",
  denied: "Denied",
  expired: "Nobody decided in time",
  void: "Withdrawn",
};

function Ended({ approval }: { approval: ApprovalView }) {
  if (approval.state === "pending") return null;
  const by = approval.by ? ` by ${approval.by} on ${approval.channel}` : "";
  return (
    <p className={styles.ended}>
      {ENDS[approval.state]}
      {by}
    </p>
  );
}
