import { useQuery } from "@tanstack/react-query";
import { MessageCircle } from "lucide-react";

import { pairings } from "../../api/channels";
import { goes } from "../../shell/router";
import { useFrame } from "../../shell/frame";
import { ChannelRow } from "./ChannelRow";
import { NotYet } from "./NotYet";
import { Group, Says } from "./Rows";
import styles from "./settings.module.css";
import { PAIRINGS, SOON, useChannels } from "./useChannels";

/** Messengers through which people reach the server: what each is, needs, and how it is. */
export default function Channels() {
  const { data, isError, refetch } = useChannels();
  const { seen } = useFrame();
  const waiting = useQuery({
    queryKey: PAIRINGS,
    queryFn: pairings,
    enabled: seen,
    refetchInterval: seen ? SOON : false,
  });
  if (!data) {
    return <NotYet what="The channels" failed={isError} onTry={() => void refetch()} />;
  }
  const used = data.channels.filter((each) => each.configured);
  // In one list, so that a row that is being set up stays the same one.
  const all = [...used, ...data.channels.filter((each) => !each.configured)];
  const asking = waiting.data?.pairings.length ?? 0;
  return (
    <>
      <Says>
        Write to your server from the messengers that you use anyway. It keeps one conversation with
        each person, and asks for decisions by buttons there. Strangers only get a code.
      </Says>
      {asking ? (
        <p className={styles.waits} role="status">
          <MessageCircle size={16} strokeWidth={1.75} aria-hidden />
          <span>
            {asking === 1 ? "Somebody asks" : `${asking} people ask`} to be known.{" "}
            <a href="/settings/people" onClick={goes}>
              See who
            </a>
          </span>
        </p>
      ) : null}
      <Group title={used.length ? "Messengers" : "None is set up yet"}>
        {all.map((each) => (
          <ChannelRow key={each.type} channel={each} />
        ))}
      </Group>
    </>
  );
}
