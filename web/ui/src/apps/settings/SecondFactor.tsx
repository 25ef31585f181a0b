import { ShieldCheck } from "lucide-react";
import { useState } from "react";

import { useAccount } from "../../api/account";
import { beginTotp, confirmTotp, endTotp } from "../../api/people";
import { Button } from "../../kit/button";
import { Dialog, DialogForm } from "../../kit/dialog";
import { CodeField, Field, PasswordField } from "../../kit/field";
import { Glyph } from "../../kit/state";
import { note } from "../../kit/notes";
import { CopyButton } from "../../markdown/Code";
import { Recovery } from "./Recovery";
import { Group, Row, Says } from "./Rows";
import styles from "./settings.module.css";
import { useAct } from "../../api/useAct";

/** The authenticator: on, off, and the codes for when it is lost. */
export function SecondFactor() {
  const me = useAccount((state) => state.me);
  const [asking, setAsking] = useState<"on" | "off" | null>(null);
  const close = () => setAsking(null);
  if (!me) return null;
  const knows = (totp: boolean) => useAccount.setState({ me: { ...me, totp } });
  return (
    <>
      <Says>A code from an authenticator app, besides the password.</Says>
      <Group>
        <Row
          icon={<ShieldCheck size={18} strokeWidth={1.75} aria-hidden />}
          title="Authenticator app"
          second={me.totp ? "Asked for at each login" : "Not set up"}
        >
          {me.totp ? (
            <>
              <span className={styles.good}>
                <Glyph work="done" />
                On
              </span>
              <Button onClick={() => setAsking("off")}>Turn off</Button>
            </>
          ) : (
            <Button onClick={() => setAsking("on")}>Set up</Button>
          )}
        </Row>
      </Group>
      <Dialog open={asking === "on"} onClose={close} title="Set up the authenticator">
        <TurnOn onClose={close} onDone={() => knows(true)} />
      </Dialog>
      <Dialog open={asking === "off"} onClose={close} title="Turn off the authenticator">
        <TurnOff
          onClose={close}
          onDone={() => {
            knows(false);
            close();
            note(true, "The authenticator is off");
          }}
        />
      </Dialog>
    </>
  );
}

interface StepProps {
  onClose: () => void;
  onDone: () => void;
}

interface Secret {
  secret: string;
  svg: string;
}

function TurnOn({ onClose, onDone }: StepProps) {
  const [password, setPassword] = useState("");
  const [secret, setSecret] = useState<Secret | null>(null);
  const [code, setCode] = useState("");
  const [codes, setCodes] = useState<string[] | null>(null);
  const { busy, error, act } = useAct();

  if (codes) return <Recovery codes={codes} onClose={onClose} />;
  if (secret) {
    return (
      <DialogForm
        title="Scan this with your authenticator"
        says="Then enter the six digits that it shows."
        act="Turn on"
        busy={busy ? "Checking" : false}
        disabled={code.length < 6}
        onClose={onClose}
        onSubmit={() =>
          void act(async () => {
            const { recovery } = await confirmTotp(code);
            setCodes(recovery);
            onDone();
          }).then((done) => (done ? undefined : setCode("")))
        }
      >
        {/* As a picture: what is in it cannot run here. */}
        <img className={styles.qr} src={picture(secret.svg)} alt="QR code of the secret" />
        <p className={styles.secret}>
          <span>Or type it in:</span>
          <code>{secret.secret.replace(/(.{4})(?=.)/g, "$1 ")}</code>
          <CopyButton text={secret.secret} label="Copy the secret" />
        </p>
        <CodeField label="Code" value={code} error={error} autoFocus onChange={setCode} />
      </DialogForm>
    );
  }
  return (
    <DialogForm
      title="Set up the authenticator"
      act="Continue"
      busy={busy ? "Checking" : false}
      disabled={!password}
      onClose={onClose}
      onSubmit={() => void act(async () => setSecret(await beginTotp(password)))}
    >
      <PasswordField
        label="Your password"
        autoComplete="current-password"
        value={password}
        error={error}
        onChange={(event) => setPassword(event.target.value)}
      />
    </DialogForm>
  );
}

function picture(svg: string): string {
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
}

function TurnOff({ onClose, onDone }: StepProps) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const { busy, error, act } = useAct();
  return (
    <DialogForm
      title="Turn off the authenticator"
      says="A login then needs only the password. All other logins are ended."
      act="Turn off"
      busy={busy ? "Turning off" : false}
      disabled={!password || !code}
      onClose={onClose}
      onSubmit={() => void act(() => endTotp(password, code)).then((done) => done && onDone())}
    >
      <PasswordField
        label="Your password"
        autoComplete="current-password"
        value={password}
        error={error}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Field
        label="Code, or a recovery code"
        autoComplete="one-time-code"
        value={code}
        onChange={(event) => setCode(event.target.value.trim())}
      />
    </DialogForm>
  );
}
