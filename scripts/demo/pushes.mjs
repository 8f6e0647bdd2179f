/** As the log transport writes them: kind, whose devices, how many, the title and the text. */
const LINE = /\b(\w+) to ([0-9a-f-]{36}) \(\d+ devices?\): ([^|]*) \| (.*)/;
/** Messages that come in a burst are one push. */
const SUMMARY = /^(\d+) new messages$/;

/** The `count`th message of a chat that somebody is told of by a push; the chat by its name, a private one by the other’s. */
export const pushKey = (count, chatName, person) => `message ${count} of ${chatName} to ${person.name}`;

/** Reads the pushes out of the log of a Muster, if that is ours to read. */
export class PushLog {
  #tally;
  #people;
  #screen;
  /** How many messages were told of, by person and chat. */
  #told = new Map();

  constructor(log, tally, people, screen) {
    [this.#tally, this.#people, this.#screen] = [tally, people, screen];
    /** Whether pushes can be seen at all: no route shows them. */
    this.readable = log !== undefined;
    log?.on('line', (line) => this.#read(line));
  }

  #read(line) {
    const [, kind, userId, title, text] = messageOf(line).match(LINE) ?? [];
    const person = userId && this.#people.find(({ id }) => id === userId);
    if (!person || kind !== 'message') return;
    const chatName = title.split(' · ').at(-1);
    const way = `${person.name} ${chatName}`;
    const before = this.#told.get(way) ?? 0;
    const told = before + Number(text.match(SUMMARY)?.[1] ?? 1);
    for (let count = before + 1; count <= told; count++) this.#tally.see(pushKey(count, chatName, person));
    this.#told.set(way, told);
    this.#screen.line(person.name, `(offline) gets a push, says the log: ${title} | ${text}`);
  }
}

/** Lines are JSON in production; else the message is followed by its fields. */
function messageOf(line) {
  if (!line.startsWith('{')) return line.split(' {"')[0];
  try {
    return String(JSON.parse(line).msg);
  } catch {
    return line;
  }
}
