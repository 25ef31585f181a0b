import { useState } from "react";

import { changeSettings, forgetKey, keepKey } from "../../api/panel";
import type { ProviderShown, Trial } from "../../generated";
import { Button } from "../../kit/button";
import { DialogForm } from "../../kit/dialog";
import { Field, PasswordField } from "../../kit/field";
import { note } from "../../kit/notes";
import styles from "./settings.module.css";
import { useChange } from "./usePanel";

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
  const { busy, error, change } = useChange();
  const moved = server.trim() !== (provider.base_url ?? "");

  async function save(): Promise<void> {
    let trial: Trial | null = null;
    const done = await change(async () => {
      // The server first: a key is tried where it will be used.
      if (moved) await changeSettings({ [`${id}_base_url`]: server.trim() || null });
      if (key) trial = await keepKey(id, key.trim());
    });
    if (!done) return;
    onTried(trial);
    onClose();
    note(true, `${title} is set`, "It counts from the next question on.");
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
      act={key ? "Test and keep" : "Save"}
      busy={busy ? "Trying" : false}
      disabled={!key && !moved}
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
          error={error}
          hint={
            kept
              ? `The key${ends ? ` that ends in ${ends}` : ""} stays until the new one was let in.`
              : "It is kept sealed, and nobody is ever shown it again."
          }
          onChange={(event) => setKey(event.target.value)}
        />
      )}
      <Field
        label="Server"
        placeholder={id === "openai" ? "http://127.0.0.1:11434/v1" : "The provider's own"}
        value={server}
        inputMode="url"
        spellCheck={false}
        autoCapitalize="off"
        error={environment ? error : null}
        hint={
          id === "openai"
            ? "Any server that speaks OpenAI's protocol. Empty: OpenAI itself."
            : "Only where another server speaks its protocol."
        }
        onChange={(event) => setServer(event.target.value)}
      />
      {kept && !environment ? (
        <Button look="danger" className={styles.start ?? ""} onClick={() => void forget()}>
          Remove the key
        </Button>
      ) : null}
    </DialogForm>
  );
}
