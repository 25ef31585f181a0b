import { Mail, MessageCircle, Phone, Send, type LucideIcon } from "lucide-react";
import { useState } from "react";

import { changeChannel, testChannel } from "../../api/channels";
import { useAct } from "../../api/useAct";
import type { ChannelTested, ChannelView } from "../../generated";
import { Button } from "../../kit/button";
import { Dialog } from "../../kit/dialog";
import { Glyph, type Work } from "../../kit/state";
import { visible } from "../../kit/visible";
import { span } from "../../kit/words";
import { ChannelForm } from "./ChannelForm";
import { Row } from "./Rows";
import styles from "./settings.module.css";
import { useReach } from "./useChannels";

/** Some by their own sign; whatever comes new has the one of all messengers. */
const SIGNS: Record<string, LucideIcon> = { telegram: Send, email: Mail, whatsapp: Phone };

/** One messenger: how it is and why, whether it is to be on, a test, and what it was told. */
export function ChannelRow({ channel }: { channel: ChannelView }) {
  const { type, label: title, configured, enabled } = channel;
  const [editing, setEditing] = useState(false);
  const [tested, setTested] = useState<ChannelTested | null>(null);
  const trial = useAct();
  const { busy, error, change } = useReach();
  const close = () => setEditing(false);
  const Sign = SIGNS[type] ?? MessageCircle;
  const failed = error ?? trial.error ?? (tested && !tested.ok ? tested.why : null);

  async function test(): Promise<void> {
    setTested(null);
    await trial.act(async () => setTested(await testChannel(type)));
  }

  async function turn(on: boolean): Promise<void> {
    setTested(null);
    await change(() => changeChannel(type, { enabled: on }));
  }

  return (
    <Row
      icon={<Sign size={18} strokeWidth={1.75} aria-hidden />}
      title={title}
      second={
        failed ? (
          <span className={styles.bad} role="alert">
            {visible(failed)}
          </span>
        ) : (
          facts(channel, tested)
        )
      }
    >
      {configured ? <State channel={channel} /> : null}
      <span className={styles.together}>
        {configured ? (
          <>
            <Button
              aria-label={`Turn ${enabled ? "off" : "on"} ${title}`}
              busy={busy ? (enabled ? "Turning off" : "Turning on") : false}
              onClick={() => void turn(!enabled)}
            >
              {enabled ? "Turn off" : "Turn on"}
            </Button>
            <Button
              aria-label={`Test ${title}`}
              busy={trial.busy ? "Asking" : false}
              onClick={() => void test()}
            >
              Test
            </Button>
          </>
        ) : null}
        <Button
          aria-label={`${configured ? "Edit" : "Set up"} ${title}`}
          onClick={() => setEditing(true)}
        >
          {configured ? "Edit" : "Set up"}
        </Button>
      </span>
      <Dialog open={editing} onClose={close} title={title}>
        <ChannelForm channel={channel} onClose={close} onSaved={() => void test()} />
      </Dialog>
    </Row>
  );
}

const WORDS: Record<ChannelView["state"], { work: Work; says: string }> = {
  off: { work: "stopped", says: "Off" },
  starting: { work: "working", says: "Connecting" },
  running: { work: "done", says: "Connected" },
  failing: { work: "failed", says: "Failing" },
};

function State({ channel }: { channel: ChannelView }) {
  // One that is to be on and of which nothing is heard yet is on its way.
  const state = channel.state === "off" && channel.enabled ? "starting" : channel.state;
  const { work, says } = WORDS[state];
  return (
    <span
      className={styles.state}
      role="status"
      data-good={state === "running" || undefined}
      data-bad={state === "failing" || undefined}
    >
      <Glyph work={work} />
      {says}
    </span>
  );
}

function facts(channel: ChannelView, tested: ChannelTested | null): string {
  if (tested?.ok) return `Answers as ${visible(tested.account)}, in ${span(tested.ms)}`;
  if (!channel.configured) return channel.about;
  if (!channel.enabled) return "Turned off; what is to be said there waits for up to seven days";
  if (channel.why) return visible(channel.why);
  return channel.account ? `As ${visible(channel.account)}` : channel.about;
}
