/** Required by a process of its own: its clock goes CLOCK_AHEAD_MS milliseconds before the machine's. */
const process = require('node:process');

const ahead = Number(process.env.CLOCK_AHEAD_MS);
const { now } = Date;

globalThis.Date = class extends Date {
  constructor(...given) {
    super(...(given.length ? given : [now() + ahead]));
  }
  static now() {
    return now() + ahead;
  }
};
