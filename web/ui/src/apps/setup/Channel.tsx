import { useQuery } from "@tanstack/react-query";
import { Globe, MessageCircle, Terminal } from "lucide-react";
import { useState } from "react";

import { channels } from "../../api/channels";
import { Proof } from "../settings/Proof";
import styles from "./setup.module.css";
import { Messenger } from "./Messenger";
import { Wizard } from "./Wizard";

interface Props {
  steps: readonly string[];
  onBack: () => void;
  onNext: () => void;
}

/** Names that mean this machine to whoever says them, so that no phone gets anywhere by them. */
const HERE = /^(localhost|127\.[\d.]+|\[::1\])$/;
const SOON = 1_000;

/** Where the server can be reached: what is there already, and a messenger, now or later. */
export function Channel({ steps, onBack, onNext }: Props) {
  const { data } = useQuery({ queryKey: ["channels"], queryFn: channels, refetchInterval: SOON });
  const [chosen, setChosen] = useState<string | null>(null);
  const all = data?.channels ?? [];
  // One that is connected already stays open after a reload.
  const open = chosen ?? all.find((each) => each.configured)?.type ?? null;
  const [connected, setConnected] = useState(false);
  const done = connected || all.some((each) => each.configured);
  return (
    <>
      <Wizard
        steps={steps}
        at={3}
        title="Where do you want to reach it?"
        says="This page and the terminal are there already. A messenger is worth a minute."
        act="Continue"
        ready={done || !open}
        onBack={onBack}
        {...(open && !done ? { onSkip: onNext } : {})}
        onNext={onNext}
      >
        <ul className={styles.ways}>
          <li>
            <Globe size={18} strokeWidth={1.75} aria-hidden />
            <span>
              <b>This page</b>
              <span>
                {location.origin},{" "}
                {HERE.test(location.hostname) ? "on this machine" : "on a phone too"}
              </span>
            </span>
          </li>
          <li>
            <Terminal size={18} strokeWidth={1.75} aria-hidden />
            <span>
              <b>The terminal of the server</b>
              <span>
                <code className={styles.command}>nexus ask</code> and{" "}
                <code className={styles.command}>nexus chat</code>
              </span>
            </span>
          </li>
        </ul>
        <div className={styles.messengers}>
          {all.map((each) => (
            <section
              key={each.type}
              className={styles.way}
              data-on={open === each.type || undefined}
            >
              <button
                type="button"
                className={styles.opens}
                aria-expanded={open === each.type}
                onClick={() => setChosen(open === each.type ? "" : each.type)}
              >
                <MessageCircle size={18} strokeWidth={1.75} aria-hidden />
                <span>
                  <b>{each.label}</b>
                  <span>{each.about}</span>
                </span>
              </button>
              {open === each.type ? (
                <Messenger channel={each} onConnected={() => setConnected(true)} />
              ) : null}
            </section>
          ))}
        </div>
        <p className={styles.later}>
          All of them are found again in Settings under Channels, with who may write there.
        </p>
      </Wizard>
      <Proof />
    </>
  );
}
