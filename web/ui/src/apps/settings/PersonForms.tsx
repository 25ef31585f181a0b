import { useState } from "react";

import { givePassword, invite } from "../../api/people";
import type { PersonShown } from "../../generated";
import { DialogForm } from "../../kit/dialog";
import { Field, PasswordField } from "../../kit/field";
import { note } from "../../kit/notes";
import { strength } from "../setup/strength";
import { StrengthMeter } from "../setup/StrengthMeter";
import { useChange } from "./usePanel";

/** A name and a first password for somebody new. */
export function InviteForm({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const { busy, error, change } = useChange();
  const judged = strength(password, [name.trim()]);

  async function letIn(): Promise<void> {
    if (!(await change(() => invite(name.trim(), password)))) return;
    onClose();
    note(true, `${name.trim()} may sign in`, "Tell them the address, and the password in person.");
  }

  return (
    <DialogForm
      title="Let somebody in"
      says="They sign in with this name and password, and can change the password themselves."
      act="Let them in"
      busy={busy ? "Making" : false}
      disabled={!name.trim() || judged.level === 0}
      onClose={onClose}
      onSubmit={() => void letIn()}
    >
      <Field
        label="Name"
        autoComplete="off"
        autoFocus
        maxLength={64}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <PasswordField
        label="First password"
        autoComplete="new-password"
        value={password}
        error={error}
        hint={password ? <StrengthMeter strength={judged} /> : "At least 10 characters."}
        onChange={(event) => setPassword(event.target.value)}
      />
    </DialogForm>
  );
}

/** A new password for somebody who forgot theirs. */
export function PasswordForm({ person, onClose }: { person: PersonShown; onClose: () => void }) {
  const [password, setPassword] = useState("");
  const { busy, error, change } = useChange();
  const judged = strength(password, [person.name]);

  async function give(): Promise<void> {
    if (!(await change(() => givePassword(person.id, password)))) return;
    onClose();
    note(true, `${person.name} has a new password`, "All their logins were ended.");
  }

  return (
    <DialogForm
      title={`New password for ${person.name}`}
      says="All their logins end now."
      act="Set it"
      busy={busy ? "Setting" : false}
      disabled={judged.level === 0}
      onClose={onClose}
      onSubmit={() => void give()}
    >
      <PasswordField
        label="New password"
        autoComplete="new-password"
        autoFocus
        value={password}
        error={error}
        hint={password ? <StrengthMeter strength={judged} /> : "At least 10 characters."}
        onChange={(event) => setPassword(event.target.value)}
      />
    </DialogForm>
  );
}
