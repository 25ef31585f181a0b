/** The desktop, a chunk beside the login. */
export const loadShell = () => import("./Shell");
