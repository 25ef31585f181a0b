import { UsersRound } from "lucide-react";
import { useState } from "react";

import { Button } from "../../kit/button";
import { Dialog, DialogForm } from "../../kit/dialog";
import { Field } from "../../kit/field";
import { capital } from "../../kit/words";
import type { Rights } from "./rights";
import { Choice, Group, Row } from "./Rows";
import styles from "./settings.module.css";
import { useChange } from "./usePanel";

const BUILT: Record<string, string> = {
  full: "You: everything, with your decisions",
  messaging: "People you invited: looks and small changes, no files, notes or shell",
  readonly: "Programs and strangers: only looks",
};
const TIERS = ["GREEN", "YELLOW", "ORANGE", "RED"];

interface Props {
  profiles: Record<string, Rights>;
  tools: string[];
}

/** Who may use what: the profiles that every house has, and the owner's own. */
export function Profiles({ profiles, tools }: Props) {
  const [editing, setEditing] = useState<string | null>(null);
  const close = () => setEditing(null);
  const names = [...new Set([...Object.keys(BUILT), ...Object.keys(profiles)])];
  return (
    <>
      <Group title="Profiles">
        {names.map((name) => (
          <Row
            key={name}
            icon={<UsersRound size={18} strokeWidth={1.75} aria-hidden />}
            title={capital(name)}
            second={profiles[name] ? rightsWords(profiles[name]) : BUILT[name]}
          >
            <Button
              aria-label={`${profiles[name] ? "Edit" : "Change"} ${name}`}
              onClick={() => setEditing(name)}
            >
              {profiles[name] ? "Edit" : "Change"}
            </Button>
          </Row>
        ))}
      </Group>
      <Button onClick={() => setEditing("")}>Make a profile</Button>
      <Dialog open={editing !== null} onClose={close} title="Profile">
        {editing === null ? null : (
          <ProfileForm name={editing} profiles={profiles} tools={tools} onClose={close} />
        )}
      </Dialog>
    </>
  );
}

function rightsWords({ ceiling, allow, deny }: Rights): string {
  const parts = [`up to ${ceiling}`, `allows ${allow.join(", ") || "nothing"}`];
  if (deny.length) parts.push(`denies ${deny.join(", ")}`);
  return parts.join(" · ");
}

const listed = (text: string) => text.split(/[\s,]+/).filter(Boolean);

function ProfileForm({
  name: given,
  profiles,
  tools,
  onClose,
}: Props & { name: string; onClose: () => void }) {
  const now = profiles[given];
  const [name, setName] = useState(given);
  const [ceiling, setCeiling] = useState(now?.ceiling ?? "YELLOW");
  const [allow, setAllow] = useState((now?.allow ?? ["*"]).join(", "));
  const [deny, setDeny] = useState((now?.deny ?? []).join(", "));
  const { busy, error, save } = useChange();
  const strange = [...listed(allow), ...listed(deny)].filter(
    (each) => !each.includes("*") && !tools.includes(each),
  );

  async function keep(all: Record<string, Rights>): Promise<void> {
    if (await save({ "policy.profiles": Object.keys(all).length ? all : null })) onClose();
  }

  const { [given]: _, ...others } = profiles;
  return (
    <DialogForm
      title={given ? `Profile ${capital(given)}` : "A profile of your own"}
      says={
        given in BUILT && !now
          ? "What you set here replaces what every LivOS has under this name."
          : "Tools by name, `*` stands for anything. What is denied wins."
      }
      act="Save"
      busy={busy ? "Saving" : false}
      disabled={!/^[a-z][a-z0-9_-]*$/.test(name)}
      onClose={onClose}
      onSubmit={() =>
        void keep({ ...others, [name]: { ceiling, allow: listed(allow), deny: listed(deny) } })
      }
    >
      {given ? null : (
        <Field
          label="Name"
          placeholder="kids"
          value={name}
          maxLength={32}
          hint="Small letters, figures and dashes."
          onChange={(event) => setName(event.target.value)}
        />
      )}
      <div className={styles.chooses}>
        Highest tier
        <Choice
          label="Highest tier"
          value={ceiling}
          options={TIERS.map((each) => ({ value: each, title: each }))}
          onChoose={setCeiling}
        />
      </div>
      <Field
        label="Allows"
        value={allow}
        spellCheck={false}
        onChange={(event) => setAllow(event.target.value)}
      />
      <Field
        label="Denies"
        placeholder="files_*, shell_*"
        value={deny}
        error={error}
        spellCheck={false}
        hint={strange.length ? `No tool is called ${strange.join(", ")} now.` : null}
        onChange={(event) => setDeny(event.target.value)}
      />
      {now ? (
        <Button look="danger" className={styles.start ?? ""} onClick={() => void keep(others)}>
          {given in BUILT ? "Back to what it was" : "Remove the profile"}
        </Button>
      ) : null}
    </DialogForm>
  );
}
