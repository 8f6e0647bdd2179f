// What a server is started with whose memory is measured: it collects its garbage when it is told to.
process.on('SIGUSR2', () => globalThis.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' }));
