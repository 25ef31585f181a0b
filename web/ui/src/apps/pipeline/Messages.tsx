import { useQuery } from "@tanstack/react-query";
import { MessagesSquare, Route } from "lucide-react";

import { messages } from "../../api/flow";
import { FactPage, Skeleton } from "../../kit/page";
import { capital, moment } from "../../kit/words";
import { useFrame } from "../../shell/frame";
import { goes } from "../../shell/router";
import { Silent } from "../system/Silent";
import styles from "./pipeline.module.css";
import { Trace } from "./Trace";

const OFTEN = 3_000;

/** The last messages that came in; one of them is followed. */
export function Messages({ turn }: { turn: string | null }) {
  const { seen } = useFrame();
  const { data, error, refetch } = useQuery({
    queryKey: ["flow", "messages"],
    queryFn: messages,
    refetchInterval: seen ? OFTEN : false,
  });
  if (!data) return error ? <Silent error={error} onTry={() => void refetch()} /> : <Skeleton />;
  if (!data.messages.length) {
    return (
      <FactPage
        icon={<MessagesSquare size={22} strokeWidth={1.75} aria-hidden />}
        title="No messages yet"
        says="What people and programs send is listed here, and each can be followed on its way."
      />
    );
  }
  const chosen = data.messages.find((each) => each.turn === turn);
  return (
    <div className={styles.split} data-open={turn === null ? "list" : "turn"}>
      <ul className={styles.messages} aria-label="Messages">
        {data.messages.map((each) => (
          <li key={each.turn}>
            <a
              href={`/pipeline/messages/${encodeURIComponent(each.turn)}`}
              aria-current={each.turn === turn ? "true" : undefined}
              onClick={goes}
            >
              <span className={styles.text}>{each.text || "A file"}</span>
              <small>
                {moment(each.at)} · {capital(each.channel)}
              </small>
            </a>
          </li>
        ))}
      </ul>
      {turn ? (
        <Trace key={turn} turn={turn} title={chosen?.text ?? "A message"} />
      ) : (
        <div className={styles.hint}>
          <FactPage
            icon={<Route size={22} strokeWidth={1.75} aria-hidden />}
            title="Follow a message"
            says="Choose one: every stage it met is shown, how long it waited there and what was made of it."
          />
        </div>
      )}
    </div>
  );
}
