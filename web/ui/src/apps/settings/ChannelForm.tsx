import { useState, type ReactNode } from "react";

import { changeChannel } from "../../api/channels";
import type { ChannelField, ChannelView } from "../../generated";
import { Button } from "../../kit/button";
import { DialogForm } from "../../kit/dialog";
import { Field, PasswordField } from "../../kit/field";
import { note } from "../../kit/notes";
import { Choice } from "./Rows";
import styles from "./settings.module.css";
import { useReach } from "./useChannels";

interface Props {
  channel: ChannelView;
  onClose: () => void;
  /** What was told is kept: it can be tried. */
  onSaved: () => void;
}

/** What a messenger can be given, field by field as the server describes them. */
export function ChannelForm({ channel, onClose, onSaved }: Props) {
  const { type, label: title, fields, configured } = channel;
  const [given, setGiven] = useState<Record<string, string>>({});
  const { busy, error, change } = useReach();
  const changes = changed(fields, given);
  const none = Object.keys(changes).length === 0;
  const kept = fields.filter((each) => each.secret && each.given && !each.fixed);

  async function save(): Promise<void> {
    // Whoever sets it up means it to be on.
    const form = configured ? { fields: changes } : { fields: changes, enabled: true };
    if (!(await change(() => changeChannel(type, form)))) return;
    onClose();
    onSaved();
  }

  async function forget(): Promise<void> {
    const gone = Object.fromEntries(kept.map((each) => [each.name, null]));
    if (!(await change(() => changeChannel(type, { fields: gone })))) return;
    onClose();
    note(true, `${title} is not connected any more`);
  }

  return (
    <DialogForm
      title={title}
      says={configured ? channel.about : <Begin channel={channel} />}
      act={configured ? "Save" : "Connect"}
      busy={busy ? "Saving" : false}
      disabled={none || missing(fields, changes)}
      onClose={onClose}
      onSubmit={() => void save()}
    >
      <ChannelInputs
        fields={fields}
        given={given}
        onGiven={(name, value) => setGiven((all) => ({ ...all, [name]: value }))}
      />
      {error ? (
        <p className={styles.bad} role="alert">
          {error}
        </p>
      ) : null}
      {kept.length ? (
        <Button look="danger" className={styles.start ?? ""} onClick={() => void forget()}>
          Disconnect and forget {kept.length === 1 ? "its secret" : "its secrets"}
        </Button>
      ) : null}
    </DialogForm>
  );
}

interface InputsProps {
  fields: ChannelField[];
  given: Record<string, string>;
  onGiven: (name: string, value: string) => void;
}

/** What it needs, and folded below it what it can do without. */
export function ChannelInputs({ fields, given, onGiven }: InputsProps) {
  const input = (field: ChannelField) => (
    <ChannelInput
      key={field.name}
      field={field}
      value={given[field.name] ?? field.value}
      onChange={(value) => onGiven(field.name, value)}
    />
  );
  const rest = fields.filter((each) => !each.needed);
  return (
    <>
      {fields.filter((each) => each.needed).map(input)}
      {rest.length ? (
        <details className={styles.rest}>
          <summary>More settings</summary>
          <div>{rest.map(input)}</div>
        </details>
      ) : null}
    </>
  );
}

/** What it is, and how one begins. */
export function Begin({ channel }: { channel: ChannelView }) {
  return (
    <>
      <p>{channel.about}</p>
      <Steps of={channel} />
    </>
  );
}

/** How one begins with it, step by step. */
export function Steps({ of }: { of: ChannelView }) {
  if (!of.begin.length) return null;
  return (
    <ol className={styles.begin}>
      {of.begin.map((step) => (
        <li key={step}>{coded(step)}</li>
      ))}
    </ol>
  );
}

interface InputProps {
  field: ChannelField;
  value: string;
  onChange: (value: string) => void;
}

/** One field, as it wants it; a secret goes in and never comes out. */
function ChannelInput({ field, value, onChange }: InputProps) {
  const { title, secret, given, ends, fixed, options } = field;
  const hint = fixed ? "Set by the environment of the server." : coded(field.help);
  if (secret && !fixed) {
    return (
      <PasswordField
        label={given ? `New ${title.charAt(0).toLowerCase()}${title.slice(1)}` : title}
        autoComplete="off"
        value={value}
        hint={given ? keptWords(ends) : <>{hint} It is kept sealed, and never shown.</>}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  if (options.length) {
    return (
      <div className={styles.chosen}>
        <span>
          <b>{title}</b>
          <small>{hint}</small>
        </span>
        <Choice
          label={title}
          value={value}
          options={options.map((each) => ({ value: each, title: each }))}
          disabled={fixed}
          onChoose={onChange}
        />
      </div>
    );
  }
  return (
    <Field
      label={title}
      value={value}
      disabled={fixed}
      spellCheck={false}
      autoCapitalize="off"
      autoComplete="off"
      hint={hint}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** What stands between backticks is written exactly so somewhere else. */
function coded(text: string): ReactNode {
  return text.split("`").map((part, at) => (at % 2 ? <code key={at}>{part}</code> : part));
}

const keptWords = (ends: string) =>
  `${ends ? `The one that is kept ends in ${ends}` : "One is kept"}; it stays unless you replace it.`;

/** What was changed, as the server takes it; an empty secret is none. */
export function changed(fields: ChannelField[], given: Record<string, string>) {
  const found: Record<string, string> = {};
  for (const { name, secret, fixed, value } of fields) {
    const text = given[name]?.trim();
    if (text === undefined || fixed || text === value) continue;
    if (text || !secret) found[name] = text;
  }
  return found;
}

/** Whether something that it needs is still not there. */
export const missing = (fields: ChannelField[], changes: Record<string, string>) =>
  fields.some((each) => each.needed && !(each.name in changes ? changes[each.name] : each.given));
