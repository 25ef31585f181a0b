import { useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";

import { endKey, keys, makeKey } from "../../api/people";
import type { KeyForm, KeyShown } from "../../generated";
import { Button } from "../../kit/button";
import { Confirm, Dialog, DialogForm } from "../../kit/dialog";
import { Field } from "../../kit/field";
import { note } from "../../kit/notes";
import { moment } from "../../kit/words";
import { CopyButton } from "../../markdown/Code";
import { NotYet } from "./NotYet";
import { proven } from "./proof";
import { Group, Row, Says } from "./Rows";
import styles from "./settings.module.css";
import { useAct } from "../../api/useAct";

const KEY = ["keys"];
type Scope = KeyForm["scopes"][number];

const SCOPES: { scope: Scope; says: string }[] = [
  { scope: "chat", says: "Ask, and read the answers" },
  { scope: "read", says: "Read conversations and states" },
  { scope: "events", says: "Hand in events" },
  { scope: "tools", says: "Call tools" },
  { scope: "admin", says: "Everything, as you" },
];

/** Keys for programs. */
export function Keys() {
  const { data, isError, refetch } = useQuery({ queryKey: KEY, queryFn: keys });
  const [making, setMaking] = useState(false);
  const close = () => setMaking(false);
  return (
    <>
      <Says>
        For programs that talk to this server: scripts, and apps that speak the OpenAI protocol.
      </Says>
      {data ? null : (
        <NotYet what="The list" failed={isError} rows={1} onTry={() => void refetch()} />
      )}
      {data?.keys.length ? (
        <Group>
          {data.keys.map((each) => (
            <KeyRow key={each.id} found={each} />
          ))}
        </Group>
      ) : null}
      {data && !data.keys.length ? (
        <Group>
          <Row
            icon={<KeyRound size={18} strokeWidth={1.75} aria-hidden />}
            title="No keys yet"
            second="A key is shown once, when it is made."
          />
        </Group>
      ) : null}
      <Button onClick={() => setMaking(true)}>
        <Plus size={16} strokeWidth={1.75} aria-hidden />
        Make a key
      </Button>
      <Dialog open={making} onClose={close} title="Make a key">
        <MakeKey onClose={close} />
      </Dialog>
    </>
  );
}

function KeyRow({ found }: { found: KeyShown }) {
  const [asking, setAsking] = useState(false);
  const { busy, act } = useAct();
  const client = useQueryClient();

  async function end(): Promise<void> {
    setAsking(false);
    if (!(await act(() => endKey(found.id)))) note(false, "The key was not revoked");
    await client.invalidateQueries({ queryKey: KEY });
  }

  const facts = [
    `begins ${found.hint}`,
    found.scopes.join(", "),
    found.last_at ? `used ${moment(found.last_at)}` : "never used",
    ...(found.expires_at ? [`ends ${moment(found.expires_at)}`] : []),
  ];
  return (
    <Row
      icon={<KeyRound size={18} strokeWidth={1.75} aria-hidden />}
      title={found.name}
      second={facts.join(" · ")}
    >
      <Button
        aria-label={`Revoke ${found.name}`}
        busy={busy ? "Revoking" : false}
        onClick={() => setAsking(true)}
      >
        Revoke
      </Button>
      <Confirm
        open={asking}
        title={`Revoke “${found.name}”?`}
        says="Programs that use it are shut out at once. It cannot be brought back."
        act="Revoke"
        onAct={() => void end()}
        onClose={() => setAsking(false)}
      />
    </Row>
  );
}

function MakeKey({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Scope[]>(["chat"]);
  const [days, setDays] = useState("90");
  const [made, setMade] = useState<string | null>(null);
  const { busy, error, act } = useAct();
  const client = useQueryClient();

  if (made) {
    return (
      <div className={styles.recovery}>
        <h2>Your new key</h2>
        <p>Copy it now: it is shown only this once, and the server keeps only its fingerprint.</p>
        <p className={styles.key}>
          <code>{made}</code>
          <CopyButton text={made} label="Copy the key" />
        </p>
        <div className={styles.acts}>
          <Button look="primary" onClick={onClose}>
            I have copied it
          </Button>
        </div>
      </div>
    );
  }
  return (
    <DialogForm
      title="Make a key"
      act="Make the key"
      busy={busy ? "Making" : false}
      disabled={!name.trim() || !scopes.length}
      onClose={onClose}
      onSubmit={() =>
        void act(async () => {
          const form = { name: name.trim(), scopes, expires_days: Number(days) || null };
          setMade((await proven(() => makeKey(form))).key);
          await client.invalidateQueries({ queryKey: KEY });
        })
      }
    >
      <Field
        label="Name"
        placeholder="Backup script"
        value={name}
        maxLength={64}
        error={error}
        onChange={(event) => setName(event.target.value)}
      />
      <fieldset className={styles.scopes}>
        <legend>What it may do</legend>
        {SCOPES.map(({ scope, says }) => (
          <label key={scope}>
            <input
              type="checkbox"
              checked={scopes.includes(scope)}
              onChange={(event) =>
                setScopes((all) =>
                  event.target.checked ? [...all, scope] : all.filter((each) => each !== scope),
                )
              }
            />
            <b>{scope}</b> {says}
          </label>
        ))}
      </fieldset>
      <Field
        label="Days until it ends"
        hint="Empty: it never ends."
        inputMode="numeric"
        value={days}
        onChange={(event) => setDays(event.target.value.replace(/\D/g, "").slice(0, 4))}
      />
    </DialogForm>
  );
}
