import { useQuery, useQueryClient } from "@tanstack/react-query";
import { UserPlus, UserRound } from "lucide-react";
import { useState } from "react";

import { spentBy } from "../../api/panel";
import { people, removePerson } from "../../api/people";
import type { PersonShown } from "../../generated";
import { Button } from "../../kit/button";
import { Confirm, Dialog } from "../../kit/dialog";
import { note } from "../../kit/notes";
import { capital, moment, money } from "../../kit/words";
import { Identities } from "./Identities";
import { NotYet } from "./NotYet";
import { Pairings } from "./Pairings";
import { InviteForm, PasswordForm } from "./PersonForms";
import type { Rights } from "./rights";
import { Choice, Group, Row, Says } from "./Rows";
import styles from "./settings.module.css";
import { useChange, usePanel } from "./usePanel";

export const PEOPLE = ["panel", "people"];

type Own = Record<string, Rights & { profile: string | null }>;

/** Who may sign in, and what the agent may do for them. */
export default function People() {
  const { data, isError, refetch } = useQuery({ queryKey: PEOPLE, queryFn: people });
  const { settings } = usePanel();
  const [inviting, setInviting] = useState(false);
  const close = () => setInviting(false);
  if (!data || !settings) {
    return (
      <NotYet what="The list" failed={isError && !data} rows={2} onTry={() => void refetch()} />
    );
  }
  const own = settings["policy.people"]?.value as Own;
  const most = Number(settings["agent.person.cost"]?.value ?? 0);
  const made = Object.keys(settings["policy.profiles"]?.value as object);
  return (
    <>
      <Says>Who may sign in here. Each sees only their own conversations.</Says>
      <Pairings />
      <Group>
        {data.people.map((each) => (
          <PersonRow key={each.id} person={each} own={own} made={made} most={most} />
        ))}
        {data.people.length === 1 ? (
          <Row
            icon={<UserPlus size={18} strokeWidth={1.75} aria-hidden />}
            title="Nobody else yet"
            second="Whoever you let in may ask, look, and make small changes."
          />
        ) : null}
      </Group>
      <Button onClick={() => setInviting(true)}>
        <UserPlus size={16} strokeWidth={1.75} aria-hidden />
        Let somebody in
      </Button>
      <Identities />
      <Dialog open={inviting} onClose={close} title="Let somebody in">
        <InviteForm onClose={close} />
      </Dialog>
    </>
  );
}

const BUILT = ["full", "messaging", "readonly"];

interface PersonProps {
  person: PersonShown;
  own: Own;
  made: string[];
  /** What each may spend a day, in US dollars; 0 where there is no limit. */
  most: number;
}

function PersonRow({ person, own, made, most }: PersonProps) {
  const [asking, setAsking] = useState(false);
  const [giving, setGiving] = useState(false);
  const client = useQueryClient();
  const { error, change, save } = useChange();
  const close = () => setGiving(false);
  const { data: spent } = useQuery({
    queryKey: ["panel", "spent", person.id],
    queryFn: () => spentBy(person.id),
  });
  const owner = person.role === "owner";
  const mine = own[person.id];
  const profile = mine?.profile ?? (owner ? "full" : "messaging");

  function choose(fresh: string): void {
    const rights = { ceiling: "RED", allow: ["*"], deny: [], ...mine, profile: fresh };
    void save({ "policy.people": { ...own, [person.id]: rights } });
  }

  async function remove(): Promise<void> {
    setAsking(false);
    const done = await change(() => removePerson(person.id));
    note(done, done ? `${person.name} is out` : `${person.name} was not removed`);
    await client.invalidateQueries({ queryKey: PEOPLE });
  }

  const facts = [
    owner ? "Owner" : "Member",
    person.last_at ? `seen ${moment(person.last_at)}` : `since ${moment(person.at)}`,
    ...(spent && (spent.cost || most)
      ? [`${money(spent.cost / 1_000_000)}${most ? ` of ${money(most)}` : ""} today`]
      : []),
    ...(person.totp ? ["second factor"] : []),
    ...(person.keys ? [`${person.keys} ${person.keys === 1 ? "key" : "keys"}`] : []),
  ];
  return (
    <Row
      icon={<UserRound size={18} strokeWidth={1.75} aria-hidden />}
      title={person.name}
      second={error ?? facts.join(" · ")}
    >
      {owner ? null : (
        <>
          <Choice
            label={`Profile of ${person.name}`}
            value={profile}
            options={[...new Set([...BUILT, ...made])].map((each) => ({
              value: each,
              title: capital(each),
            }))}
            onChoose={choose}
          />
          <span className={styles.together}>
            <Button aria-label={`New password for ${person.name}`} onClick={() => setGiving(true)}>
              Password
            </Button>
            <Button aria-label={`Remove ${person.name}`} onClick={() => setAsking(true)}>
              Remove
            </Button>
          </span>
          <Dialog open={giving} onClose={close} title="New password">
            <PasswordForm person={person} onClose={close} />
          </Dialog>
          <Confirm
            open={asking}
            title={`Remove ${person.name}?`}
            says="Their logins and keys end now. Their conversations stay in the history."
            act="Remove"
            onAct={() => void remove()}
            onClose={() => setAsking(false)}
          />
        </>
      )}
    </Row>
  );
}
