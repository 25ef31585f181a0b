/** What the person calls this server: the first word of the name it was reached by. */
export function serverName(host: string = location.hostname): string {
  const first = host.split(".")[0] ?? "";
  const numeric = /^[\d.]+$|^\[/.test(host) || first === "localhost";
  return numeric || !first ? "LivOS" : first;
}
