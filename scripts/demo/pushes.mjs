/** As the log transport writes them: kind, whose devices, how many, the title and the text. */
const LINE = /\b(\w+) to ([0-9a-f-]{36}) \(\d+ devices?\): ([^|]*) \| (.*)/;

/** Reads the pushes out of the log of a Muster, if that is ours to read. */
export class PushLog {
  #tally;
  #people;
  #screen;

  constructor(log, tally, people, screen) {
    [this.#tally, this.#people, this.#screen] = [tally, people, screen];
    /** Whether pushes can be seen at all: no route shows them. */
    this.readable = log !== undefined;
    log?.on('line', (line) => this.#read(line));
  }

  #read(line) {
    const [, kind, userId, title, text] = messageOf(line).match(LINE) ?? [];
    const person = userId && this.#people.find(({ id }) => id === userId);
    if (!person) return;
    this.#tally.see(`${kind} to ${person.name}: ${text}`);
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
