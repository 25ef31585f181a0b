/** The apps, each a chunk of its own. */
export const loadChat = () => import("../apps/chat/Chat");
