import { useQuery } from "@tanstack/react-query";
import { UserRoundPlus } from "lucide-react";
import { useState } from "react";

import { useAccount } from "../../api/account";
import { pair, pairings, refusePairing } from "../../api/channels";
import { people } from "../../api/people";
import type { PairingView } from "../../generated";
import { Button } from "../../kit/button";
import { Confirm, Dialog, DialogForm } from "../../kit/dialog";
import { useNow } from "../../kit/hooks";
import { note } from "../../kit/notes";
import { visible } from "../../kit/visible";
import { capital, seconds } from "../../kit/words";
import { useFrame } from "../../shell/frame";
import { Choice, Group, Row } from "./Rows";
import styles from "./settings.module.css";
import { PAIRINGS, SOON, useReach } from "./useChannels";

/** Who asks to be known on a messenger, until the owner says who they are, or refuses them. */
export function Pairings() {
  const { seen } = useFrame();
  const { data } = useQuery({
    queryKey: PAIRINGS,
    queryFn: pairings,
    enabled: seen,
    refetchInterval: seen ? SOON : false,
  });
  if (!data?.pairings.length) return null;
  return (
    <Group title="Asking to be known">
      {data.pairings.map((each) => (
        <Asking key={each.code} pairing={each} />
      ))}
    </Group>
  );
}

const shown = (code: string) => `${code.slice(0, 4)}-${code.slice(4)}`;

function Asking({ pairing }: { pairing: PairingView }) {
  const [open, setOpen] = useState<"confirm" | "refuse" | null>(null);
  const now = useNow(true);
  const { busy, error, change } = useReach();
  const close = () => setOpen(null);
  const name = visible(pairing.name).trim() || "Somebody without a name";

  async function refuse(): Promise<void> {
    close();
    if (await change(() => refusePairing(pairing.code))) note(true, `${name} is refused`);
  }

  return (
    <Row
      icon={<UserRoundPlus size={18} strokeWidth={1.75} aria-hidden />}
      title={<bdi>{name}</bdi>}
      second={
        error ? (
          <span className={styles.bad} role="alert">
            {error}
          </span>
        ) : (
          <>
            {capital(pairing.channel)} · id <code>{visible(pairing.who)}</code> · code{" "}
            <code>{shown(pairing.code)}</code> · {seconds(Math.max(0, pairing.expires_at - now))}{" "}
            left
          </>
        )
      }
    >
      <span className={styles.together}>
        <Button
          aria-label={`Refuse ${name}`}
          busy={busy ? "Refusing" : false}
          onClick={() => setOpen("refuse")}
        >
          Refuse
        </Button>
        <Button
          aria-label={`Confirm ${name}`}
          disabled={busy}
          onClick={() => setOpen("confirm")}
        >
          Confirm
        </Button>
      </span>
      <Dialog open={open === "confirm"} onClose={close} title="Is this the right one?">
        <Who pairing={pairing} name={name} onClose={close} />
      </Dialog>
      <Confirm
        open={open === "refuse"}
        title={`Refuse ${name}?`}
        says="Their code counts no more, and they are not answered for a day. Nobody tells them."
        act="Refuse"
        onAct={() => void refuse()}
        onClose={close}
      />
    </Row>
  );
}

interface WhoProps {
  pairing: PairingView;
  name: string;
  onClose: () => void;
}

/** All that is known of who asks, and whose account it is to be. */
function Who({ pairing, name, onClose }: WhoProps) {
  const { channel, who, code } = pairing;
  const me = useAccount((state) => state.me?.name ?? "");
  const { data } = useQuery({ queryKey: ["panel", "people"], queryFn: people });
  // Chosen by hand: whoever is you here may do what you may, so nobody becomes you unread.
  const [person, setPerson] = useState("");
  const { busy, error, change } = useReach();
  const names = data?.people.map((each) => each.name) ?? [me];

  async function confirm(): Promise<void> {
    if (!(await change(() => pair({ code, person, channel, who })))) return;
    onClose();
    note(true, `${person} is known on ${capital(channel)}`, "They can write from now on.");
  }

  return (
    <DialogForm
      title="Is this the right one?"
      says="Anybody can take any name. Only the code shows who it is: it must be the one that they read to you, or that stands on your own screen."
      act="Let them be known"
      busy={busy ? "Confirming" : false}
      disabled={!person}
      onClose={onClose}
      onSubmit={() => void confirm()}
    >
      <dl className={styles.about}>
        <div>
          <dt>Code</dt>
          <dd>
            <code className={styles.code}>{shown(code)}</code>
          </dd>
        </div>
        <div>
          <dt>Name there</dt>
          <dd>
            <bdi>{name}</bdi>
          </dd>
        </div>
        <div>
          <dt>Id there</dt>
          <dd>
            <code>{visible(who)}</code>
          </dd>
        </div>
        <div>
          <dt>Channel</dt>
          <dd>{capital(channel)}</dd>
        </div>
      </dl>
      <div className={styles.chooses}>
        This is
        <Choice
          label="This is"
          value={person}
          options={[
            { value: "", title: "Choose who" },
            ...names.map((each) => ({
              value: each,
              title: each === me ? `${each} (you)` : each,
            })),
          ]}
          onChoose={setPerson}
        />
      </div>
      {error ? (
        <p className={styles.bad} role="alert">
          {error}
        </p>
      ) : null}
    </DialogForm>
  );
}
