import { useQuery } from "@tanstack/react-query";

import { tools } from "../../api/panel";
import { Exceptions } from "./Exceptions";
import { Names } from "./Names";
import { NotYet } from "./NotYet";
import { Profiles } from "./Profiles";
import type { Override, Rights } from "./rights";
import { Says } from "./Rows";
import { ToolTiers } from "./ToolTiers";
import { usePanel } from "./usePanel";

/** What the agent may do: with which tools, for whom, and what it never touches. */
export default function Policy() {
  const { settings, failed, again } = usePanel();
  const known = useQuery({ queryKey: ["tools"], queryFn: tools });
  if (failed || !settings || (!known.data && !known.isError)) {
    return <NotYet what="The rules" failed={failed} rows={4} onTry={again} />;
  }
  const value = (name: string) => settings[`policy.${name}`]?.value;
  return (
    <>
      <Says>
        What Nexus, your agent, may do, for whom, and what it never touches. Denying always wins.
      </Says>
      <Names
        title="Never touched"
        says="Nexus acts on none of these, whatever anybody decides. For example container:db*, file:accounts or unit:ssh*"
        name="policy.protected"
        now={value("protected") as string[]}
        placeholder="container:db*"
      />
      <Profiles
        profiles={value("profiles") as Record<string, Rights>}
        tools={known.data?.tools.map((each) => each.name) ?? []}
      />
      <Exceptions now={value("overrides") as Override[]} />
      <ToolTiers
        tools={known.data?.tools ?? []}
        now={value("tiers") as Record<string, string>}
        failed={known.isError}
      />
    </>
  );
}
