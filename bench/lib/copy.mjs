/** `COPY … FROM STDIN` for a `pg` client: `await copyIn(client, sql, pieces)`, `pieces` giving text, or buffers, in the format of `sql`. */
export const copyIn = (client, sql, pieces) =>
  new Promise((resolve, reject) => {
    let failure;
    const ignore = () => undefined;
    client.query({
      submit: (connection) => void connection.query(sql),
      handleCopyInResponse: async (connection) => {
        try {
          for (const piece of pieces) {
            connection.sendCopyFromChunk(Buffer.from(piece));
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
