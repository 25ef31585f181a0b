import { useAccount } from "../../api/account";
import { CodeField, PasswordField } from "../../kit/field";

export interface Proven {
  code: string | null;
  password: string | null;
}

interface Props {
  value: string;
  error: string | null;
  onChange: (value: string) => void;
}

/** Once more, who it is: a code of the app, or the password where there is no app. */
export function Proof({ value, error, onChange }: Props) {
  if (useHasApp()) {
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

export const useHasApp = () => useAccount((state) => state.me?.totp ?? false);

export const proven = (app: boolean, value: string): Proven => ({
  code: app ? value : null,
  password: app ? null : value,
});
