import { useState } from "react";

import { changeSettings, forgetKey } from "../../api/panel";
import type { ProviderShown, Trial } from "../../generated";
import { Button } from "../../kit/button";
import { DialogForm } from "../../kit/dialog";
import { Field, PasswordField } from "../../kit/field";
import { note } from "../../kit/notes";
import { reachOf } from "./reach";
import { ReachTest } from "./ReachTest";
import styles from "./settings.module.css";
import { useChange } from "./usePanel";
import { useReach } from "./useReach";

interface Props {
  provider: ProviderShown;
  title: string;
  onClose: () => void;
  onTried: (trial: Trial | null) => void;
}

/** A provider's key, which goes in and never comes out, and where its server is. */
export function ProviderForm({ provider, title, onClose, onTried }: Props) {
  const { id, kept, ends, environment } = provider;
  const [key, setKey] = useState("");
  const [server, setServer] = useState(provider.base_url ?? "");
  const given = reachOf(key, server, provider.base_url ?? "");
  const reach = useReach(id, given);
  const { busy, error, change } = useChange();
  const some = Object.keys(given).length > 0;
  // Without a key nobody at the provider's own server could be asked.
  const clears = given.base_url === "" && !given.key && !kept;

  function done(trial: Trial | null): void {
    onTried(trial);
    onClose();
    note(true, `${title} is set`, "It counts from the next question on.");
  }

  async function save(anyway = false): Promise<void> {
    if (clears) {
      if (await change(() => changeSettings({ [`${id}_base_url`]: null }))) done(null);
      return;
    }
    const trial = await reach.keep(anyway);
    if (trial) done(trial);
  }

  async function forget(): Promise<void> {
    if (!(await change(() => forgetKey(id)))) return;
    onTried(null);
    onClose();
    note(true, `The key of ${title} is removed`);
  }

  return (
    <DialogForm
      title={title}
      act={clears ? "Save" : "Test and keep"}
      busy={busy || reach.busy === "keep" ? "Trying" : false}
      disabled={!some || reach.busy !== null}
      onClose={onClose}
      onSubmit={() => void save()}
    >
      {environment ? (
        <p className={styles.plain}>
          The environment of the server holds this key and wins. Change it there.
        </p>
      ) : (
        <PasswordField
          label={kept ? "New key" : "Key"}
          autoComplete="off"
          autoFocus
          value={key}
          error={error ?? reach.wrong("key")}
          hint={
            kept
              ? `The key${ends ? ` that ends in ${ends}` : ""} stays until the new one was let in.`
              : "It is kept sealed, and nobody is ever shown it again."
          }
          onChange={(event) => {
            setKey(event.target.value);
            reach.clear();
          }}
        />
      )}
      <Field
        label="Server address"
        placeholder={id === "openai" ? "http://127.0.0.1:11434/v1" : "The provider's own"}
        value={server}
        inputMode="url"
        spellCheck={false}
        autoCapitalize="off"
        error={reach.wrong("server") ?? (environment ? (error ?? reach.wrong("key")) : null)}
        hint={
          id === "openai"
            ? "Any server that speaks OpenAI's protocol. Empty: OpenAI itself."
            : "Only where another server speaks its protocol."
        }
        onChange={(event) => {
          setServer(event.target.value);
          reach.clear();
        }}
      />
      <ReachTest reach={reach} ready={some && !clears} onAnyway={() => void save(true)} />
      {kept && !environment ? (
        <Button look="danger" className={styles.start ?? ""} onClick={() => void forget()}>
          Remove the key
        </Button>
      ) : null}
    </DialogForm>
  );
}
