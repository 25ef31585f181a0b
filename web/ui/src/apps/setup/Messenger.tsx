import { useState } from "react";

import { changeChannel, testChannel } from "../../api/channels";
import type { ChannelTested, ChannelView } from "../../generated";
import { Button } from "../../kit/button";
import { Glyph } from "../../kit/state";
import { visible } from "../../kit/visible";
import { changed, ChannelInputs, missing, Steps } from "../settings/ChannelForm";
import { Pairings } from "../settings/Pairings";
import { useReach } from "../settings/useChannels";
import styles from "./setup.module.css";

interface Props {
  channel: ChannelView;
  onConnected: () => void;
}

/** A messenger in the wizard: its token, a test at once, and who wrote to it. */
export function Messenger({ channel, onConnected }: Props) {
  const { type, label: title, fields } = channel;
  const [given, setGiven] = useState<Record<string, string>>({});
  const [tested, setTested] = useState<ChannelTested | null>(null);
  const { busy, error, change } = useReach();
  const changes = changed(fields, given);
  const running = channel.state === "running" ? channel.account : null;
  const account = tested?.ok ? tested.account : running;
  const wrong = error ?? (tested && !tested.ok ? tested.why : null);

  async function connect(): Promise<void> {
    setTested(null);
    const done = await change(async () => {
      if (Object.keys(changes).length)
        await changeChannel(type, { fields: changes, enabled: true });
      const found = await testChannel(type);
      setTested(found);
      if (found.ok) onConnected();
    });
    if (done) setGiven({});
  }

  return (
    <div className={styles.more}>
      {account === null ? (
        <>
          <Steps of={channel} />
          <ChannelInputs
            fields={fields}
            given={given}
            onGiven={(name, value) => setGiven((all) => ({ ...all, [name]: value }))}
          />
          <Button
            className={styles.connect ?? ""}
            busy={busy ? `Asking ${title}` : false}
            disabled={missing(fields, changes)}
            onClick={() => void connect()}
          >
            Connect and test
          </Button>
        </>
      ) : null}
      {wrong ? (
        <p className={styles.wrong} role="alert">
          {visible(wrong)}
        </p>
      ) : null}
      {account !== null ? (
        <>
          <p className={styles.found} role="status">
            <Glyph work="done" />
            {title} knows your server as {visible(account)}
          </p>
          <p className={styles.later}>
            Write to it now. Your code shows up here within a moment; confirm it if it is the same.
          </p>
          <Pairings level={2} />
        </>
      ) : null}
    </div>
  );
}
