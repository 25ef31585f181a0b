import { useState } from "react";

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

/** What a messenger can be told, field by field as the server describes them. */
export function ChannelForm({ channel, onClose, onSaved }: Props) {
  const { type, title, fields, configured } = channel;
  const [given, setGiven] = useState<Record<string, string>>({});
  const { busy, error, change } = useReach();
  const changes = changed(fields, given);
  const none = Object.keys(changes).length === 0;
  const secrets = fields.filter((each) => each.kind === "secret");
  const missing = secrets.some((each) => !each.kept && !changes[each.name]);

  async function save(): Promise<void> {
    // Whoever sets it up means it to be on.
    const form = configured ? { changes } : { changes, enabled: true };
    if (!(await change(() => changeChannel(type, form)))) return;
    onClose();
    onSaved();
  }

  async function forget(): Promise<void> {
    const gone = Object.fromEntries(secrets.map((each) => [each.name, null]));
    if (!(await change(() => changeChannel(type, { changes: gone })))) return;
    onClose();
    note(true, `${title} is not connected any more`);
  }

  return (
    <DialogForm
      title={title}
      says={configured ? channel.about : <Begin channel={channel} />}
      act={configured ? "Save" : "Connect"}
      busy={busy ? "Saving" : false}
      disabled={none || missing}
      onClose={onClose}
      onSubmit={() => void save()}
    >
      {fields.map((field, at) => (
        <ChannelInput
          key={field.name}
          field={field}
          first={at === 0}
          value={given[field.name] ?? (field.kind === "secret" ? "" : written(field.value))}
          onChange={(value) => setGiven((all) => ({ ...all, [field.name]: value }))}
        />
      ))}
      {error ? (
        <p className={styles.bad} role="alert">
          {error}
        </p>
      ) : null}
      {configured && secrets.some((each) => each.kept && !each.environment) ? (
        <Button look="danger" className={styles.start ?? ""} onClick={() => void forget()}>
          Disconnect and forget {secrets.length === 1 ? "its token" : "its secrets"}
        </Button>
      ) : null}
    </DialogForm>
  );
}

/** What it is, and how one begins. */
export function Begin({ channel }: { channel: ChannelView }) {
  return (
    <>
      <p>{channel.about}</p>
      {channel.begin.length ? (
        <ol className={styles.begin}>
          {channel.begin.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      ) : null}
    </>
  );
}

interface InputProps {
  field: ChannelField;
  first?: boolean;
  value: string;
  onChange: (value: string) => void;
}

/** One field, as its kind wants it; a secret goes in and never comes out. */
export function ChannelInput({ field, first = false, value, onChange }: InputProps) {
  const { title, kind, kept, ends, environment } = field;
  const hint = environment ? "Set by the environment of the server" : field.says;
  if (kind === "secret" && !environment) {
    return (
      <PasswordField
        label={kept ? `New ${title.toLowerCase()}` : title}
        autoComplete="off"
        autoFocus={first}
        value={value}
        hint={
          kept
            ? `The one that is kept${ends ? ` ends in ${ends}` : ""}; it stays unless you replace it.`
            : "It is kept sealed, and nobody is ever shown it again."
        }
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  if (kind === "choice" || kind === "switch") {
    const options =
      kind === "switch"
        ? [
            { value: "true", title: "Yes" },
            { value: "false", title: "No" },
          ]
        : field.options.map((each) => ({ value: each, title: each }));
    return (
      <div className={styles.chosen}>
        <span>
          <b>{title}</b>
          <small>{hint}</small>
        </span>
        <Choice {...{ value, options }} label={title} disabled={environment} onChoose={onChange} />
      </div>
    );
  }
  return (
    <Field
      label={title}
      value={environment && kind === "secret" ? "" : value}
      disabled={environment}
      inputMode={kind === "number" ? "decimal" : "text"}
      spellCheck={false}
      autoCapitalize="off"
      autoComplete="off"
      hint={hint}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** What was changed, as the server takes it; an empty field brings the default back. */
export function changed(fields: ChannelField[], given: Record<string, string>) {
  const found: Record<string, unknown> = {};
  for (const field of fields) {
    const text = given[field.name];
    if (text === undefined || field.environment) continue;
    if (field.kind === "secret") {
      if (text.trim()) found[field.name] = text.trim();
    } else if (text.trim() !== written(field.value)) {
      found[field.name] = read(field, text.trim());
    }
  }
  return found;
}

function read({ kind }: ChannelField, text: string): unknown {
  if (text === "") return null;
  if (kind === "list") return text.split(/[\s,]+/).filter(Boolean);
  if (kind === "switch") return text === "true";
  // What is no number goes as it is: the server says why it does not fit.
  if (kind === "number") return Number.isFinite(Number(text)) ? Number(text) : text;
  return text;
}

/** A value as it stands in its field. */
function written(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "object" || value === undefined) return "";
  return String(value as string | number | boolean);
}
