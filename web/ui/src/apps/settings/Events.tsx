import { useQuery } from "@tanstack/react-query";
import { Bell, Bot, FileWarning, Forward, Wrench, Zap } from "lucide-react";

import { rules, types } from "../../api/events";
import type { LastView, RuleView } from "../../generated";
import { Coded } from "../../kit/coded";
import { visible } from "../../kit/visible";
import { capital, counted, moment } from "../../kit/words";
import { useFrame } from "../../shell/frame";
import { goes, tracePath } from "../../shell/router";
import { NotYet } from "./NotYet";
import { Group, Row, Says } from "./Rows";
import styles from "./settings.module.css";

const LOOK = 2_000;

/** What is done on which events: the rules that count, what they did, and what does not fit. */
export default function Events() {
  const { seen } = useFrame();
  const { data, isError, refetch } = useQuery({
    queryKey: ["rules"],
    queryFn: rules,
    enabled: seen,
    refetchInterval: seen ? LOOK : false,
  });
  if (!data) {
    return <NotYet what="The rules" failed={isError} onTry={() => void refetch()} />;
  }
  return (
    <>
      <Says>
        Programs tell what happened; your rules say what follows. They are written in{" "}
        <code className={styles.file}>{data.file}</code> and count as soon as the file is saved.
      </Says>
      {data.faults.length ? (
        <Group title="Does not fit">
          {data.faults.map((each) => (
            <Row
              key={each.file}
              icon={<FileWarning size={18} strokeWidth={1.75} aria-hidden />}
              title={<code>{each.file}</code>}
              second={
                <span className={styles.bad} role="alert">
                  {visible(each.says).replace(/\.?$/, ".")} What was read before goes on to count.
                </span>
              }
            />
          ))}
        </Group>
      ) : null}
      <Group title="Rules">
        {data.rules.map((each) => (
          <RuleRow key={each.name} rule={each} written={data.written} />
        ))}
        {data.rules.length ? null : (
          <Row
            icon={<Zap size={18} strokeWidth={1.75} aria-hidden />}
            title="No rules yet"
            second="An event alone does nothing. A rule asks Nexus, calls a tool, tells you, or passes the event on."
          />
        )}
      </Group>
      <Types />
    </>
  );
}

const ICONS: Record<string, typeof Bot> = {
  "ask agent": Bot,
  "run tool": Wrench,
  notify: Bell,
  forward: Forward,
};

function RuleRow({ rule, written }: { rule: RuleView; written: boolean }) {
  const Icon = ICONS[rule.do] ?? Zap;
  const [last] = rule.firings;
  const often = rule.fired === 1 ? "once lately" : `${rule.fired} times lately`;
  return (
    <Row
      icon={<Icon size={18} strokeWidth={1.75} aria-hidden />}
      title={rule.name}
      second={
        <>
          On <code>{rule.on}</code>
          {rule.when ? (
            <>
              {" "}
              when <code>{rule.when}</code>
            </>
          ) : null}
          : {rule.do}
          <What rule={rule} />
          <Skipped rule={rule} />
          <Wrong rule={rule} />
        </>
      }
    >
      <span className={styles.quiet}>
        {last ? (
          <>
            {capital(moment(last.at))} · {often}
            {rule.last ? ` · ${ENDED[rule.last.outcome]}` : null}
            {last.turn ? (
              <>
                {" · "}
                <a className={styles.link} href={tracePath(last.turn)} onClick={goes}>
                  Follow
                </a>
              </>
            ) : null}
          </>
        ) : written ? (
          "It did not fire lately"
        ) : (
          "Not known, as there is no history yet"
        )}
      </span>
    </Row>
  );
}

/** How the last run of a rule ended, behind what is said of it. */
const ENDED: Record<LastView["outcome"], string> = {
  answered: "done",
  failed: "failed",
  stopped: "stopped",
  limited: "ended at a limit",
  refused: "refused",
  running: "under way",
  waits: "waits for you",
  told: "told",
  sent: "passed on",
};
const BAD: readonly LastView["outcome"][] = ["failed", "limited", "refused"];

/** How often it did nothing although it was meant, and why. */
function Skipped({ rule: { skipped } }: { rule: RuleView }) {
  if (!skipped) return null;
  const often = skipped.times === 1 ? "Skipped once" : `Skipped ${skipped.times} times`;
  return (
    <span className={styles.exactly}>
      {often}, last {moment(skipped.at)}: <Coded text={skipped.why} />
    </span>
  );
}

/** Why a rule cannot do what it says, or what became of it the last time. */
function Wrong({ rule }: { rule: RuleView }) {
  const said = rule.last && BAD.includes(rule.last.outcome) ? rule.last.says : "";
  if (!rule.fault && !said) return null;
  return (
    <span className={`${styles.exactly} ${styles.bad}`} role={rule.fault ? "alert" : undefined}>
      {visible(rule.fault || said)}
    </span>
  );
}

/** What it says, calls, or where it sends; its own words are words, all else is exact. */
function What({ rule }: { rule: RuleView }) {
  const words = rule.do === "ask agent" || rule.do === "notify";
  if (!words) return <code className={styles.exactly}>{visible(rule.what)}</code>;
  return <span className={styles.exactly}>“{visible(rule.what)}”</span>;
}

/** What events look like: those that somebody described. */
function Types() {
  const { data } = useQuery({ queryKey: ["event-types"], queryFn: types });
  if (!data?.types.length) return null;
  // Most of them are the server's own: unfolded they would bury the rules.
  return (
    <details className={styles.rest}>
      <summary>{counted(data.types.length, "described type")} of events</summary>
      <div>
        <Group>
          {data.types.map((each) => (
            <Row
              key={`${each.type} ${each.version}`}
              title={<code>{each.type}</code>}
              second={visible(each.about)}
            >
              <span className={styles.quiet}>version {each.version}</span>
            </Row>
          ))}
        </Group>
      </div>
    </details>
  );
}
