/** `COPY … FROM STDIN` for a `pg` client: `await copyIn(client, sql, lines)`, `lines` giving pieces of text in COPY's text format. */
export const copyIn = (client, sql, lines) =>
  new Promise((resolve, reject) => {
    let failure;
    const ignore = () => undefined;
    client.query({
      submit: (connection) => void connection.query(sql),
      handleCopyInResponse: async (connection) => {
        try {
          for (const text of lines) {
            connection.sendCopyFromChunk(Buffer.from(text));
            if (connection.stream.writableNeedDrain) await new Promise((go) => connection.stream.once('drain', go));
          }
          connection.endCopyFrom();
        } catch (error) {
          connection.sendCopyFail(error.message);
        }
      },
      handleError: (error) => (failure = error),
      handleReadyForQuery: () => (failure ? reject(failure) : resolve()),
      handleRowDescription: ignore,
      handleDataRow: ignore,
      handlePortalSuspended: ignore,
      handleEmptyQuery: ignore,
      handleCommandComplete: ignore,
      handleCopyData: ignore,
    });
  });
