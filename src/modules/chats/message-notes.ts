/** What pushes of a message are known by. */
export const keyOf = (messageId: number) => `message:${messageId}`;

/** Those of a chat replace each other; their position is the message's id. */
export const groupOf = (chatId: number) => `chat:${chatId}`;
