import { useQuery } from "@tanstack/react-query";
import { AtSign, MessageCircle } from "lucide-react";
import { useState } from "react";

import { identities, unpair } from "../../api/channels";
import type { IdentityView } from "../../generated";
import { Button } from "../../kit/button";
import { Confirm } from "../../kit/dialog";
import { note } from "../../kit/notes";
import { visible } from "../../kit/visible";
import { capital, moment } from "../../kit/words";
import { go } from "../../shell/router";
import { Group, Row } from "./Rows";
import styles from "./settings.module.css";
import { IDENTITIES, useReach } from "./useChannels";

/** Where people are known besides this page, each until it is unlinked. */
export function Identities() {
  const { data, isError, refetch } = useQuery({ queryKey: IDENTITIES, queryFn: identities });
  if (isError && !data) {
    return (
      <Group title="Known on messengers">
        <Row title="The list did not come">
          <Button onClick={() => void refetch()}>Try again</Button>
        </Row>
      </Group>
    );
  }
  if (!data) return null;
  return (
    <Group title="Known on messengers">
      {data.identities.map((each) => (
        <Known key={`${each.channel} ${each.who}`} identity={each} />
      ))}
      {data.identities.length ? null : (
        <Row
          icon={<MessageCircle size={18} strokeWidth={1.75} aria-hidden />}
          title="Nobody is known on a messenger yet"
          second="Whoever writes to a bot of yours is told a code, and then stands here."
        >
          <Button onClick={() => go("/settings/channels", "replace")}>Channels</Button>
        </Row>
      )}
    </Group>
  );
}

function Known({ identity }: { identity: IdentityView }) {
  const { channel, who, person_name: person, at } = identity;
  const [asking, setAsking] = useState(false);
  const { busy, error, change } = useReach();
  const name = visible(identity.name).trim();

  async function unlink(): Promise<void> {
    setAsking(false);
    if (await change(() => unpair(channel, who))) note(true, `${person} is unlinked there`);
  }

  return (
    <Row
      icon={<AtSign size={18} strokeWidth={1.75} aria-hidden />}
      title={`${person} on ${capital(channel)}`}
      second={
        error ? (
          <span className={styles.bad} role="alert">
            {error}
          </span>
        ) : (
          <>
            {name ? <bdi>{name} · </bdi> : null}id <code>{visible(who)}</code> · since {moment(at)}
          </>
        )
      }
    >
      <Button
        aria-label={`Unlink ${person} on ${capital(channel)}`}
        busy={busy ? "Unlinking" : false}
        onClick={() => setAsking(true)}
      >
        Unlink
      </Button>
      <Confirm
        open={asking}
        title={`Unlink ${person} on ${capital(channel)}?`}
        says="That account is a stranger's again at once. To come back it needs a new code, and you."
        act="Unlink"
        onAct={() => void unlink()}
        onClose={() => setAsking(false)}
      />
    </Row>
  );
}
