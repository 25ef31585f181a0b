import { CodeField, PasswordField } from "./field";

interface Props {
  /** Whether they have an app with codes; else it is their password. */
  app: boolean;
  value: string;
  error: string | null;
  onChange: (value: string) => void;
}

/** Once more, who it is: a code of the app, or the password where there is no app. */
export function ProofField({ app, value, error, onChange }: Props) {
  if (app) {
    return (
      <CodeField label="Code from your authenticator" {...{ value, error, onChange }} autoFocus />
    );
  }
  return (
    <PasswordField
      label="Your password"
      autoComplete="current-password"
      autoFocus
      value={value}
      error={error}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

export interface Proven {
  code: string | null;
  password: string | null;
}

/** What they gave, as the server takes it. */
export const proven = (app: boolean, value: string): Proven => ({
  code: app ? value : null,
  password: app ? null : value,
});
