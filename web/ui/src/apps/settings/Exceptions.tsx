import { Timer } from "lucide-react";
import { useState } from "react";

import { Button } from "../../kit/button";
import { Dialog, DialogForm } from "../../kit/dialog";
import { Field } from "../../kit/field";
import { useNow } from "../../kit/hooks";
import { moment, toolName } from "../../kit/words";
import type { Override } from "./rights";
import { Choice, Group, Row } from "./Rows";
import styles from "./settings.module.css";
import { useChange } from "./usePanel";

const HOURS = [
  { value: "1", title: "One hour" },
  { value: "8", title: "Eight hours" },
  { value: "24", title: "A day" },
  { value: "168", title: "A week" },
];
const TIERS = ["GREEN", "YELLOW", "ORANGE"];

/** What needs less of a person for a while; each ends by itself. */
export function Exceptions({ now }: { now: Override[] }) {
  const [making, setMaking] = useState(false);
  const { busy, error, save } = useChange();
  const clock = useNow(true, 60_000);
  const close = () => setMaking(false);
  const keep = (all: Override[]) => save({ "policy.overrides": all.length ? all : null });
  return (
    <>
      <Group title="Exceptions for a while">
        {now.map((each) => {
          const until = Date.parse(each.until);
          const over = until <= clock;
          return (
            <Row
              key={`${each.tool} ${each.target} ${each.until}`}
              icon={<Timer size={18} strokeWidth={1.75} aria-hidden />}
              title={`${toolName(each.tool)} on ${each.target === "*" ? "anything" : each.target}`}
              second={`as ${each.tier} ${over ? "until" : "ends"} ${moment(until)}${over ? ", over" : ""} · ${each.people.join(", ")} · ${each.why}`}
            >
              <Button
                aria-label={`End the exception for ${toolName(each.tool)}`}
                busy={busy ? "Ending" : false}
                onClick={() => void keep(now.filter((one) => one !== each))}
              >
                {over ? "Remove" : "End"}
              </Button>
            </Row>
          );
        })}
        {now.length ? null : (
          <Row
            icon={<Timer size={18} strokeWidth={1.75} aria-hidden />}
            title="There are no exceptions now"
            second="For one tool and target, until a time you choose."
          />
        )}
      </Group>
      {error ? (
        <p className={styles.bad} role="alert">
          {error}
        </p>
      ) : null}
      <Button onClick={() => setMaking(true)}>Make an exception</Button>
      <Dialog open={making} onClose={close} title="Make an exception">
        <Form now={now} onClose={close} />
      </Dialog>
    </>
  );
}

function Form({ now, onClose }: { now: Override[]; onClose: () => void }) {
  const [tool, setTool] = useState("");
  const [target, setTarget] = useState("");
  const [tier, setTier] = useState("YELLOW");
  const [hours, setHours] = useState("8");
  const [why, setWhy] = useState("");
  const { busy, error, save } = useChange();

  function make(): void {
    const until = new Date(Date.now() + Number(hours) * 3_600_000).toISOString();
    const fresh = {
      tool: tool.trim(),
      target: target.trim(),
      people: ["owner"],
      channels: ["*"],
      tier,
      until,
      why: why.trim(),
    };
    void save({ "policy.overrides": [...now, fresh] }).then((done) => done && onClose());
  }

  return (
    <DialogForm
      title="Make an exception"
      says="For you alone. It does not count once text that others wrote entered a conversation."
      act="Make it"
      busy={busy ? "Saving" : false}
      disabled={!tool.trim() || !target.trim() || !why.trim()}
      onClose={onClose}
      onSubmit={make}
    >
      <Field
        label="Tool"
        placeholder="docker_stop"
        value={tool}
        spellCheck={false}
        onChange={(event) => setTool(event.target.value)}
      />
      <Field
        label="On what"
        placeholder="container:web"
        value={target}
        spellCheck={false}
        onChange={(event) => setTarget(event.target.value)}
      />
      <div className={styles.chooses}>
        Its tier meanwhile
        <Choice
          label="Its tier meanwhile"
          value={tier}
          options={TIERS.map((each) => ({ value: each, title: each }))}
          onChoose={setTier}
        />
      </div>
      <div className={styles.chooses}>
        For
        <Choice label="For" value={hours} options={HOURS} onChoose={setHours} />
      </div>
      <Field
        label="Why"
        placeholder="Moving the web server"
        value={why}
        maxLength={256}
        error={error}
        onChange={(event) => setWhy(event.target.value)}
      />
    </DialogForm>
  );
}
