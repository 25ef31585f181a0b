import { useEffect, useState, type FormEvent } from "react";

import { entered, useAccount } from "../../api/account";
import { Problem } from "../../api/http";
import { login } from "../../api/people";
import { Button } from "../../kit/button";
import { CodeField, Field, PasswordField } from "../../kit/field";
import { useNow } from "../../kit/hooks";
import { Glyph } from "../../kit/state";
import { serverName } from "../../shell/server";
import { Wallpaper } from "../../shell/Wallpaper";
import styles from "./card.module.css";

type Step = "password" | "code" | "recovery";

/** Name and password; then the second factor of those who have one. */
export function Login() {
  const ended = useAccount((state) => state.ended);
  const [step, setStep] = useState<Step>("password");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Problem | null>(null);
  const wait = useWait(error);

  async function enter(totp: string | null): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      entered(await login(name.trim(), password, totp));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setCode("");
      if (problem.code === "totp_needed" && step === "password") setStep("code");
      else setError(problem);
    } finally {
      setBusy(false);
    }
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    void enter(step === "password" ? null : code.trim());
  }

  function typed(digits: string): void {
    setCode(digits);
    if (digits.length === 6 && !busy && !wait) void enter(digits);
  }

  return (
    <>
      <Wallpaper />
      <main className={styles.page}>
        <div className={styles.card}>
          <form className={styles.body} onSubmit={submit}>
            <div className={styles.head}>
              <img src="/favicon.svg" alt="" className={styles.mark} />
              <h1>{step === "password" ? `Log in to ${serverName()}` : "One more step"}</h1>
              {step === "code" ? <p>Enter the six digits from your authenticator.</p> : null}
              {step === "recovery" ? (
                <p>Enter one of your recovery codes; each works once.</p>
              ) : null}
            </div>
            {ended ? (
              <p className={styles.says} role="status">
                <Glyph work="stopped" />
                Your login ended. Log in again to go on where you were.
              </p>
            ) : null}
            <div className={styles.form}>
              {step === "password" ? (
                <>
                  <Field
                    label="Name"
                    name="username"
                    autoComplete="username"
                    autoCapitalize="off"
                    spellCheck={false}
                    autoFocus
                    required
                    value={name}
                    onChange={(event) => setName(event.target.value)}
                  />
                  <PasswordField
                    label="Password"
                    name="password"
                    autoComplete="current-password"
                    required
                    value={password}
                    onChange={(event) => setPassword(event.target.value)}
                  />
                </>
              ) : null}
              {step === "code" ? (
                <CodeField label="Code" value={code} autoFocus onChange={typed} />
              ) : null}
              {step === "recovery" ? (
                <Field
                  label="Recovery code"
                  autoComplete="off"
                  autoCapitalize="off"
                  spellCheck={false}
                  autoFocus
                  value={code}
                  onChange={(event) => setCode(event.target.value)}
                />
              ) : null}
              {error ? <Refusal error={error} wait={wait} /> : null}
              <Button
                look="primary"
                type="submit"
                className={styles.wide ?? ""}
                busy={busy ? "Logging in" : false}
                disabled={wait > 0 || !name.trim() || !password || (step !== "password" && !code)}
              >
                Log in
              </Button>
            </div>
            {step === "password" ? null : (
              <Other
                step={step}
                onChange={(next) => (setStep(next), setCode(""), setError(null))}
              />
            )}
          </form>
        </div>
      </main>
    </>
  );
}

function Other({ step, onChange }: { step: Step; onChange: (step: Step) => void }) {
  const [label, next] =
    step === "code"
      ? (["Use a recovery code", "recovery"] as const)
      : (["Use the authenticator", "code"] as const);
  return (
    <button type="button" className={styles.other} onClick={() => onChange(next)}>
      {label}
    </button>
  );
}

function Refusal({ error, wait }: { error: Problem; wait: number }) {
  const sentence = wait > 0 ? `Too many tries. Try again in ${wait} s.` : error.message;
  return (
    <p className={`${styles.says} ${styles.bad}`} role="alert">
      <Glyph work="failed" />
      {sentence}
    </p>
  );
}

/** Seconds that are still to be waited after too many tries. */
function useWait(error: Problem | null): number {
  const [until, setUntil] = useState(0);
  useEffect(() => {
    setUntil(error?.retryAfter ? Date.now() + error.retryAfter * 1_000 : 0);
  }, [error]);
  const now = useNow(until > 0);
  return until > now ? Math.ceil((until - now) / 1_000) : 0;
}
