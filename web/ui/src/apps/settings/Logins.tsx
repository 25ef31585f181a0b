import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Laptop, Smartphone } from "lucide-react";

import { left } from "../../api/account";
import { endLogin, logins } from "../../api/people";
import type { LoginShown } from "../../generated";
import { Button } from "../../kit/button";
import { note } from "../../kit/notes";
import { moment } from "../../kit/words";
import { NotYet } from "./NotYet";
import { Group, Row, Says } from "./Rows";
import { useAct } from "../../api/useAct";

const KEY = ["logins"];

/** Where the person is logged in. */
export function Logins() {
  const { data, isError, refetch } = useQuery({ queryKey: KEY, queryFn: logins });
  return (
    <>
      <Says>Where you are logged in. Ending one takes effect at once.</Says>
      {data ? (
        <Group>
          {data.logins.map((each) => (
            <LoginRow key={each.id} login={each} />
          ))}
        </Group>
      ) : (
        <NotYet what="The list" failed={isError} rows={2} onTry={() => void refetch()} />
      )}
    </>
  );
}

function LoginRow({ login }: { login: LoginShown }) {
  const { busy, act } = useAct();
  const client = useQueryClient();
  const Icon = /phone|android|mobile|ios/i.test(login.device) ? Smartphone : Laptop;

  async function end(): Promise<void> {
    if (!(await act(() => endLogin(login.id)))) {
      note(false, "The login was not ended", "Try again in a moment.");
    } else if (login.current) {
      left(false);
    }
    await client.invalidateQueries({ queryKey: KEY });
  }

  return (
    <Row
      icon={<Icon size={18} strokeWidth={1.75} aria-hidden />}
      title={
        <span title={login.device}>{login.name || "Something that does not say what it is"}</span>
      }
      second={`${login.current ? "This one · " : ""}${login.address} · since ${moment(login.at)} · seen ${moment(login.last_at)}`}
    >
      <Button
        aria-label={`${login.current ? "Log out" : "End the login of"} ${login.name}`}
        busy={busy ? "Ending" : false}
        onClick={() => void end()}
      >
        {login.current ? "Log out" : "End"}
      </Button>
    </Row>
  );
}
