import { useEffect, useState } from "react";

import { cardOf, decide } from "../../api/approvals";
import { Problem } from "../../api/http";
import type { ApprovalView } from "../../generated";
import { Button } from "../../kit/button";
import { Field } from "../../kit/field";
import { useNow } from "../../kit/hooks";
import { TierShape, isTier } from "../../kit/tier";
import { clock, seconds, toolName } from "../../kit/words";
import { visible } from "../../kit/visible";
import { useMono } from "../../theme/mono";
import styles from "./approval.module.css";

type Press = "approved" | "denied" | "always";

/** A card that has just appeared under somebody's finger is not pressed by that. */
const DEAF = 400;

/** A call that a person is asked about: all that would run, and two buttons, neither chosen. */
export default function ApprovalCard({ approval }: { approval: ApprovalView }) {
  if (approval.state !== "pending") return <Ended approval={approval} />;
  return <Open approval={approval} />;
}

function Open({ approval }: { approval: ApprovalView }) {
  const [busy, setBusy] = useState<Press | null>(null);
  const [code, setCode] = useState("");
  const [error, setError] = useState<string | null>(null);
  useMono();
  const deaf = useDeaf();
  const elsewhere = useCode(approval.id);
  const now = useNow(true);
  const red = approval.tier === "RED";

  async function press(how: Press, proof: string): Promise<void> {
    setBusy(how);
    setError(null);
    try {
      const verdict = how === "denied" ? "denied" : "approved";
      await decide(approval.id, verdict, proof, how === "always");
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setError(problem.message);
    } finally {
      setBusy(null);
    }
  }

  return (
    <section
      className={styles.card}
      data-tier={approval.tier}
      aria-label={`Your decision about ${toolName(approval.tool)}`}
    >
      <header className={styles.head}>
        {isTier(approval.tier) ? <TierShape tier={approval.tier} /> : null}
        <b>{approval.tier}</b>
        <strong>{red ? "Needs you and a code" : "Needs your decision"}</strong>
        <time title={`Until ${clock(approval.expires_at)}`}>
          {seconds(Math.max(0, approval.expires_at - now))} left
        </time>
      </header>
      <p className={styles.tool}>
        <b>{toolName(approval.tool)}</b>
        <code>{approval.tool}</code>
      </p>
      <pre className={styles.command} tabIndex={0} aria-label="What would run">
        {visible(approval.command)}
      </pre>
      <dl className={styles.about}>
        {about(approval, elsewhere).map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{visible(text)}</dd>
          </div>
        ))}
      </dl>
      {red ? <Code value={code} error={error} onChange={setCode} /> : null}
      {error && !red ? <p role="alert">{error}</p> : null}
      <footer className={styles.foot}>
        <Button
          busy={busy === "denied" && "Denying"}
          disabled={deaf || busy !== null}
          onClick={() => void press("denied", "")}
        >
          Deny
        </Button>
        <Button
          busy={busy === "approved" && "Allowing"}
          disabled={deaf || busy !== null || (red && !code.trim())}
          onClick={() => void press("approved", red ? code : "")}
        >
          Allow once
        </Button>
      </footer>
      {approval.lasting ? (
        <details className={styles.lasting}>
          <summary>Not to be asked about this very call again…</summary>
          <p>
            For 30 days the same call with the same arguments, on the same target, asked for by you
            in the same place, runs without a question. It asks again if the tool, the target or
            your rules change. It is taken back with <code>nexus approvals revoke</code>.
          </p>
          <Code value={code} error={null} onChange={setCode} />
          <Button
            busy={busy === "always" && "Allowing"}
            disabled={deaf || busy !== null || !code.trim()}
            onClick={() => void press("always", code)}
          >
            Allow for 30 days
          </Button>
        </details>
      ) : null}
    </section>
  );
}

interface CodeProps {
  value: string;
  error: string | null;
  onChange: (code: string) => void;
}

function Code({ value, error, onChange }: CodeProps) {
  return (
    <Field
      label="Code"
      hint="From your authenticator app, or what the terminal says to: nexus approvals show"
      autoComplete="one-time-code"
      value={value}
      error={error}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** Whether the card is too fresh to be pressed. */
function useDeaf(): boolean {
  const [deaf, setDeaf] = useState(true);
  useEffect(() => {
    const timer = setTimeout(() => setDeaf(false), DEAF);
    return () => clearTimeout(timer);
  }, []);
  return deaf;
}

/** The code by which this is decided in another place. */
function useCode(id: string): string {
  const [code, setCode] = useState("");
  useEffect(() => {
    let gone = false;
    cardOf(id).then(
      (card) => gone || setCode(card ? `${card.code.slice(0, 4)}-${card.code.slice(4)}` : ""),
      () => undefined, // It is decided here all the same.
    );
    return () => {
      gone = true;
    };
  }, [id]);
  return code;
}

function about(approval: ApprovalView, code: string): [string, string][] {
  const rows: [string, string][] = [
    ["Target", approval.targets.join(", ")],
    ["Affects", approval.affects],
    ["Undo", approval.undo || "none"],
    ["Because", approval.reasons.join("; ")],
    ["Raised", approval.tainted ? "text that anybody could have written entered this turn" : ""],
    ["For the task", approval.task],
    ["The model says", approval.says],
    ["Code", code && `${code}, to decide in another place`],
  ];
  return rows.filter(([, text]) => text !== "");
}

const ENDS: Record<Exclude<ApprovalView["state"], "pending">, string> = {
  approved: "Approved",
  denied: "Denied",
  expired: "Nobody decided in time, so it did not run",
  void: "Withdrawn",
};

function Ended({ approval }: { approval: ApprovalView }) {
  if (approval.state === "pending") return null;
  const lasting = approval.grant ? ", for 30 days" : "";
  const by = approval.by ? ` by ${approval.by} on ${approval.channel}` : "";
  const at = approval.decided_at ? `, ${clock(approval.decided_at)}` : "";
  return (
    <p className={styles.ended}>
      {ENDS[approval.state]}
      {by}
      {lasting}
      {at}
    </p>
  );
}
