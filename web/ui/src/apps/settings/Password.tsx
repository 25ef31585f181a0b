import { useState } from "react";

import { useAccount } from "../../api/account";
import { changePassword } from "../../api/people";
import { Button } from "../../kit/button";
import { PasswordField } from "../../kit/field";
import { note } from "../../kit/notes";
import { strength } from "../setup/strength";
import { StrengthMeter } from "../setup/StrengthMeter";
import { Says } from "./Rows";
import styles from "./settings.module.css";
import { useAct } from "../../api/useAct";

export function Password() {
  const name = useAccount((state) => state.me?.name ?? "");
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const { busy, error, act } = useAct();
  const judged = strength(fresh, [name]);

  async function change(): Promise<void> {
    if (!(await act(() => changePassword(old, fresh)))) return;
    setOld("");
    setFresh("");
    note(true, "Password changed", "All other logins were ended.");
  }

  return (
    <>
      <Says>A new password ends all logins but this one.</Says>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void change();
        }}
      >
        <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
        <PasswordField
          label="Password now"
          autoComplete="current-password"
          value={old}
          error={error}
          onChange={(event) => setOld(event.target.value)}
        />
        <PasswordField
          label="New password"
          autoComplete="new-password"
          value={fresh}
          hint={fresh ? <StrengthMeter strength={judged} /> : "At least 10 characters."}
          onChange={(event) => setFresh(event.target.value)}
        />
        <Button
          look="primary"
          type="submit"
          busy={busy ? "Changing" : false}
          disabled={!old || judged.level === 0}
        >
          Change the password
        </Button>
      </form>
    </>
  );
}
