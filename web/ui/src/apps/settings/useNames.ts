/** How people are called whose ids stand in a record. */
import { useQuery } from "@tanstack/react-query";

import { useAccount } from "../../api/account";
import { people } from "../../api/people";

/** Return the name of a person; only the owner may know all. */
export function useNames(): (id: string) => string {
  const me = useAccount((state) => state.me);
  const { data } = useQuery({
    queryKey: ["panel", "people"],
    queryFn: people,
    enabled: me?.role === "owner",
  });
  return (id) => {
    if (id === me?.id) return "you";
    return data?.people.find((each) => each.id === id)?.name ?? id;
  };
}
