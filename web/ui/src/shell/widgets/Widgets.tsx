import { useAccount } from "../../api/account";
import { Assistant } from "./Assistant";
import { Health } from "./Health";
import { Storage } from "./Storage";
import { Unfinished } from "./Unfinished";

/** How things stand: the machine for who runs it, Nexus for everybody. */
export default function Widgets() {
  const owner = useAccount((state) => state.me?.role === "owner");
  return (
    <>
      {owner ? <Unfinished /> : null}
      {owner ? <Storage /> : null}
      {owner ? <Health /> : null}
      <Assistant />
    </>
  );
}
