import { useQuery } from "@tanstack/react-query";

import { search } from "../../api/chat";
import { moment } from "../../kit/words";
import { chatPath, goes } from "../../shell/router";
import styles from "./rail.module.css";

interface Props {
  words: string;
  current: string | null;
  onGo: () => void;
}

/** The hits of each conversation together, in the place of its first one. */
function bySession<T extends { session: string }>(hits: readonly T[]): T[][] {
  return [...Map.groupBy(hits, (hit) => hit.session).values()];
}

/** What the search found, with the words around it. */
export function Hits({ words, current, onGo }: Props) {
  const { data, isFetching, isError } = useQuery({
    queryKey: ["search", words],
    queryFn: ({ signal }) => search(words, signal),
    enabled: words !== "",
    placeholderData: (before) => before,
  });
  if (isError) return <p className={styles.none}>The search did not work; try again.</p>;
  if (!data) return <p className={styles.none}>{isFetching ? "Searching" : ""}</p>;
  if (!data.hits.length) return <p className={styles.none}>Nothing was found with these words</p>;
  return (
    <ul className={styles.hits} aria-label="Found">
      {bySession(data.hits).map((hits) =>
        hits.map((hit, at) => (
          <li key={`${hit.session} ${hit.turn}`}>
            <a
              href={chatPath(hit.session, hit.turn)}
              aria-current={hit.session === current ? "true" : undefined}
              onClick={(event) => {
                goes(event);
                onGo();
              }}
            >
              {at === 0 ? <b>{hit.title}</b> : null}
              <span>{hit.snippet}</span>
              <small>{moment(hit.at)}</small>
            </a>
          </li>
        )),
      )}
    </ul>
  );
}
