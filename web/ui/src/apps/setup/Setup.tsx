import { useEffect, useState } from "react";

import { entered, useAccount, whoAmI } from "../../api/account";
import { Problem } from "../../api/http";
import { setUp } from "../../api/people";
import { Field, PasswordField } from "../../kit/field";
import { Glyph } from "../../kit/state";
import { go } from "../../shell/router";
import { Brain } from "./Brain";
import { Channel } from "./Channel";
import { FirstQuestion } from "./FirstQuestion";
import { here, reached, type Step } from "./reached";
import styles from "./setup.module.css";
import { strength } from "./strength";
import { StrengthMeter } from "./StrengthMeter";
import { Wizard } from "./Wizard";

const STEPS = ["Setup code", "Owner", "Brain", "Channel", "First answer"] as const;
const NAME = "livos.setup.name";

/** The first visit: prove that the server is yours, say who you are, ask something. */
export default function Setup({ code: given }: { code: string }) {
  const inside = useAccount((state) => state.phase === "in");
  const [step, setStep] = useState(given ? 1 : 0);
  const [code, setCode] = useState(given);
  const [refused, setRefused] = useState<string | null>(null);

  // A link opened while this page is there already changes only what follows the #.
  const [address, setAddress] = useState(given);
  const [taken, setTaken] = useState(given);
  if (given !== address) {
    setAddress(given);
    if (given) {
      setTaken(given);
      setCode(given);
      setRefused(null);
      setStep(1);
    }
  }

  // The code is not for the history of the browser, nor for whoever looks at the address.
  useEffect(() => {
    if (location.hash) history.replaceState(null, "", "/setup");
    else if (location.pathname !== "/setup") go("/setup", "replace");
  }, [given]);

  if (inside) return <Inside />;
  if (step === 0) {
    return (
      <Wizard
        steps={STEPS}
        at={0}
        title="Is this server yours?"
        says="The installation printed a setup code. It shows that it was you."
        act="Continue"
        ready={code.trim() !== ""}
        onNext={() => {
          setRefused(null);
          setStep(1);
        }}
      >
        <Field
          label="Setup code"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          autoFocus
          value={code}
          error={refused}
          hint={
            <>
              Lost it? <code className={styles.command}>nexus setup-code</code> on the server prints
              a new one.
            </>
          }
          onChange={(event) => setCode(event.target.value)}
        />
      </Wizard>
    );
  }
  return (
    <Owner
      code={code.trim()}
      fromLink={taken !== "" && code === taken}
      onBack={() => setStep(0)}
      onRefused={(why) => {
        setRefused(why);
        setStep(0);
      }}
    />
  );
}

/** What comes once there is an owner; a page that is loaded anew goes on where it was. */
function Inside() {
  const [at, setAt] = useState(here);
  const to = (next: Step) => {
    reached(next);
    setAt(next);
  };
  // From now on it is known that there is something to go on with.
  useEffect(() => reached(here()), []);
  switch (at) {
    case "channel":
      return <Channel steps={STEPS} onBack={() => to("brain")} onNext={() => to("question")} />;
    case "question":
      return (
        <FirstQuestion steps={STEPS} onBack={() => to("channel")} onDone={() => reached("done")} />
      );
    default:
      return <Brain steps={STEPS} onNext={() => to("channel")} />;
  }
}

interface OwnerProps {
  code: string;
  fromLink: boolean;
  onBack: () => void;
  onRefused: (why: string) => void;
}

function Owner({ code, fromLink, onBack, onRefused }: OwnerProps) {
  const [name, setName] = useState(() => sessionStorage.getItem(NAME) ?? "");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const judged = strength(password, [name.trim()]);

  async function make(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      entered(await setUp(code, name.trim(), password));
      sessionStorage.removeItem(NAME);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.status === 403) onRefused(problem.message);
      else if (problem.status === 409) await whoAmI();
      else setError(problem.message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Wizard
      steps={STEPS}
      at={1}
      title="Who is the owner?"
      says="You log in with this name and password. There is no account anywhere else."
      act="Create the owner"
      busy={busy ? "Creating" : false}
      ready={name.trim() !== "" && judged.level > 0}
      onBack={onBack}
      onNext={() => void make()}
    >
      {fromLink ? (
        <p className={styles.found}>
          <Glyph work="done" />
          Setup code taken from the link
        </p>
      ) : null}
      <Field
        label="Name"
        name="username"
        autoComplete="username"
        autoCapitalize="off"
        spellCheck={false}
        autoFocus
        maxLength={64}
        value={name}
        onChange={(event) => {
          setName(event.target.value);
          sessionStorage.setItem(NAME, event.target.value);
        }}
      />
      <PasswordField
        label="Password"
        name="password"
        autoComplete="new-password"
        value={password}
        error={error}
        hint={
          password ? (
            <StrengthMeter strength={judged} />
          ) : (
            "At least 10 characters. A few words that do not belong together are good."
          )
        }
        onChange={(event) => setPassword(event.target.value)}
      />
    </Wizard>
  );
}
