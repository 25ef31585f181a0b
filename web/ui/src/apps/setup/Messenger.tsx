import { useState } from "react";

import { changeChannel, testChannel } from "../../api/channels";
import type { ChannelTested, ChannelView } from "../../generated";
import { Button } from "../../kit/button";
import { Glyph } from "../../kit/state";
import { visible } from "../../kit/visible";
import { changed, ChannelInput } from "../settings/ChannelForm";
import { Pairings } from "../settings/Pairings";
import { useReach } from "../settings/useChannels";
import styles from "./setup.module.css";

interface Props {
  channel: ChannelView;
  onConnected: () => void;
}

/** A messenger in the wizard: its token, a test at once, and who wrote to it. */
export function Messenger({ channel, onConnected }: Props) {
  const { type, title, fields, begin, configured } = channel;
  const [given, setGiven] = useState<Record<string, string>>({});
  const [tested, setTested] = useState<ChannelTested | null>(null);
  const { busy, error, change } = useReach();
  const secrets = fields.filter((each) => each.kind === "secret");
  const asked = configured ? secrets : fields;
  const changes = changed(asked, given);
  const ready = secrets.every((each) => each.kept || changes[each.name]);
  const wrong = error ?? (tested && !tested.ok ? tested.why : null);

  async function connect(): Promise<void> {
    setTested(null);
    const done = await change(async () => {
      if (Object.keys(changes).length) await changeChannel(type, { changes, enabled: true });
      const found = await testChannel(type);
      setTested(found);
      if (found.ok) onConnected();
    });
    if (done) setGiven({});
  }

  return (
    <div className={styles.more}>
      {tested?.ok ? null : (
        <>
          <ol className={styles.begin}>
            {begin.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
          {asked.map((field) => (
            <ChannelInput
              key={field.name}
              field={field}
              value={given[field.name] ?? ""}
              onChange={(value) => setGiven((all) => ({ ...all, [field.name]: value }))}
            />
          ))}
          <Button
            className={styles.connect ?? ""}
            busy={busy ? `Asking ${title}` : false}
            disabled={!ready}
            onClick={() => void connect()}
          >
            Connect and test
          </Button>
        </>
      )}
      {wrong ? (
        <p className={styles.wrong} role="alert">
          {visible(wrong)}
        </p>
      ) : null}
      {tested?.ok ? (
        <>
          <p className={styles.found} role="status">
            <Glyph work="done" />
            {title} knows your server as {visible(tested.account)}
          </p>
          <p className={styles.later}>
            Write to it now. Your code shows up here within a moment; confirm it if it is the same.
          </p>
          <Pairings />
        </>
      ) : null}
    </div>
  );
}
